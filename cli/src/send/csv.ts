/**
 * CSV with a header (RFC 4180), streamed. A cell is what it is written as: a JSON number stays that number, digit by
 * digit; `true` and `false` are booleans; an empty cell is null; everything else is text, `007` and `1e999` too.
 */
import { type CsvError, type Parser, parse } from 'csv-parse'
import { usageError } from '../failure.ts'
import { type Row, rowBytesMax, tooLargeFault, type UnreadableRow } from './rows.ts'

export interface CsvSettings {
  readonly delimiter: string
  /** Whether every cell is text, the empty one too. */
  readonly allText: boolean
}

export async function* readCsv(chunks: AsyncIterable<Buffer>, settings: CsvSettings): AsyncGenerator<Row> {
  const rows = new RowQueue(settings.allText)
  const parser = openParser(settings.delimiter, rows)
  for await (const chunk of chunks) {
    rows.checkUtf8(chunk)
    const error = await new Promise((resolve) => parser.write(chunk, resolve))
    yield* rows.take()
    if (error) return yield* rows.stop(error)
  }
  const error = await new Promise((resolve) => parser.end(resolve))
  yield* rows.take()
  yield* rows.stop(error)
}

/** Rows are handed over inside the parser: what it has read when it fails would be lost in its buffer. */
function openParser(delimiter: string, rows: RowQueue): Parser {
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: rowBytesMax,
    on_record(cells: string[], { lines }) {
      rows.add(cells, lines)
      return null
    },
    on_skip(error) {
      // Behind a row that is too large the parser would go on in the middle of it.
      if (error?.code === 'CSV_MAX_RECORD_SIZE') throw error
      rows.addFault(error)
      return undefined
    },
  })
  return parser.on('error', () => {}).resume()
}

/** What the parser found, in the order of the file. */
class RowQueue {
  readonly #allText: boolean
  #write: RowWriter | undefined
  #rows: Row[] = []
  /** The last fault is held back until it is known how many lines it takes with it. */
  #fault: UnreadableRow | undefined
  /** Last line of what was added last. */
  #lastLine = 0
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #isUtf8 = true

  constructor(allText: boolean) {
    this.#allText = allText
  }

  /** The parser puts U+FFFD for bytes that are not UTF-8: what they meant would be lost unseen. */
  checkUtf8(chunk: Buffer): void {
    try {
      if (this.#isUtf8) this.#decoder.decode(chunk, { stream: true })
    } catch {
      this.#isUtf8 = false
    }
  }

  add(cells: readonly string[], lastLine: number): void {
    const line = Math.max(this.#lastLine + 1, lastLine - lineBreaksIn(cells))
    this.#releaseFault(line)
    this.#lastLine = lastLine
    if (this.#write) this.#rows.push(this.#write(cells, line, this.#isUtf8))
    else this.#write = openRowWriter(checkHeader(cells), this.#allText)
  }

  addFault(error: CsvError | undefined): void {
    const isOpen = error?.code === 'CSV_QUOTE_NOT_CLOSED'
    const line = isOpen ? this.#lastLine + 1 : Number(error?.['lines'])
    if (line === this.#fault?.line) return
    this.#releaseFault(line)
    this.#fault = { line, fault: faultOf(error) }
    this.#lastLine = line
  }

  *take(): Generator<Row> {
    yield* this.#rows
    this.#rows = []
  }

  /** The end, or the error after which nothing is read. */
  *stop(error: unknown): Generator<Row> {
    this.#releaseFault(undefined)
    yield* this.take()
    if (!error) return
    if (!isCsvError(error)) throw error
    yield { line: this.#lastLine + 1, fault: `${faultOf(error)}; nothing behind it is read` }
  }

  /** A quote in the wrong place may have swallowed the lines between its own and the next one that is known. */
  #releaseFault(nextLine: number | undefined): void {
    if (this.#fault === undefined) return
    const { line, fault } = this.#fault
    const isAlone = nextLine === undefined || nextLine <= line + 1
    this.#rows.push({ line, fault: isAlone ? fault : `${fault}; the lines up to ${nextLine - 1} belong to it` })
    this.#fault = undefined
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

const csvFaults: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell is never closed; everything behind belongs to it',
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
