/** What tells a row from all others, as the id of its event, and where reading goes on behind it. */
import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { idOf } from './row-pages.ts'
import type { TableState } from './table-state.ts'
import { openTies, type TiePlace } from './ties.ts'

/** A row where it lies: its columns in front are not part of its line. */
export interface IdentifiedRow {
  /** A column in front, as the database wrote it. */
  raw(column: number): string
  /** Undefined where it would be too large. */
  readonly line: Buffer | undefined
}

/** What is read. In full the columns in front are those of the key, or of the place; by a cursor, where it lies, its value, and the key. */
export interface Identified {
  /** In ids: which database, table and event type it is. */
  readonly origin: string
  readonly key: readonly unknown[]
  /** Its columns and their types. */
  readonly keyOf: string
  readonly cursor: string | undefined
  /** Where there is no key: whether rows have a place, of two columns. */
  readonly hasPlaces: boolean
  /** Of what the database wrote, the text that it stands for. */
  plain(raw: string): string
}

export interface Identify {
  /** Undefined where the row was read before. */
  idOf(row: IdentifiedRow): string | undefined
  /** Where to go on behind this row; undefined: behind all. */
  state(last: IdentifiedRow | undefined): Omit<TableState, 'rows' | 'isDone'>
}

const noLine = Buffer.alloc(0)

/** By key, or place, or number. */
export function identifyInFull({ origin, key, keyOf, hasPlaces, plain }: Identified, run: string): Identify {
  const head = `${origin}:${run}:`
  const width = key.length || (hasPlaces ? 2 : 0)
  let number = 0
  return {
    idOf: (row) => idOf(head, `${width === 0 ? ++number : joined(row, 0, width)}:${tagOf(row)}`),
    state(last) {
      if (last === undefined || key.length === 0) return {}
      return { key: key.map((_, column) => plain(last.raw(column))), keyOf }
    },
  }
}

/** By the cursor and the key; without a key by the cursor, the content, and how often that came. */
export function identifyNew(
  { origin, key, keyOf, cursor, plain }: Identified,
  start: TableState | undefined,
): Identify {
  const head = `${origin}:`
  const ties = openTies(start?.cursor, start?.ties === undefined ? [] : start.ties)
  const copies = new Map<string, number>()
  let of: string | undefined
  let keyNow: string[] | undefined = start?.key

  function markOf(row: IdentifiedRow, value: string): string {
    if (key.length > 0) return `${joined(row, 2, key.length)}:${tagOf(row)}`
    if (of !== value) copies.clear()
    of = value
    const content = hash('sha1', row.line ?? noLine, 'base64url')
    const count = (copies.get(content) ?? 0) + 1
    copies.set(content, count)
    return count === 1 ? content : `${content}:${count}`
  }

  return {
    idOf(row) {
      const value = row.raw(1)
      const mark = markOf(row, value)
      if (ties.isKnown(value, mark, row.raw(0) as TiePlace)) return undefined
      return idOf(head, `${value}:${mark}`)
    },
    state(last) {
      if (last !== undefined) keyNow = key.map((_, column) => plain(last.raw(column + 2)))
      const at = ties.isMoved ? plain(ties.cursor!) : start?.cursor
      return {
        ...(at !== undefined && { cursor: at, cursorOf: cursor!, ties: ties.ties }),
        ...(keyNow !== undefined && key.length > 0 && { key: keyNow, keyOf }),
      }
    },
  }
}

/** A row that has changed is another event. */
function tagOf({ line }: IdentifiedRow): string {
  return line === undefined ? '' : crc32(line).toString(36)
}

function joined(row: IdentifiedRow, from: number, count: number): string {
  if (count === 1) return row.raw(from)
  return Array.from({ length: count }, (_, index) => row.raw(from + index)).join('\t')
}
