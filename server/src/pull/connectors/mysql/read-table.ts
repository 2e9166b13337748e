/**
 * One table, view or query, read as pages of events, row by row as the server writes them. Where rows have a key they come in its order,
 * and reading goes on behind the last one; where a cursor says what is new they come in the order of that. Otherwise a run that breaks
 * off begins again, and rows are known by their number and content.
 */
import { type IdentifiedRow, identifyInFull, identifyNew } from '../database/identify.ts'
import { JsonLines, prefixesOf } from '../database/json-lines.ts'
import { openRowPages } from '../database/row-pages.ts'
import type { ReadTools, TablePage } from '../database/table-page.ts'
import type { TableState } from '../database/table-state.ts'
import { type Column, identifier, type Target } from './relations.ts'
import type { Session } from './session.ts'
import { constantOf, rawText, type ValueKind, writeValue } from './values.ts'

const rowBytesMax = 10 * 1024 * 1024

export async function* readTable(
  session: Session,
  target: Target,
  before: TableState | undefined,
  tools: ReadTools,
): AsyncGenerator<TablePage> {
  const start = startOf(target, before)
  const named = {
    ...target,
    cursor: target.cursor?.name,
    keyOf: keyOf(target.key),
    hasPlaces: false,
    plain: (raw: string) => raw,
  }
  const identify = target.cursor === undefined ? identifyInFull(named, tools.run) : identifyNew(named, start)
  const { front, sql } = statementOf(target, start)
  const toRow = openRows(front, target.columns)
  const pages = openRowPages()
  let rowCount = start?.rows ?? 0
  for await (const values of session.rows(sql)) {
    const row = toRow.read(values)
    const id = identify.idOf(row)
    if (id === undefined) continue
    rowCount++
    if (row.line === undefined) tools.tooLarge(target, id)
    else pages.add(target.eventType, id, row.line)
    if (pages.isFull) yield { drafts: pages.take(), state: { ...identify.state(row), rows: rowCount, isDone: false } }
  }
  for (const [column, count] of toRow.unsayable) tools.unsayable(target, column, count)
  yield { drafts: pages.take(), state: { ...identify.state(undefined), rows: rowCount, isDone: true } }
}

/** `front`: of the columns in front, what they are. */
function openRows(front: readonly ValueKind[], columns: readonly Column[]) {
  const lines = new JsonLines()
  const prefixes = prefixesOf(columns.map(({ name }) => name))
  const unsayable = new Map<string, number>()
  return {
    unsayable: unsayable as ReadonlyMap<string, number>,
    read(values: readonly (Buffer | null)[]): IdentifiedRow {
      lines.begin()
      const bytes = values.reduce((sum, value) => sum + (value?.length ?? 0), 0)
      const isWritten = bytes <= rowBytesMax
      for (let index = 0; isWritten && index < columns.length; index++) {
        const { name, kind } = columns[index]!
        const value = values[front.length + index]!
        lines.raw(prefixes[index]!)
        if (value === null) lines.null()
        else if (!writeValue(lines, kind, value)) unsayable.set(name, (unsayable.get(name) ?? 0) + 1)
      }
      return {
        raw: (column) => rawText(front[column]!, values[column] ?? Buffer.alloc(0)),
        line: isWritten ? lines.end() : undefined,
      }
    },
  }
}

/** Undefined: from the beginning. So it is, too, where what was remembered is of other columns than there are now. */
function startOf({ key, cursor }: Target, before: TableState | undefined): TableState | undefined {
  if (before === undefined) return undefined
  if (cursor !== undefined) return before.cursorOf === cursor.name && before.cursor !== undefined ? before : undefined
  return before.keyOf === keyOf(key) && key.every(({ isOrdered }) => isOrdered) ? before : undefined
}

function keyOf(key: readonly Column[]): string {
  return key.map(({ name, kind }) => `${identifier(name)} ${kind}`).join(', ')
}

function statementOf(target: Target, start: TableState | undefined): { front: ValueKind[]; sql: string } {
  const { from, columns, key, cursor } = target
  const front: { readonly kind: ValueKind; readonly sql: string }[] = []
  const where: string[] = []
  const order: string[] = []
  if (cursor !== undefined) {
    const name = identifier(cursor.name)
    front.push({ kind: 'text', sql: placeOf(cursor, start) }, { kind: cursor.kind, sql: name })
    where.push(`${name} IS NOT NULL`)
    if (start !== undefined) where.push(beginning(target, start))
    order.push(name)
  } else if (start?.key !== undefined) where.push(behind(key, start.key))
  front.push(...key.map(({ name, kind }) => ({ kind, sql: identifier(name) })))
  if (key.every(({ isOrdered }) => isOrdered)) order.push(...key.map(({ name }) => identifier(name)))
  // Under names of their own, so that none is taken for another in the order.
  const named = front.map(({ sql }, index) => `${sql} AS ${identifier(`in front ${index}`)}`)
  const shown = columns.map(({ sql }, index) => `${sql} AS ${identifier(`shown ${index}`)}`)
  const select = [
    `SELECT ${[...named, ...shown].join(', ')} FROM ${from}`,
    where.length > 0 && `WHERE ${where.join(' AND ')}`,
    order.length > 0 && `ORDER BY ${order.join(', ')}`,
  ]
  return { front: front.map(({ kind }) => kind), sql: select.filter(Boolean).join(' ') }
}

/** `(a, b) > (x, y)` as servers find it in an index. */
function behind(columns: readonly Column[], values: readonly string[]): string {
  const [column, ...rest] = columns
  const name = identifier(column!.name)
  const value = constantOf(column!.kind, values[0]!)
  if (rest.length === 0) return `${name} > ${value}`
  return `${name} >= ${value} AND (${name} > ${value} OR (${behind(rest, values.slice(1))}))`
}

function placeOf(cursor: Column, start: TableState | undefined): string {
  if (start?.cursor === undefined) return "'>'"
  const name = identifier(cursor.name)
  const value = constantOf(cursor.kind, start.cursor)
  return `CASE WHEN ${name} > ${value} THEN '>' WHEN ${name} = ${value} THEN '=' ELSE '<' END`
}

/** From the last value on, or from so many seconds before it; where a run broke off among very many rows that share it, behind the last. */
function beginning({ cursor, key, overlapSeconds }: Target, start: TableState): string {
  const name = identifier(cursor!.name)
  const value = constantOf(cursor!.kind, start.cursor!)
  const isKnown = start.key !== undefined && start.keyOf === keyOf(key) && key.every(({ isOrdered }) => isOrdered)
  if (!start.isDone && start.ties === null && isKnown) return behind([cursor!, ...key], [start.cursor!, ...start.key!])
  const isEarlier = overlapSeconds > 0 && (cursor!.kind === 'date' || cursor!.kind === 'datetime')
  return `${name} >= ${isEarlier ? `${value} - INTERVAL ${overlapSeconds} SECOND` : value}`
}
