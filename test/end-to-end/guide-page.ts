/** A guide as its tests read it: its tables and its blocks of code. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const repository = join(import.meta.dirname, '..', '..')

export interface GuidePage {
  /** On one line. */
  readonly text: string
  /** Rows of the table whose head this is, each with as many cells. */
  table(...head: readonly string[]): string[][]
  /** In their order, of all languages. */
  readonly blocks: readonly CodeBlock[]
}

interface CodeBlock {
  readonly language: string
  readonly text: string
}

export function readGuide(name: string): GuidePage {
  const text = readFileSync(join(repository, 'docs', 'guides', name), 'utf8')
  const tables = Array.from(text.matchAll(/(?:^\|.*\n)+/gm), ([table]) => table.trim().split('\n').map(cellsOf))
  const blocks = Array.from(text.matchAll(/^```(\w+)\n(.*?)^```/gms), ([, language, code]) => {
    return { language: language!, text: code! }
  })
  return {
    text: text.replaceAll(/\s+/g, ' '),
    blocks,
    table(...head) {
      const found = tables.find(([first]) => String(first) === String(head))
      if (found === undefined) throw new Error(`${name} has no table ${head.join(' | ')}`)
      return found.slice(2)
    },
  }
}

/** What stands in backquotes in a cell. */
export function codesOf(cell: string): string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code]) => code!)
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())
}
