/** Records as a table for people. */
import Table from 'cli-table3'
import { printable } from './output.ts'

export type Cell = string | number | bigint | boolean | null | undefined

const cellCharsMax = 60

const plainBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Numbers stand right, everything else left; long text is cut, control characters are shown as such. */
export function renderTable(names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const colAligns = names.map((_, index) => {
    const values = rows.map((row) => row[index]).filter((value) => value !== null && value !== undefined)
    return values.length > 0 && values.every((value) => typeof value === 'number' || typeof value === 'bigint')
      ? 'right'
      : 'left'
  }) satisfies ('left' | 'right')[]
  const table = new Table({
    head: names.map(cellText),
    colAligns,
    chars: plainBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rows.map((row) => row.map(cellText)))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

function cellText(value: Cell): string {
  if (value === null || value === undefined) return '-'
  const text = printable(String(value).replaceAll('\n', '⏎'))
  return text.length > cellCharsMax ? `${text.slice(0, cellCharsMax - 1)}…` : text
}
