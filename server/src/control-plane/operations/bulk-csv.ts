/** A bulk operation's CSV: a header, then a line for each source with its parameters. Whatever is wrong is told with its line. */
import { parse } from 'csv-parse/sync'
import { type FieldError, MillraceError } from '../../errors.ts'

interface CsvRow {
  /** Of the text, from 1; where a row has several, its first. */
  readonly line: number
  /** By the names of the columns. Empty cells are missing. */
  readonly cells: Readonly<Record<string, string>>
}

const problemsToldMax = 20

/**
 * @param isColumn whether a name in the header means something
 * @throws MillraceError `invalid_request`: no header, columns that nobody knows or twice, rows longer or shorter than the header,
 * quotes that do not end.
 */
export function readBulkCsv(text: string, isColumn: (name: string) => boolean): CsvRow[] {
  const [header, ...records] = recordsOf(text)
  const names = (header?.record ?? []).map((name) => name.trim())
  const problems = headerProblems(names, isColumn)
  if (problems.length > 0) throw refused(problems.map((message) => ({ line: header?.line ?? 1, message })))
  const ragged = records.filter(({ record }) => record.length !== names.length)
  if (ragged.length > 0) {
    throw refused(
      ragged.map(({ line, record }) => ({
        line,
        message: `it has ${record.length} values, the header has ${names.length}`,
      })),
    )
  }
  return records.map(({ record, line }) => ({
    line,
    cells: Object.fromEntries(
      record.flatMap((cell, at) => (cell.trim() === '' ? [] : [[names[at]!, cell.trim()] as const])),
    ),
  }))
}

/** @throws MillraceError `invalid_request` naming the lines. */
export function refuseLines(problems: readonly { line: number; message: string }[]): void {
  if (problems.length > 0) throw refused(problems)
}

interface CsvRecord {
  readonly record: string[]
  readonly line: number
}

function recordsOf(text: string): CsvRecord[] {
  const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true } as const
  try {
    const read = parse(text.replace(/\r\n?/g, '\n'), options) as unknown as {
      record: string[]
      info: { lines: number }
    }[]
    return read.map(({ record, info }) => ({ record, line: info.lines - linesIn(record) }))
  } catch (error) {
    const { lines = 1, message } = error as { lines?: number; message: string }
    throw refused([{ line: lines, message }])
  }
}

/** The parser tells the last line of a record. */
function linesIn(record: readonly string[]): number {
  return record.reduce((sum, cell) => sum + (cell.match(/\n/g)?.length ?? 0), 0)
}

function headerProblems(names: readonly string[], isColumn: (name: string) => boolean): string[] {
  if (names.length === 0) return ['it is empty: the first line names the columns']
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  const unknown = names.filter((name) => !isColumn(name))
  return [
    ...(names.includes('source') ? [] : ['the column source is missing: ids of sources']),
    ...twice.map((name) => `the column ${JSON.stringify(name)} is there twice`),
    ...unknown.map((name) => `nobody knows the column ${JSON.stringify(name)}`),
  ]
}

function refused(problems: readonly { line: number; message: string }[]): MillraceError {
  const fields: FieldError[] = problems
    .slice(0, problemsToldMax)
    .map(({ line, message }) => ({ field: `sources.csv line ${line}`, message }))
  const more = problems.length > fields.length ? `, and ${problems.length - fields.length} lines more` : ''
  const message = `${fields.map(({ field, message }) => `${field}: ${message}`).join('; ')}${more}`
  return new MillraceError('invalid_request', message, { fields, hint: 'Nothing was changed.' })
}
