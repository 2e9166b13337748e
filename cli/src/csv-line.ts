/**
 * A line of CSV (RFC 4180). A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return as
 * a formula, and the cells here come from whoever can send an event: such a cell gets a quote in front, a number does not.
 */

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
