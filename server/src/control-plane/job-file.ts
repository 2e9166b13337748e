/**
 * What a job retrieved as one file: its pages as CSV, alone or in a zip. Pages are lines of JSON, or JSON; what a connector keeps in
 * another form is handed on as it is. The file is written while it is read: one page is in memory, however large the whole is.
 */
import { Readable } from 'node:stream'
import { setImmediate as breathe } from 'node:timers/promises'
import { ZipFile } from 'yazl'
import { csvLine } from '../csv-text.ts'
import { MillraceError } from '../errors.ts'
import { cellOf, NoJson, rowsIn } from './job-file-rows.ts'

export type JobFileFormat = 'zip' | 'csv'

export interface StoredPage {
  readonly name: string
  read(): Promise<Buffer>
}

/** Rows that have hardly a name in common become many times as much. */
const columnsMax = 10_000
const cellsMax = 1_000_000_000
/** Others are answered in between. */
const cellsAtOnce = 200_000
const charactersAtOnce = 512 * 1024

/**
 * Pages are read twice: for the columns before this resolves, then for what the stream gives. The stream fails where a page is gone
 * meanwhile. @throws MillraceError `query_too_large`.
 */
export async function jobFile(pages: readonly StoredPage[], format: JobFileFormat): Promise<Readable> {
  const { columns, others } = await surveyOf(pages)
  const rows = pages.filter((page) => !others.includes(page))
  if (format === 'csv') return Readable.from(inTurn([csvOf(rows, columns), ...others.map(bytesOf)]))
  const isAlone = columns.length > 0 || others.length === 0
  const csv = isAlone ? [{ name: 'data.csv', open: () => csvOf(rows, columns) }] : []
  return zipOf([...csv, ...others.map((page) => ({ name: page.name, open: () => bytesOf(page) }))])
}

/** The columns of all rows, and the pages that are no JSON. */
async function surveyOf(pages: readonly StoredPage[]): Promise<{ columns: string[]; others: StoredPage[] }> {
  const columns = new Set<string>()
  const others: StoredPage[] = []
  let rowCount = 0
  for (const page of pages) {
    const ofPage = new Set<string>()
    let count = 0
    try {
      for (const row of rowsIn(await page.read())) {
        for (const name of Object.keys(row)) ofPage.add(name)
        if (ofPage.size > columnsMax) throw tooLarge(`more than ${columnsMax} columns`)
        if (++count % 2_000 === 0) await breathe()
      }
    } catch (error) {
      if (!(error instanceof NoJson)) throw error
      others.push(page)
      continue
    }
    for (const name of ofPage) columns.add(name)
    rowCount += count
    if (columns.size > columnsMax) throw tooLarge(`more than ${columnsMax} columns`)
    if (columns.size * rowCount > cellsMax) throw tooLarge(`more than ${cellsMax} cells`)
    await breathe()
  }
  return { columns: [...columns], others }
}

async function* csvOf(pages: readonly StoredPage[], columns: readonly string[]): AsyncGenerator<Buffer> {
  if (columns.length === 0) return
  let text = csvLine(columns)
  let cells = columns.length
  for (const page of pages) {
    for (const row of rowsIn(await page.read())) {
      text += csvLine(columns.map((name) => cellOf(row[name])))
      cells += columns.length
      if (cells < cellsAtOnce && text.length < charactersAtOnce) continue
      yield Buffer.from(text)
      text = ''
      cells = 0
      await breathe()
    }
  }
  if (text !== '') yield Buffer.from(text)
}

async function* bytesOf(page: StoredPage): AsyncGenerator<Buffer> {
  const bytes = await page.read()
  if (bytes.length > 0) yield bytes
}

async function* inTurn(parts: readonly AsyncIterable<Buffer>[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield* part
}

interface FileInZip {
  readonly name: string
  open(): AsyncIterable<Buffer>
}

/** Each file is opened when its turn has come. */
function zipOf(files: readonly FileInZip[]): Readable {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  let current: Readable | undefined
  for (const { name, open } of files) {
    zip.addReadStreamLazy(name, (give) => {
      current = Readable.from(open())
      // Else the library would wait for its end for ever.
      current.once('error', (error) => output.destroy(error))
      give(null, current)
    })
  }
  zip.on('error', (error) => output.destroy(error as Error))
  // Whoever went away is written no more.
  output.once('close', () => current?.destroy())
  zip.end()
  return output
}

function tooLarge(what: string): MillraceError {
  return new MillraceError('query_too_large', `What the job retrieved would be a file of ${what}`, {
    hint: 'Take its pages one by one, as they came.',
  })
}
