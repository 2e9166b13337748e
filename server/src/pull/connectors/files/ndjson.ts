/** One JSON value on each line. */
import { crc32 } from 'node:zlib'
import type { EventDraft, Json } from '@millrace/event/event'
import { UnreadableFile } from './file-bytes.ts'
import type { Row, RowReader } from './row.ts'
import { headOf, linesIn, shapeOf, textFrom } from './text.ts'

export const readNdjson: RowReader = async function* (part, settings, { offset, row, isTorn, log }) {
  const shape = shapeOf(await headOf(part), settings.encoding)
  let [start, number, unreadable] = [offset, row, 0]
  for await (const lines of linesIn(textFrom(part, shape, offset), isTorn)) {
    const rows: Row[] = []
    let trouble: UnreadableFile | undefined
    for (let at = 0; at < lines.length; ) {
      const found = lines.indexOf(0x0a, at)
      const end = found < 0 ? lines.length : found
      const begin = at
      at = found < 0 ? end : end + 1
      if (end === begin) continue
      const line = lines.subarray(begin, end)
      if (isBlank(line)) continue
      number++
      const value = parsed(line)
      if (value !== undefined) rows.push(rowOf(value, line, number, start + at))
      else if (settings.unreadable === 'skip') unreadable++
      else {
        trouble = new UnreadableFile(`line ${number} of ${part.name} is no JSON`)
        break
      }
    }
    start += lines.length
    yield { rows }
    if (trouble) throw trouble
  }
  if (unreadable > 0) log.warn('lines that are no JSON were left out', { file: part.name, lines: unreadable })
}

/** What is no object becomes `{ value }`. */
export function dataOf(value: Json): EventDraft['data'] {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : { value }
}

export function rowOf(value: Json, bytes: Buffer, number: number, end: number): Row {
  return { data: dataOf(value), number, tag: crc32(bytes).toString(36), bytes: bytes.length, end }
}

function parsed(line: Buffer): Json | undefined {
  try {
    return JSON.parse(line.toString()) as Json
  } catch {
    return undefined
  }
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)
}
