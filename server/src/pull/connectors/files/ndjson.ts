/**
 * One JSON value on each line. Objects go on as they are written, unread: what is no JSON is found where events are proved, and waits in
 * the restream queue.
 */
import { crc32 } from 'node:zlib'
import type { EventDraft, Json } from '@millrace/event/event'
import type { Row, RowReader } from './row.ts'
import { headOf, linesIn, shapeOf, textFrom } from './text.ts'

const newline = 0x0a
const openingBrace = 0x7b
/** At a time, so that very many short rows are not held at once. */
const rowsMax = 4_000

export const readNdjson: RowReader = async function* (part, settings, { offset, row, isTorn }) {
  const shape = shapeOf(await headOf(part), settings.encoding)
  let [start, number] = [offset, row]
  for await (const lines of linesIn(textFrom(part, shape, offset), isTorn)) {
    let rows: Row[] = []
    for (let at = 0; at < lines.length; ) {
      const begin = at
      const found = lines.indexOf(newline, at)
      at = found < 0 ? lines.length : found + 1
      if (found === begin) continue
      const line = found < 0 ? Buffer.concat([lines.subarray(begin), Buffer.of(newline)]) : lines.subarray(begin, at)
      if (!isBlank(line)) rows.push(rowOfLine(line, ++number, start + at))
      if (rows.length < rowsMax) continue
      yield { rows }
      rows = []
    }
    start += lines.length
    yield { rows }
  }
}

/** What is no object becomes `{ value }`. */
export function dataOf(value: Json): EventDraft['data'] {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : { value }
}

function rowOfLine(line: Buffer, number: number, end: number): Row {
  const place = { number, tag: crc32(line).toString(36), bytes: line.length, end }
  if (line[0] === openingBrace) return new ObjectRow(line, place)
  try {
    return { ...place, data: dataOf(JSON.parse(line.toString()) as Json) }
  } catch {
    return new ObjectRow(line, place)
  }
}

/** Reads its line only for who asks for its data. */
class ObjectRow implements Row {
  readonly line: Buffer
  readonly number: number
  readonly tag: string
  readonly bytes: number
  readonly end: number

  constructor(line: Buffer, { number, tag, bytes, end }: Omit<Row, 'data' | 'line'>) {
    this.line = line
    this.number = number
    this.tag = tag
    this.bytes = bytes
    this.end = end
  }

  get data(): EventDraft['data'] {
    return dataOf(JSON.parse(this.line.toString()) as Json)
  }
}

function isBlank(line: Buffer): boolean {
  return (
    line[0] !== openingBrace &&
    line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09 || byte === newline)
  )
}
