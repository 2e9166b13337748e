/**
 * What a job retrieved as one file: its pages as CSV, alone or in a zip. Pages are lines of JSON, or JSON; what a connector keeps in
 * another form is handed on as it is.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { ZipFile } from 'yazl'
import { type CsvValue, csvLine } from '../csv-text.ts'
import { MillraceError } from '../errors.ts'

export type JobFileFormat = 'zip' | 'csv'

export interface StoredPage {
  readonly name: string
  read(): Promise<Buffer>
}

/** Pages are bounded where they are kept; but rows that have hardly a name in common become many times as much. */
const columnsMax = 10_000
const cellsMax = 50_000_000
/** Others are answered in between. */
const cellsAtOnce = 200_000

/** Read twice, so that what is in memory is one page and the file. @throws MillraceError `query_too_large`. */
export async function jobFile(pages: readonly StoredPage[], format: JobFileFormat): Promise<Buffer> {
  const columns = new Set<string>()
  let rowCount = 0
  for (const page of pages) {
    const rows = rowsOf(await page.read()) ?? []
    for (const row of rows) for (const name of Object.keys(row)) columns.add(name)
    rowCount += rows.length
    if (columns.size > columnsMax) throw tooLarge(`more than ${columnsMax} columns`)
    if (columns.size * rowCount > cellsMax) throw tooLarge(`more than ${cellsMax} cells`)
    await breathe()
  }
  const names = [...columns]
  const csv: Buffer[] = []
  const others: { name: string; bytes: Buffer }[] = []
  const rowsAtOnce = Math.ceil(cellsAtOnce / (names.length + 1))
  if (names.length > 0) csv.push(Buffer.from(csvLine(names)))
  for (const page of pages) {
    const bytes = await page.read()
    const rows = rowsOf(bytes)
    if (rows === undefined) others.push({ name: page.name, bytes })
    else
      for (let at = 0; at < rows.length; at += rowsAtOnce) {
        const some = rows.slice(at, at + rowsAtOnce)
        csv.push(Buffer.from(some.map((row) => csvLine(names.map((name) => cellOf(row[name])))).join('')))
        await breathe()
      }
    await breathe()
  }
  const whole = Buffer.concat(csv)
  if (format === 'csv') return Buffer.concat([whole, ...others.map(({ bytes }) => bytes)])
  const isAlone = whole.length > 0 || others.length === 0
  return zipOf([...(isAlone ? [{ name: 'data.csv', bytes: whole }] : []), ...others])
}

function tooLarge(what: string): MillraceError {
  return new MillraceError('query_too_large', `What the job retrieved would be a file of ${what}`, {
    hint: 'Take its pages one by one, as they came.',
  })
}

type Row = Readonly<Record<string, unknown>>

/** Undefined of what is no JSON. */
function rowsOf(bytes: Buffer): Row[] | undefined {
  const text = bytes.toString('utf8').trim()
  if (text === '') return []
  if (!/^[[{]/.test(text)) return undefined
  const parsed = parse(text) ?? linesOf(text)
  if (parsed === undefined) return undefined
  return [parsed.value].flat().map((value) => (isRow(value) ? value : { value }))
}

function linesOf(text: string): { value: unknown[] } | undefined {
  const values = text.split('\n').map(parse)
  return values.includes(undefined) ? undefined : { value: values.map((parsed) => parsed!.value) }
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function cellOf(value: unknown): CsvValue {
  if (value === null || value === undefined) return null
  return typeof value === 'object' ? JSON.stringify(value) : (value as CsvValue)
}

async function zipOf(files: readonly { name: string; bytes: Buffer }[]): Promise<Buffer> {
  const zip = new ZipFile()
  for (const { name, bytes } of files) zip.addBuffer(bytes, name)
  zip.end()
  const chunks: Buffer[] = []
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
