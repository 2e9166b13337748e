/**
 * CSV (RFC 4180). A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return as
 * a formula, and the cells here come from whoever can send an event: such a cell gets a quote in front, a number does not.
 */

/** Plain rows as CSV, with a header of all their keys, in the order in which they first come. */
export function toCsv(
  rows: readonly object[],
  { isGuarded = true, hasHeader = true }: { isGuarded?: boolean; hasHeader?: boolean } = {},
): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  if (names.length === 0) return ''
  const lines = rows.map((row) => names.map((name) => (row as Readonly<Record<string, unknown>>)[name]))
  return [...(hasHeader ? [names] : []), ...lines].map((cells) => csvLine(cells, { isGuarded })).join('')
}

/** @param isGuarded such a cell gets a quote in front; programs want cells as they are */
export function csvLine(cells: readonly unknown[], { isGuarded }: { isGuarded: boolean }): string {
  return `${cells.map((cell) => quoted(isGuarded ? guarded(textOf(cell)) : textOf(cell))).join(',')}\r\n`
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}

function guarded(text: string): string {
  const isNumber = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)
  return /^[=+\-@\t\r]/.test(text) && !isNumber ? `'${text}` : text
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
