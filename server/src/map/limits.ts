/** The limits of the map stage. None of them loses anything: each says where what is beyond it goes. */
export const mapLimits = {
  /** Columns of one table, the system's aside; fields beyond go to the JSON column `_rest`. */
  columnsMax: 1_000,
  /** Keys of a path; an object there is a value of a JSON column. */
  pathDepthMax: 8,
  /** Bytes of a column's or table's name (PostgreSQL cuts longer ones silently); a longer one ends in a hash. */
  nameBytesMax: 63,
  /** Bytes of one value of text; an event with a larger one goes to the restream queue: `value_too_large`. */
  valueBytesMax: 512 * 1024,
  /** Tables of one workspace; events of further types go to the restream queue: `too_many_tables`. */
  tablesMax: 1_000,
} as const
