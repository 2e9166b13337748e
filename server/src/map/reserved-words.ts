/**
 * Words that do not name a column or table without quotes in at least one destination, in lower case: what DuckDB 1.5 and
 * PostgreSQL 18 reserve, and the columns that every table of PostgreSQL, DuckDB or ClickHouse has already.
 */
export const reservedWords: ReadonlySet<string> = new Set(
  `all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate collation
  column columns concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc describe distinct do else end except false fetch for foreign freeze from
  full generated glob grant group having ilike in initially inner intersect into is isnull join lambda lateral leading left like
  limit localtime localtimestamp map natural not notnull null offset on only or order outer overlaps pivot pivot_longer pivot_wider
  placing positional primary qualify references returning right select semi session_user show similar some struct summarize
  symmetric system_user table tablesample then to trailing true try_cast union unique unpack unpivot user using variadic verbose
  when where window with
  cmax cmin ctid oid rowid tableoid xmax xmin _block_number _block_offset _part _part_index _part_offset _part_uuid _partition_id
  _partition_value _row_exists _sample_factor _table _database`.split(/\s+/),
)
