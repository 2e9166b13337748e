/**
 * What `COPY … TO STDOUT` writes, as lines of JSON. Its text format: columns between tabs, rows between line breaks, `\N` is null, and
 * a backslash stands before what would be mistaken (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format").
 */
import { NotRetryable } from '../../connector.ts'
import type { IdentifiedRow } from '../database/identify.ts'
import { JsonLines, prefixesOf } from '../database/json-lines.ts'
import { type ValueKind, writeValue } from './values.ts'

export interface CopyColumn {
  readonly name: string
  readonly kind: ValueKind
}

/** Larger ones are told of and left out: no request to the log holds them. */
const rowBytesMax = 10 * 1024 * 1024
/** Larger ones are not even waited for. */
const rowBytesBearable = 256 * 1024 * 1024

const [tab, newline, backslash, letterN] = [0x09, 0x0a, 0x5c, 0x4e]
/** What follows a backslash, and what both stand for. */
const unescaped = new Map([...'btnvfr'].map((letter, index) => [letter.charCodeAt(0), [8, 9, 10, 11, 12, 13][index]!]))

/** `hidden`: so many columns in front are for `raw` alone. */
export function openCopyRows(hidden: number, columns: readonly CopyColumn[]) {
  const lines = new JsonLines()
  const prefixes = prefixesOf(columns.map(({ name }) => name))
  const kinds = columns.map(({ kind }) => kind)
  const width = hidden + columns.length
  const starts = new Int32Array(width)
  const ends = new Int32Array(width)
  const unsayable = new Map<string, number>()
  let bytes: Buffer = Buffer.alloc(0)
  let left: Buffer[] = []
  let leftBytes = 0

  function readRow(start: number, end: number, isWritten: boolean): boolean {
    lines.begin()
    let at = start
    for (let column = 0; column < width; column++) {
      starts[column] = at
      let isEscaped = false
      let byte = bytes[at]!
      while (byte !== tab && byte !== newline) {
        if (byte === backslash) isEscaped = true
        byte = bytes[++at]!
      }
      ends[column] = at++
      if (column >= hidden && isWritten) writeColumn(column - hidden, starts[column]!, ends[column]!, isEscaped)
    }
    return at === end
  }

  function writeColumn(column: number, start: number, end: number, isEscaped: boolean): void {
    lines.raw(prefixes[column]!)
    const kind = kinds[column]!
    if (!isEscaped) note(column, writeValue(lines, kind, bytes, start, end))
    else if (end - start === 2 && bytes[start + 1] === letterN) lines.null()
    else {
      const plain = withoutEscapes(bytes, start, end)
      note(column, writeValue(lines, kind, plain, 0, plain.length))
    }
  }

  function note(column: number, isSayable: boolean): void {
    if (isSayable) return
    const { name } = columns[column]!
    unsayable.set(name, (unsayable.get(name) ?? 0) + 1)
  }

  const row = {
    raw: (column: number) => bytes.toString('utf8', starts[column]!, ends[column]!),
    line: undefined as Buffer | undefined,
  }

  return {
    /** How often a column had what JSON cannot say. */
    unsayable: unsayable as ReadonlyMap<string, number>,
    /** The rows that end in this piece, each of them valid until the next one. @throws NotRetryable: one is so large that it cannot be held. */
    *read(piece: Buffer): Generator<IdentifiedRow> {
      const last = piece.lastIndexOf(newline)
      if (last < 0) {
        left.push(piece)
        leftBytes += piece.length
        if (leftBytes <= rowBytesBearable) return
        throw new NotRetryable(
          `A row has more than ${rowBytesBearable} bytes: leave its large columns out by \`columns\``,
        )
      }
      const whole = piece.subarray(0, last + 1)
      bytes = left.length === 0 ? whole : Buffer.concat([...left, whole])
      left = last + 1 < piece.length ? [piece.subarray(last + 1)] : []
      leftBytes = piece.length - last - 1
      for (let start = 0; start < bytes.length; ) {
        const end = bytes.indexOf(newline, start) + 1
        const isWritten = end - start <= rowBytesMax
        if (!readRow(start, end, isWritten)) throw new Error('A row of COPY has other columns than were asked for')
        row.line = isWritten ? lines.end() : undefined
        yield row
        start = end
      }
    },
  }
}

function withoutEscapes(from: Buffer, start: number, end: number): Buffer {
  const to = Buffer.allocUnsafe(end - start)
  let length = 0
  for (let at = start; at < end; at++) {
    const byte = from[at]!
    if (byte !== backslash) to[length++] = byte
    else {
      const next = from[++at]!
      to[length++] = unescaped.get(next) ?? next
    }
  }
  return to.subarray(0, length)
}

/** Of a column as `raw` gives it. */
export function withoutCopyEscapes(raw: string): string {
  if (!raw.includes('\\')) return raw
  const bytes = Buffer.from(raw)
  return withoutEscapes(bytes, 0, bytes.length).toString()
}
