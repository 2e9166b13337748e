/**
 * One table, view or query, read by `COPY` as pages of events. Where its rows have a key they come in its order, and reading goes on
 * behind the last one; where a cursor says what is new they come in the order of that. Otherwise a run that breaks off begins again,
 * and rows are known by their place and content.
 */
import { identifyInFull, identifyNew } from '../database/identify.ts'
import { openRowPages } from '../database/row-pages.ts'
import type { ReadTools, TablePage } from '../database/table-page.ts'
import type { TableState } from '../database/table-state.ts'
import { openCopyRows, withoutCopyEscapes } from './copy-rows.ts'
import type { Column } from './relations.ts'
import type { Session } from './session.ts'
import { identifier, literal } from './sql.ts'
import { kindOf } from './values.ts'

export interface Target {
  /** What the state calls it. */
  readonly id: string
  readonly eventType: string
  /** In ids: which database, table and event type it is. */
  readonly origin: string
  /** What stands behind FROM. */
  readonly from: string
  readonly columns: readonly Column[]
  /** Empty where nothing tells rows apart. */
  readonly key: readonly Column[]
  readonly cursor?: Column
  /** Where there is no key: whether rows have a place (`ctid`). */
  readonly hasPlaces: boolean
  readonly overlapSeconds: number
  /** More columns, as SQL: of rows of a snapshot. */
  readonly more?: readonly { readonly name: string; readonly sql: string }[]
}

const times = new Set(['date', 'timestamp', 'timestamptz'])

export async function* readTable(
  session: Pick<Session, 'copy'>,
  target: Target,
  before: TableState | undefined,
  tools: ReadTools,
): AsyncGenerator<TablePage> {
  const start = startOf(target, before)
  const named = { ...target, cursor: target.cursor?.name, keyOf: keyOf(target.key), plain: withoutCopyEscapes }
  const identify = target.cursor === undefined ? identifyInFull(named, tools.run) : identifyNew(named, start)
  const { hidden, sql } = statementOf(target, start)
  const more = (target.more ?? []).map(({ name }) => ({
    name,
    kind: name === '_seq' ? ('number' as const) : ('text' as const),
  }))
  const columns = target.columns.map((column) => ({ name: column.name, kind: kindOf(column) }))
  const rows = openCopyRows(hidden, [...columns, ...more])
  const pages = openRowPages()
  let rowCount = start?.rows ?? 0
  const copied = session.copy(sql)
  for await (const piece of copied) {
    for (const row of rows.read(piece)) {
      const id = identify.idOf(row)
      if (id === undefined) continue
      rowCount++
      if (row.line === undefined) tools.tooLarge(target, id)
      else pages.add(target.eventType, id, row.line)
      if (pages.isFull) yield { drafts: pages.take(), state: { ...identify.state(row), rows: rowCount, isDone: false } }
    }
  }
  for (const [column, count] of rows.unsayable) tools.unsayable(target, column, count)
  yield { drafts: pages.take(), state: { ...identify.state(undefined), rows: rowCount, isDone: true } }
}

/** Undefined: from the beginning. So it is, too, where what was remembered is of other columns than there are now. */
function startOf({ key, cursor }: Target, before: TableState | undefined): TableState | undefined {
  if (before === undefined) return undefined
  if (cursor !== undefined) return before.cursorOf === cursor.name && before.cursor !== undefined ? before : undefined
  return before.keyOf === keyOf(key) ? before : undefined
}

function keyOf(key: readonly Column[]): string {
  return key.map(({ name, type }) => `${identifier(name)} ${type}`).join(', ')
}

function statementOf(target: Target, start: TableState | undefined): { hidden: number; sql: string } {
  const { from, columns, key, cursor, hasPlaces, more = [] } = target
  const keys = key.map(({ name }) => identifier(name))
  const first: string[] = []
  const where: string[] = []
  const order: string[] = []
  if (cursor !== undefined) {
    const name = identifier(cursor.name)
    first.push(placeOf(cursor, start), name)
    where.push(`${name} IS NOT NULL`)
    if (times.has(cursor.base)) where.push(`pg_catalog.isfinite(${name})`)
    if (start !== undefined) where.push(beginning(target, start))
    order.push(name)
  } else if (start?.key !== undefined) where.push(`(${keys.join(', ')}) > (${key.map(constant(start.key)).join(', ')})`)
  if (keys.length > 0) {
    first.push(...keys)
    order.push(...keys)
  } else if (cursor === undefined && hasPlaces) first.push('tableoid', 'ctid')
  const shown = [...columns.map(({ name }) => identifier(name)), ...more.map(({ sql }) => sql)]
  const select = [
    `SELECT ${[...first, ...shown].join(', ')} FROM ${from}`,
    where.length > 0 && `WHERE ${where.join(' AND ')}`,
    order.length > 0 && `ORDER BY ${order.join(', ')}`,
  ]
  return { hidden: first.length, sql: `COPY (${select.filter(Boolean).join(' ')}) TO STDOUT` }
}

function constant(values: readonly string[]) {
  return ({ type }: Column, index: number) => `${literal(values[index]!)}::${type}`
}

function placeOf(cursor: Column, start: TableState | undefined): string {
  if (start?.cursor === undefined) return "'>'"
  const name = identifier(cursor.name)
  const value = constant([start.cursor])(cursor, 0)
  return `CASE WHEN ${name} > ${value} THEN '>' WHEN ${name} = ${value} THEN '=' ELSE '<' END`
}

/** From the last value on, or from so many seconds before it; where a run broke off among very many rows that share it, behind the last. */
function beginning({ cursor, key, overlapSeconds }: Target, start: TableState): string {
  const name = identifier(cursor!.name)
  const value = constant([start.cursor!])(cursor!, 0)
  if (!start.isDone && start.ties === null && start.key !== undefined && start.keyOf === keyOf(key)) {
    const keys = key.map((one) => identifier(one.name))
    return `(${[name, ...keys].join(', ')}) > (${[value, ...key.map(constant(start.key))].join(', ')})`
  }
  const isEarlier = overlapSeconds > 0 && times.has(cursor!.base)
  return `${name} >= ${isEarlier ? `${value} - interval '${overlapSeconds} seconds'` : value}`
}
