/** Rows as CSV (RFC 4180) for people: a cell that a spreadsheet would take for a formula is made text by an apostrophe before it. */

export type CsvValue = string | number | bigint | boolean | null | undefined

/** With the line's end. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(csvCell).join(',')}\r\n`
}

/** What spreadsheets take for the beginning of a formula, also behind white space. */
const formula = /^\s*[=+\-@\t\r]/
const number = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/

function csvCell(value: CsvValue): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const text = formula.test(value) && !number.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text
}
