/** What a CSV file is like, told from its beginning: its separator, whether its first row has names, and the names of its columns. */
import { parse } from 'csv-parse/sync'
import type { FilesSettings } from './settings.ts'

export interface CsvShape {
  readonly separator: string
  readonly columns: readonly string[]
  readonly hasHeader: boolean
}

const separators = [',', ';', '\t', '|'] as const
const sampleRowsMax = 50

export function csvShapeOf(sample: string, format: 'csv' | 'tsv', settings: FilesSettings): CsvShape {
  const fixed = settings.separator ?? (format === 'tsv' ? '\t' : undefined)
  const samples = (fixed === undefined ? separators : [fixed]).map((separator) => {
    const rows = rowsOf(sample, separator, settings.quote)
    return { separator, rows, score: evenness(rows) }
  })
  const { separator, rows } = samples.reduce((best, one) => (one.score > best.score ? one : best))
  const first = rows[0] ?? []
  const hasHeader = settings.header === 'auto' ? looksLikeNames(first) : settings.header === 'yes'
  const columns = settings.columns ?? (hasHeader ? namesOf(first) : [])
  return { separator, columns, hasHeader }
}

/** Names that are there twice get a number, empty ones that of their column. */
export function namesOf(header: readonly string[]): string[] {
  const names: string[] = []
  for (const [index, cell] of header.entries()) {
    const name = cell.trim() || columnName(index)
    let unique = name
    for (let count = 2; names.includes(unique); count++) unique = `${name}_${count}`
    names.push(unique)
  }
  return names
}

/** Of a column without a name, from 1 on. */
export function columnName(index: number): string {
  return `column_${index + 1}`
}

/** Texts that a number, a truth value or a day would be written as. */
export const valuePattern = /^\s*(?:[-+]?[\d.,]*\d[\d.,]*(?:e[-+]?\d+)?%?|true|false|\d{4}-\d\d-\d\d.*)\s*$/i

/** The first one alone where the others cannot be read: the reading itself says what is wrong with them, and where. */
function rowsOf(sample: string, delimiter: string, quote: string): string[][] {
  const tolerant = { relax_column_count: true, relax_quotes: true, skip_empty_lines: true }
  const read = (to: number): string[][] => parse(sample, { delimiter, quote, escape: quote, to, ...tolerant })
  try {
    return read(sampleRowsMax)
  } catch {
    try {
      return read(1)
    } catch {
      return []
    }
  }
}

/** How alike in width the rows are; 0 where there is one column. */
function evenness(rows: readonly string[][]): number {
  const width = rows[0]?.length ?? 0
  if (width < 2) return 0
  const same = rows.filter((row) => row.length === width).length
  return same / rows.length + width / 10_000
}

function looksLikeNames(row: readonly string[]): boolean {
  return row.some((cell) => cell.trim() !== '') && !row.some((cell) => valuePattern.test(cell))
}
