/** Reads an extraction back, value by value, for tests. */
import { expect } from 'vitest'
import type {
  ExtractedColumn,
  Extraction,
  ExtractionPart,
  Extractor,
  ExtractorSettings,
  LeafType,
} from './extraction.ts'

/** A boolean, a BIGINT or TIMESTAMP, a DOUBLE or DATE, or a text. */
export type Cell = boolean | bigint | number | string | null

export interface Row {
  readonly flags: number
  readonly cells: Cell[]
}

export interface Extracted {
  readonly extraction: Extraction
  readonly rows: Row[]
  /** The rows as the extraction's arrays hold them now. */
  read(): Row[]
}

/** Extracts rows given as text, from one payload or several, and checks that all columns are well made. */
export function extractTexts(
  open: (settings: ExtractorSettings) => Extractor,
  settings: ExtractorSettings,
  texts: readonly string[],
  { parts = 1, pickedRows }: { parts?: number; pickedRows?: readonly number[] } = {},
): Extracted {
  const perPart = Math.max(1, Math.ceil(texts.length / parts))
  const payloads: ExtractionPart[] = []
  for (let first = 0; first < texts.length; first += perPart) {
    const rows = pickedRows?.filter((row) => row >= first && row < first + perPart).map((row) => row - first)
    payloads.push({ ...toPart(texts.slice(first, first + perPart)), ...(rows && { rows: Uint32Array.from(rows) }) })
  }
  const extraction = open(settings).extract(payloads)
  const types = settings.leaves.map((leaf) => leaf.type)
  for (const [index, column] of extraction.columns.entries()) expectWellMade(column, types[index]!, extraction.rowCount)
  const read = () =>
    Array.from({ length: extraction.rowCount }, (_, row) => ({
      flags: extraction.flags[row]!,
      cells: extraction.columns.map((column, index) => readCell(column, types[index]!, row)),
    }))
  return { extraction, rows: read(), read }
}

/** Rows one after the other, with a line feed between them. */
export function toPart(texts: readonly string[]): ExtractionPart {
  const rows = texts.map((text) => Buffer.from(text))
  const ends = new Uint32Array(rows.length)
  let end = -1
  for (const [index, row] of rows.entries()) {
    end += 1 + row.length
    ends[index] = end
  }
  const starts = ends.map((rowEnd, index) => rowEnd - rows[index]!.length)
  return { payload: Buffer.concat(rows.flatMap((row) => [row, lineFeed])), starts, ends }
}

function expectWellMade({ valid, values }: ExtractedColumn, type: LeafType, rowCount: number): void {
  if (type === 'DISCARD') return
  expect(valid.length).toBe((rowCount + 7) >> 3)
  if (rowCount % 8 > 0) expect(valid.at(-1)! >> (rowCount % 8)).toBe(0)
  const { offsets, bytes } = 'offsets' in values ? values : { offsets: undefined, bytes: undefined }
  if (!offsets) {
    expect(values).toHaveLength(rowCount)
    return
  }
  expect(offsets.length).toBe(rowCount + 1)
  expect(offsets[0]).toBe(0)
  expect(offsets.at(-1)).toBe(bytes.length)
  expect(offsets.every((offset, index) => index === 0 || offset >= offsets[index - 1]!)).toBe(true)
}

function readCell({ valid, values }: ExtractedColumn, type: LeafType, row: number): Cell {
  const isValid = type !== 'DISCARD' && ((valid[row >> 3]! >> (row & 7)) & 1) === 1
  if ('offsets' in values) {
    const text = strictUtf8.decode(values.bytes.subarray(values.offsets[row], values.offsets[row + 1]))
    if (!isValid) expect(text).toBe('')
    return isValid ? text : null
  }
  if (!isValid) {
    if (type !== 'DISCARD') expect(Number(values[row])).toBe(0)
    return null
  }
  return type === 'BOOLEAN' ? values[row] === 1 : values[row]!
}

const lineFeed = Buffer.from('\n')
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
