/**
 * One JSON value on each line. Objects go on as they are written, unread: what is no JSON is found where events are proved, and waits in
 * the restream queue.
 */

import type { EventDraft, Json } from '@millrace/event/event'
import { crc32 } from '@node-rs/crc32'
import { isExactNumber, parseExactly } from '../../../exact-json.ts'
import { type RowReader, type Rows, rowsAtOnceMax } from './row.ts'
import { headOf, linesIn, shapeOf, textFrom } from './text.ts'

const newline = 0x0a
const openingBrace = 0x7b

export const readNdjson: RowReader = async function* (part, settings, { offset, row, isTorn }) {
  const shape = shapeOf(await headOf(part), settings.encoding)
  let [start, number] = [offset, row]
  for await (const lines of linesIn(textFrom(part, shape, offset), isTorn)) {
    for (let at = 0; at < lines.length; ) {
      const { end, ...rows } = rowsFrom(lines, at)
      at = end
      number += rows.count
      yield { ...rows, last: number, end: start + end }
    }
    start += lines.length
  }
}

/** Rows of some lines from there on: one part of them as it is, but for lines that are no objects. */
function rowsFrom(lines: Buffer, from: number): Omit<Rows, 'last'> {
  const pieces: Buffer[] = []
  const tags: string[] = []
  /** Where those begin that go on as they are. */
  let kept = from
  let at = from
  while (at < lines.length && tags.length < rowsAtOnceMax) {
    const begin = at
    const found = lines.indexOf(newline, begin)
    at = found < 0 ? lines.length : found + 1
    const line = lines.subarray(begin, at)
    if (line[0] === openingBrace && found >= 0) {
      tags.push(crc32(line).toString(36))
      continue
    }
    if (begin > kept) pieces.push(lines.subarray(kept, begin))
    kept = at
    if (isBlank(line)) continue
    const whole = found < 0 ? Buffer.concat([line, Buffer.of(newline)]) : line
    tags.push(crc32(whole).toString(36))
    pieces.push(asObject(whole))
  }
  if (at > kept) pieces.push(lines.subarray(kept, at))
  return { payload: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), count: tags.length, tags, end: at }
}

/** What is no object becomes `{ value }`. */
export function dataOf(value: Json): EventDraft['data'] {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value) && !isExactNumber(value)
  return isObject ? value : { value }
}

/** What is no JSON stays as it is. */
function asObject(line: Buffer): Buffer {
  if (line[0] === openingBrace) return line
  try {
    return Buffer.from(`${JSON.stringify(dataOf(parseExactly(line.toString()) as Json))}\n`)
  } catch {
    return line
  }
}

function isBlank(line: Buffer): boolean {
  return (
    line[0] !== openingBrace &&
    line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09 || byte === newline)
  )
}
