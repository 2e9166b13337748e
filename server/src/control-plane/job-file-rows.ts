/** The rows of a page as a job keeps it: JSON, or lines of JSON, of which one at a time is an object. */
import type { CsvValue } from '../csv-text.ts'
import { parseExactly } from '../exact-json.ts'

export type Row = Readonly<Record<string, unknown>>

/** The page has another form; rows that were given before are none. */
export class NoJson extends Error {}

const lineFeed = 10

/** @throws NoJson */
export function* rowsIn(bytes: Buffer): Generator<Row> {
  const first = firstOf(bytes)
  if (first === undefined) return
  if (first !== '{' && first !== '[') throw new NoJson('It begins like no JSON')
  const whole = isLines(bytes) ? undefined : parse(bytes.toString('utf8').trim())
  if (whole === undefined) return yield* rowsOfLines(bytes)
  for (const value of [whole.value].flat()) yield rowOf(value)
}

export function cellOf(value: unknown): CsvValue {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : (value as CsvValue)
}

function firstOf(bytes: Buffer): string | undefined {
  let at = bytes.subarray(0, 3).equals(Buffer.from('\uFEFF')) ? 3 : 0
  while (at < bytes.length && bytes[at]! <= 0x20) at++
  return at < bytes.length ? String.fromCharCode(bytes[at]!) : undefined
}

/** More than one, the first of which is a value by itself. */
function isLines(bytes: Buffer): boolean {
  const end = bytes.indexOf(lineFeed)
  return end > 0 && end < bytes.length - 1 && parse(lineOf(bytes, 0, end)) !== undefined
}

function* rowsOfLines(bytes: Buffer): Generator<Row> {
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(lineFeed, from)
    const end = found < 0 ? bytes.length : found
    const line = lineOf(bytes, from, end)
    from = end + 1
    if (line === '') continue
    const parsed = parse(line)
    if (parsed === undefined) throw new NoJson('A line of it is no JSON')
    yield rowOf(parsed.value)
  }
}

function lineOf(bytes: Buffer, from: number, end: number): string {
  return bytes.toString('utf8', from, end).trim()
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: parseExactly(text) }
  } catch {
    return undefined
  }
}

function rowOf(value: unknown): Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : { value }
}
