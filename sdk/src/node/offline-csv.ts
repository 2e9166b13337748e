/** CSV as Python's `csv.writer` writes it (RFC 4180): quoted cells may hold commas, quotes and line breaks. */

export interface CsvRow {
  /** Where it begins, from 1. */
  readonly line: number
  readonly text: string
  /** Undefined: a quote does not end, or not where a cell does; the line counts alone, and what follows it is read as if it were not there. */
  readonly cells: readonly string[] | undefined
}

/** Rows that are not blank. */
export function* csvRows(text: string): Generator<CsvRow> {
  let line = 1
  for (let at = 0; at < text.length; ) {
    const row = rowAt(text, at)
    const end = row?.end ?? endOfLine(text, at)
    const own = text.slice(at, end)
    if (own.trim() !== '') yield { line, text: own, cells: row?.cells }
    line += (own.match(/\r\n|\n|\r/g)?.length ?? 0) + 1
    at = text.startsWith('\r\n', end) ? end + 2 : end + 1
  }
}

/** Undefined: a quote does not end, or not where its cell does. */
function rowAt(text: string, start: number): { cells: string[]; end: number } | undefined {
  const cells: string[] = []
  for (let at = start; ; ) {
    let cell = ''
    if (text[at] === '"') {
      const closing = closingQuote(text, at + 1)
      if (closing < 0) return undefined
      cell = text.slice(at + 1, closing).replaceAll('""', '"')
      at = closing + 1
      if (at < text.length && !/[,\r\n]/.test(text[at]!)) return undefined
    }
    let end = at
    while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++
    cells.push(cell + text.slice(at, end))
    if (text[end] !== ',') return { cells, end }
    at = end + 1
  }
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from)
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}

function endOfLine(text: string, from: number): number {
  const at = text.slice(from).search(/[\r\n]/)
  return at < 0 ? text.length : from + at
}
