/** What a PostgreSQL database has: tables, views and their columns, what tells their rows apart, and whether this user may read them. */
import { NotRetryable } from '../../connector.ts'
import { parseName, writeName } from '../database/names.ts'
import type { TableSettings } from '../database/settings.ts'
import type { Session } from './session.ts'
import type { PostgresSettings } from './settings.ts'
import { identifier, literal } from './sql.ts'

export interface Column {
  readonly name: string
  /** As SQL writes it, with its modifiers: `numeric(12,2)`. */
  readonly type: string
  /** What lies below domains: `pg_type.typname`, with the schema where it is not PostgreSQL's own. */
  readonly base: string
  /** `pg_type.typtype` of that: b base, c composite, e enum, r range, m multirange. */
  readonly kind: string
  readonly isArray: boolean
  /** Of numeric; undefined where it has no bound. */
  readonly precision: number | undefined
}

export interface Relation {
  readonly schema: string
  readonly name: string
  readonly oid: string
  /** `pg_class.relkind`. */
  readonly kind: string
  readonly mayRead: boolean
  /** Rows, as the server guesses; -1 where it never looked. */
  readonly rowsAbout: number
  readonly columns: readonly Column[]
  /** Columns of the primary key, or of a unique index without nulls; empty where there is neither. */
  readonly key: readonly string[]
}

/** What of a table is wanted. */
export interface Wanted {
  readonly relation: Relation
  readonly settings: Omit<TableSettings, 'name'>
  readonly eventType: string
  /** What the state calls it. */
  readonly id: string
}

type Rows = { [name: string]: string | null }

/** All but PostgreSQL's own. */
export async function listRelations(session: Session, where = 'true'): Promise<Relation[]> {
  const rows = await session.query<Rows>(`
    SELECT n.nspname AS schema, c.relname AS name, c.oid, c.relkind AS kind, c.reltuples AS rows_about,
           pg_catalog.has_schema_privilege(n.oid, 'USAGE')
             AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT') AS may_read
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND (${where})
     ORDER BY 1, 2`)
  const oids = rows.map(({ oid }) => oid!)
  const columns = groupBy(await columnRows(session, oids), ({ relation }) => relation!)
  const keys = groupBy(await keyRows(session, oids), ({ relation }) => relation!)
  return rows.map(({ schema, name, oid, kind, may_read, rows_about }) => ({
    schema: schema!,
    name: name!,
    oid: oid!,
    kind: kind!,
    mayRead: may_read === 't',
    rowsAbout: Number(rows_about),
    columns: (columns.get(oid!) ?? []).map(columnOf),
    key: (keys.get(oid!) ?? []).map(({ name }) => name!),
  }))
}

/** The tables that the settings name, as they are now. @throws NotRetryable: one is not there, or cannot be told from another. */
export async function wantedTables(session: Session, settings: PostgresSettings): Promise<Wanted[]> {
  const { tables } = settings
  if (tables === undefined) {
    const all = (await listRelations(session)).filter(({ mayRead }) => mayRead)
    return checkTypes(all.map((relation) => wantedOf(relation, {})))
  }
  const named = tables.map((table) => (typeof table === 'string' ? { name: table } : table))
  const parsed = named.map(({ name }) => parseName(name) ?? refuse(`${name} is no name of a table`))
  const found = await listRelations(session, `c.relname IN (${parsed.map(({ name }) => literal(name)).join(', ')})`)
  const wanted = named.map(({ name: text, ...rest }, index) => {
    const { schema, name } = parsed[index]!
    const candidates = found.filter((one) => one.name === name && (schema === undefined || one.schema === schema))
    const [relation] = candidates.toSorted((a, b) => Number(b.schema === 'public') - Number(a.schema === 'public'))
    if (relation === undefined) return refuse(`There is no table ${text}, or it cannot be seen by this user`)
    if (candidates.length > 1 && relation.schema !== 'public')
      return refuse(`Several schemas have a table ${text}: name it with its schema`)
    if (!relation.mayRead) return refuse(`${text} may not be read: GRANT the user SELECT on it and USAGE of its schema`)
    return wantedOf(relation, rest)
  })
  return checkTypes(wanted)
}

/** @throws NotRetryable: the table does not have it any more. */
export function columnsNamed(columns: readonly Column[], names: readonly string[], where: string): Column[] {
  return names.map((name) => columns.find((one) => one.name === name) ?? refuse(`${where} has no column ${name}`))
}

/** Of the columns of a query, which come in their order. */
export async function queryColumns(session: Session, query: string): Promise<Column[]> {
  const fields = await session.fieldsOf(`SELECT * FROM (${query}\n) AS q LIMIT 0`)
  const twice = fields.find(({ name }, index) => fields.findIndex((other) => other.name === name) !== index)
  if (twice) refuse(`The query has two columns called ${twice.name}: give one of them another name by AS`)
  return typesOf(session, fields)
}

/** In their order; without a `modifier` a type has no bounds. */
export async function typesOf(
  session: Session,
  fields: readonly { readonly name: string; readonly oid: number; readonly modifier?: number }[],
): Promise<Column[]> {
  if (fields.length === 0) return []
  const oids = [...new Set(fields.map(({ oid }) => oid))]
  const rows = await session.query<Rows>(`
    SELECT t.oid, pg_catalog.format_type(t.oid, -1) AS type, ${baseColumns}
      FROM pg_catalog.pg_type t, ${baseOf('t.oid')} WHERE t.oid IN (${oids.join(', ')})`)
  const byOid = new Map(rows.map((row) => [Number(row['oid']), row]))
  return fields.map(({ name, oid, modifier = -1 }) => columnOf({ ...byOid.get(oid), name, modifier: `${modifier}` }))
}

const baseColumns = `b.typname AS base, b.modifier AS base_modifier, b.typtype AS kind, b.typelem <> 0 AND b.typlen = -1 AND b.typcategory = 'A' AS is_array,
           b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AS is_builtin`

/** The type below any number of domains. */
function baseOf(oid: string): string {
  return `LATERAL (
    WITH RECURSIVE below AS (
      SELECT own.*, -1 AS modifier FROM pg_catalog.pg_type own WHERE own.oid = ${oid}
      UNION ALL SELECT u.*, below.typtypmod FROM pg_catalog.pg_type u JOIN below ON below.typtype = 'd' AND u.oid = below.typbasetype)
    SELECT * FROM below WHERE typtype <> 'd') AS b`
}

async function columnRows(session: Session, oids: readonly string[]): Promise<Rows[]> {
  if (oids.length === 0) return []
  return session.query<Rows>(`
    SELECT a.attrelid AS relation, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
           a.atttypmod AS modifier, ${baseColumns}
      FROM pg_catalog.pg_attribute a, ${baseOf('a.atttypid')}
     WHERE a.attrelid IN (${oids.join(', ')}) AND a.attnum > 0 AND NOT a.attisdropped
       AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')
     ORDER BY a.attrelid, a.attnum`)
}

/** The primary key, or else the unique index without nulls that has the fewest columns. */
async function keyRows(session: Session, oids: readonly string[]): Promise<Rows[]> {
  if (oids.length === 0) return []
  return session.query<Rows>(`
    WITH best AS (
      SELECT DISTINCT ON (i.indrelid) i.indrelid, i.indkey, i.indnkeyatts
        FROM pg_catalog.pg_index i
       WHERE i.indrelid IN (${oids.join(', ')}) AND i.indisunique AND i.indisvalid AND i.indimmediate
         AND i.indpred IS NULL AND i.indexprs IS NULL
         AND NOT EXISTS (SELECT FROM pg_catalog.unnest(i.indkey[0:i.indnkeyatts - 1]) k
                           JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k
                          WHERE NOT a.attnotnull OR NOT pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'))
       ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indexrelid)
    SELECT best.indrelid AS relation, a.attname AS name
      FROM best, pg_catalog.generate_series(0, best.indnkeyatts - 1) AS place
      JOIN pg_catalog.pg_attribute a ON true
     WHERE a.attrelid = best.indrelid AND a.attnum = best.indkey[place]
     ORDER BY best.indrelid, place`)
}

function columnOf({ name, type, base, kind, is_array, is_builtin, modifier, base_modifier }: Rows): Column {
  const own = Number(modifier)
  const bits = own >= 0 ? own : Number(base_modifier ?? -1)
  return {
    name: name!,
    type: type ?? 'text',
    base: is_builtin === 't' ? (base ?? 'text') : `${base} of an extension or a user`,
    kind: kind ?? 'b',
    isArray: is_array === 't',
    precision: base?.endsWith('numeric') && bits >= 4 ? ((bits - 4) >> 16) & 0xffff : undefined,
  }
}

function wantedOf(relation: Relation, settings: Wanted['settings']): Wanted {
  const id = writeName(relation.schema, relation.name)
  return { relation, settings, eventType: settings.eventType ?? relation.name, id }
}

/** @throws NotRetryable: two tables would be one event type. */
function checkTypes(wanted: Wanted[]): Wanted[] {
  const seen = new Map<string, string>()
  for (const { id, eventType, settings } of wanted) {
    const other = seen.get(eventType)
    if (other !== undefined && settings.eventType === undefined)
      refuse(`${other} and ${id} would both be the event type ${eventType}: name one by eventType`)
    seen.set(eventType, id)
  }
  return wanted
}

export function qualified({ schema, name }: Pick<Relation, 'schema' | 'name'>): string {
  return `${identifier(schema)}.${identifier(name)}`
}

function groupBy(rows: readonly Rows[], keyOf: (row: Rows) => string): Map<string, Rows[]> {
  return Map.groupBy(rows, keyOf)
}

function refuse(message: string): never {
  throw new NotRetryable(message)
}
