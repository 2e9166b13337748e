/**
 * CSV and TSV (RFC 4180, and what people make of it). Rows that are too short lack fields, cells beyond the last column get names of
 * their own, a header that comes again in the middle is left out, a quote that is never closed is an error.
 */
import { crc32 } from 'node:zlib'
import type { Json } from '@millrace/event/event'
import { type CsvError, type Info, parse } from 'csv-parse'
import { columnName, csvShapeOf, namesOf } from './csv-shape.ts'
import { UnreadableFile } from './file-bytes.ts'
import type { RowReader, Rows } from './row.ts'
import { decodeHead, headOf, linesIn, shapeOf, textFrom } from './text.ts'

const recordBytesMax = 16 * 1024 * 1024
/** At a time, so that very many short rows are not held at once. */
const pieceBytes = 16 * 1024

export const readCsv: RowReader = async function* (part, settings, from) {
  const head = await headOf(part)
  const text = shapeOf(head, settings.encoding)
  const found = csvShapeOf(wholeLines(decodeHead(head, text)), part.format === 'tsv' ? 'tsv' : 'csv', settings)
  const columns = from.columns ?? found.columns
  const separator = from.separator ?? found.separator
  const parser = openParser(separator, settings.quote)
  const shape = { columns: [...columns], separator }
  let isFirst = from.offset === 0
  let number = from.row

  const take = (records: readonly Parsed[]): Rows => {
    const lines: string[] = []
    const tags: string[] = []
    let end = from.offset
    for (const { record, info } of records) {
      const isHeader = isFirst ? found.hasHeader : isHeaderAgain(record, columns)
      isFirst = false
      if (isHeader) continue
      number++
      lines.push(JSON.stringify(dataOf(record, columns, settings.types === 'infer')), '\n')
      tags.push(crc32(record.join('\u001f')).toString(36))
      end = from.offset + info.bytes
    }
    return { payload: Buffer.from(lines.join('')), count: tags.length, last: number, tags, end, shape }
  }
  for await (const lines of linesIn(textFrom(part, text, from.offset), from.isTorn)) {
    for (let at = 0; at < lines.length; at += pieceBytes) yield take(parser.feed(lines.subarray(at, at + pieceBytes)))
  }
  if (!from.isTorn) yield take(parser.end())
}

interface Parsed {
  readonly record: string[]
  readonly info: Info
}

/** The parser of the library does all of a piece at once, so its rows are there when it has been written. */
function openParser(delimiter: string, quote: string) {
  const parser = parse({
    delimiter,
    quote,
    escape: quote,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: recordBytesMax,
  })
  parser.on('error', () => {}) // asked for below

  function drain(): Parsed[] {
    const records: Parsed[] = []
    for (let next = parser.read() as Parsed | null; next !== null; next = parser.read() as Parsed | null) {
      records.push(next)
    }
    const error = parser.errored as CsvError | null
    if (error) throw new UnreadableFile(`it is no CSV: ${error.message}`, { cause: error })
    return records
  }
  return {
    feed(lines: Buffer) {
      parser.write(Buffer.from(lines)) // it keeps what is half a record
      return drain()
    },
    end() {
      parser.end()
      return drain()
    },
  }
}

function dataOf(record: readonly string[], columns: readonly string[], infers: boolean): Record<string, Json> {
  const data: Record<string, Json> = {}
  for (let index = 0; index < record.length; index++) {
    const cell = record[index]!
    if (cell === '') continue
    const name = columns[index] ?? columnName(index)
    const value = infers ? inferred(cell) : cell
    if (name === '__proto__') Object.defineProperty(data, name, { value, enumerable: true })
    else data[name] = value
  }
  return data
}

/** Numbers that JavaScript holds with all their digits; 007 and +49 are texts. */
function inferred(cell: string): Json {
  const first = cell.charCodeAt(0)
  const mayBeNumber = (first >= 0x30 && first <= 0x39) || first === 0x2d
  if (mayBeNumber) return cell.length <= 16 && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(cell) ? Number(cell) : cell
  if (cell.length > 5) return cell
  if (/^true$/i.test(cell)) return true
  return /^false$/i.test(cell) ? false : cell
}

function isHeaderAgain(record: readonly string[], columns: readonly string[]): boolean {
  if (record.length !== columns.length || record[0]!.trim() !== columns[0]) return false
  return namesOf(record).every((name, index) => name === columns[index])
}

/** A sample that is cut off in the middle of a row says nothing of that row. */
function wholeLines(sample: string): string {
  const end = sample.lastIndexOf('\n')
  return end > 0 && sample.length > 100_000 ? sample.slice(0, end + 1) : sample
}
