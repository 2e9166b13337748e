/**
 * CSV with a header (RFC 4180), streamed. A cell is what it is written as: a JSON number stays that number, digit by
 * digit; `true` and `false` are booleans; an empty cell is null; everything else is text, `007` and `1e999` too.
 */
import { Readable } from 'node:stream'
import { type CsvError, type Info, parse } from 'csv-parse'
import { usageError } from '../failure.ts'
import { type Row, rowBytesMax, tooLargeFault, type UnreadableRow } from './rows.ts'

export interface CsvSettings {
  readonly delimiter: string
  /** Whether every cell is text, the empty one too. */
  readonly allText: boolean
}

export async function* readCsv(chunks: AsyncIterable<Buffer>, settings: CsvSettings): AsyncGenerator<Row> {
  const faults: UnreadableRow[] = []
  const encoding = { isUtf8: true }
  let write: RowWriter | undefined
  let line = 1
  try {
    for await (const { record, info } of parseCsv(chunks, settings.delimiter, faults, encoding)) {
      line = info.lines - lineBreaksIn(record)
      yield* takeFaults(faults, line)
      if (write) yield write(record, line, encoding.isUtf8)
      else write = openRowWriter(checkHeader(record), settings.allText)
      line = info.lines + 1
    }
  } catch (error) {
    if (!isCsvError(error)) throw error
    yield { line, fault: `${faultOf(error)}; nothing behind it is read` }
  }
  yield* takeFaults(faults, undefined)
}

function parseCsv(
  chunks: AsyncIterable<Buffer>,
  delimiter: string,
  faults: UnreadableRow[],
  encoding: { isUtf8: boolean },
): AsyncIterable<{ record: string[]; info: Info }> {
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: rowBytesMax,
    on_skip(error) {
      // Behind a row that is too large the parser would go on in the middle of it.
      if (error?.code === 'CSV_MAX_RECORD_SIZE') throw error
      const line = Number(error?.['lines'])
      if (faults.at(-1)?.line !== line) faults.push({ line, fault: faultOf(error) })
      return undefined
    },
  })
  const source = Readable.from(checkUtf8(chunks, encoding), { objectMode: false })
  source.on('error', (error) => parser.destroy(error))
  source.pipe(parser)
  return parser
}

/** The faults before a line, each once. A quote in the wrong place may have swallowed lines behind its own: that is said too. */
function* takeFaults(faults: UnreadableRow[], before: number | undefined): Generator<UnreadableRow> {
  while (faults.length > 0 && (before === undefined || faults[0]!.line < before)) {
    const { line, fault } = faults.shift()!
    const next = faults[0]?.line ?? before
    const isAlone = next === undefined || next <= line + 1
    yield { line, fault: isAlone ? fault : `${fault}; the lines up to ${next - 1} belong to it` }
  }
}

type RowWriter = (cells: readonly string[], line: number, isUtf8: boolean) => Row

function openRowWriter(names: readonly string[], allText: boolean): RowWriter {
  const keys = names.map((name, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  const jsonOf = allText ? JSON.stringify : jsonOfCell
  return (cells, line, isUtf8) => {
    if (cells.length !== names.length) {
      return { line, fault: `${cells.length} cells where the header has ${names.length}` }
    }
    if (!isUtf8 && cells.some((cell) => cell.includes('\uFFFD'))) return { line, fault: 'not UTF-8' }
    const json = `${keys.map((key, index) => key + jsonOf(cells[index]!)).join('')}}`
    return Buffer.byteLength(json) > rowBytesMax ? { line, fault: tooLargeFault } : { line, json }
  }
}

/** A cell's JSON. */
export function jsonOfCell(cell: string): string {
  if (cell === '') return 'null'
  if (cell === 'true' || cell === 'false') return cell
  return isNumber(cell) ? cell : JSON.stringify(cell)
}

const digitsMax = 38

/** A JSON number that has a place in a table: finite, and no more digits than a DECIMAL holds. */
function isNumber(cell: string): boolean {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(cell)) return false
  return Number.isFinite(Number(cell)) && cell.replace(/[eE].*$/, '').replace(/\D/g, '').length <= digitsMax
}

function checkHeader(names: readonly string[]): readonly string[] {
  const empty = names.indexOf('')
  if (empty !== -1)
    throw usageError(`Column ${empty + 1} of the CSV header has no name`, 'Name every column in the first line.')
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) {
    throw usageError(`The CSV header names ${JSON.stringify(repeated)} twice`, 'Give every column a name of its own.')
  }
  return names
}

/** Notes whether the bytes are UTF-8: the parser would put U+FFFD for what is not, and the value would be lost unseen. */
async function* checkUtf8(chunks: AsyncIterable<Buffer>, encoding: { isUtf8: boolean }): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of chunks) {
    try {
      if (encoding.isUtf8) decoder.decode(chunk, { stream: true })
    } catch {
      encoding.isUtf8 = false
    }
    yield chunk
  }
}

const csvFaults: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'text stands behind a closing quote',
  INVALID_OPENING_QUOTE: 'a quote stands inside a cell that is not quoted',
  CSV_MAX_RECORD_SIZE: tooLargeFault,
}

function faultOf(error: CsvError | undefined): string {
  return (error && csvFaults[error.code]) ?? error?.message ?? 'not CSV'
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && String(error.code) in csvFaults
}

function lineBreaksIn(cells: readonly string[]): number {
  return cells.reduce((count, cell) => count + (cell.includes('\n') ? cell.split('\n').length - 1 : 0), 0)
}
