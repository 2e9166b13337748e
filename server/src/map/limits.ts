/** The limits of the map stage. None of them loses anything: each says where what is beyond it goes. */
export const mapLimits = {
  /** Columns of one table, the system's aside; fields beyond go to the JSON column `_rest`. */
  columnsMax: 1_000,
  /** Columns of one table, those that nothing fills any more included: PostgreSQL takes 1,600 with the system's. */
  tableColumnsMax: 1_500,
  /** Fields that a person may list in one mapping, discarded ones included. */
  fieldsMax: 5_000,
  /** Columns that a mapping remembers of tables and fields it had before. */
  retiredMax: 5_000,
  /** Keys of a path; an object there is a value of a JSON column. */
  pathDepthMax: 8,
  /** Bytes of a column's or table's name (PostgreSQL cuts longer ones silently); a longer one ends in a hash. */
  nameBytesMax: 63,
  /** Bytes of one value of text; an event with a larger one goes to the restream queue: `value_too_large`. */
  valueBytesMax: 1024 * 1024,
  /** Tables of one workspace; events of further types go to the restream queue: `too_many_tables`. */
  tablesMax: 1_000,
} as const

/** Of what is kept of the fields that were seen. */
export const statisticsLimits = {
  /** Events that are looked at at most: of one type in one batch, and of all types in one call. */
  eventsPerBatchMax: 20,
  eventsPerCallMax: 100,
  /** Events of a type that are looked at for no other reason, and how much later, in ms, as many more are. */
  eventsPerLook: 5,
  lookEveryMs: 10_000,
  fieldsPerTypeMax: 5_000,
  fieldsMax: 100_000,
  typesMax: 5_000,
  samplesMax: 5,
  sampleCharsMax: 200,
} as const
