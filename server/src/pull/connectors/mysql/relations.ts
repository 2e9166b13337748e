/** What a MySQL or MariaDB database has: tables, views, their columns, and what tells their rows apart. */
import { NotRetryable } from '../../connector.ts'
import { parseName, writeName } from '../database/names.ts'
import { originOf } from '../database/row-pages.ts'
import type { TableSettings } from '../database/settings.ts'
import type { Session } from './session.ts'
import type { MysqlSettings } from './settings.ts'
import { isFloat, isOrdered, kindOf, type ValueKind } from './values.ts'

export interface Column {
  readonly name: string
  readonly kind: ValueKind
  /** As it is asked for. */
  readonly sql: string
  /** Whether values can be compared with constants. */
  readonly isOrdered: boolean
}

export interface Target {
  /** What the state calls it. */
  readonly id: string
  readonly eventType: string
  readonly origin: string
  /** What stands behind FROM. */
  readonly from: string
  readonly columns: readonly Column[]
  /** Empty where nothing tells rows apart. */
  readonly key: readonly Column[]
  readonly cursor?: Column
  readonly overlapSeconds: number
  readonly rowsAbout: number | undefined
}

type Rows = { [name: string]: string | null }

export function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** Of the database of the settings. Columns that may not be read have no type. */
export async function listTables(session: Session, { database }: MysqlSettings) {
  const columns = await session.query(`
    SELECT TABLE_NAME AS t, COLUMN_NAME AS name, COLUMN_TYPE AS type, PRIVILEGES LIKE '%select%' AS may_read
      FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${text(database)} ORDER BY TABLE_NAME, ORDINAL_POSITION`)
  return [...Map.groupBy(columns, ({ t }) => t!)].map(([name, rows]) => ({
    name,
    mayRead: rows.some(({ may_read }) => may_read === '1'),
    fields: rows.map((row) => ({ name: row['name']!, type: row['type']! })),
  }))
}

/** What the settings want read, as the database has it now. @throws NotRetryable: something of it is not there, or cannot be used so. */
export async function targetsOf(session: Session, settings: MysqlSettings): Promise<Target[]> {
  const { query, tables, database } = settings
  if (query !== undefined) {
    const from = `(${query}\n) AS q`
    return [
      await targetOf(session, settings, {
        ...{
          id: 'query',
          from,
          eventType: settings.eventType!,
          own: {},
          key: settings.key ?? [],
          what: query,
          rowsAbout: undefined,
        },
      }),
    ]
  }
  const named = tables?.map((one) => (typeof one === 'string' ? { name: one } : one)) ?? (await all(session, settings))
  if (named.length === 0) throw new NotRetryable(`There is no table in ${database} that this user may read`)
  const seen = new Map<string, string>()
  const targets: Target[] = []
  for (const one of named) {
    const target = await tableTarget(session, settings, one)
    const other = seen.get(target.eventType)
    if (other !== undefined && one.eventType === undefined)
      throw new NotRetryable(
        `${other} and ${target.id} would both be the event type ${target.eventType}: name one by eventType`,
      )
    seen.set(target.eventType, target.id)
    targets.push(target)
  }
  return targets
}

async function all(session: Session, settings: MysqlSettings): Promise<TableSettings[]> {
  const tables = await listTables(session, settings)
  return tables.filter(({ mayRead }) => mayRead).map(({ name }) => ({ name: writeName(settings.database, name) }))
}

async function tableTarget(session: Session, settings: MysqlSettings, own: TableSettings): Promise<Target> {
  const parsed = parseName(own.name)
  if (parsed === undefined) throw new NotRetryable(`${own.name} is no name of a table`)
  const { schema = settings.database, name } = parsed
  const id = writeName(schema, name)
  const [found] = await session.query(`SELECT TABLE_ROWS AS guess, TABLE_TYPE AS type FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = ${text(schema)} AND TABLE_NAME = ${text(name)}`)
  if (found === undefined) throw new NotRetryable(`There is no table ${own.name}, or it cannot be seen by this user`)
  const guess = found['guess']
  return targetOf(session, settings, {
    id,
    own,
    from: `${identifier(schema)}.${identifier(name)}`,
    eventType: own.eventType ?? name,
    key: own.key ?? (await keyOf(session, schema, name)),
    what: id,
    rowsAbout: guess === null || guess === undefined ? undefined : Number(guess),
  })
}

interface Given {
  readonly id: string
  readonly from: string
  readonly eventType: string
  readonly own: Partial<TableSettings>
  readonly key: readonly string[]
  readonly what: string
  readonly rowsAbout: number | undefined
}

async function targetOf(session: Session, settings: MysqlSettings, given: Given): Promise<Target> {
  const { id, from, eventType, own, what, rowsAbout } = given
  const fields = await session.fieldsOf(`SELECT * FROM ${from} LIMIT 0`)
  const columns = fields.map((field): Column => {
    const kind = kindOf(field, settings.booleans)
    const name = identifier(field.name)
    return { name: field.name, kind, sql: isFloat(field) ? `${name} + 0e0` : name, isOrdered: isOrdered(field, kind) }
  })
  const named = (names: readonly string[]) =>
    names.map((name) => {
      const column = columns.find((one) => one.name === name)
      if (column === undefined) throw new NotRetryable(`${id} has no column ${name}`)
      return column
    })
  const name = settings.mode === 'incremental' ? (own.cursor ?? settings.cursor!) : undefined
  const [cursor] = name === undefined ? [] : named([name])
  if (cursor && !cursor.isOrdered)
    throw new NotRetryable(`${id}: ${cursor.name} has a type that cannot say what is new`)
  return {
    ...{ id, eventType, from, rowsAbout, overlapSeconds: settings.overlapSeconds },
    origin: originOf([session.place, what, eventType]),
    columns: own.columns === undefined ? columns : named(own.columns),
    key: named(given.key),
    ...(cursor && { cursor }),
  }
}

/** The primary key, or else the unique index without nulls that has the fewest columns. */
async function keyOf(session: Session, schema: string, name: string): Promise<string[]> {
  const rows: Rows[] = await session.query(`
    SELECT INDEX_NAME AS i, COLUMN_NAME AS name, NULLABLE AS nullable, SUB_PART AS part FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = ${text(schema)} AND TABLE_NAME = ${text(name)} AND NON_UNIQUE = 0
     ORDER BY INDEX_NAME, SEQ_IN_INDEX`)
  const indexes = [...Map.groupBy(rows, ({ i }) => i!)].filter(([, columns]) =>
    columns.every(({ name, nullable, part }) => name !== null && nullable !== 'YES' && part === null),
  )
  const [best] = indexes.toSorted(
    ([a, x], [b, y]) => Number(b === 'PRIMARY') - Number(a === 'PRIMARY') || x.length - y.length,
  )
  return best?.[1].map(({ name }) => name!) ?? []
}
