/**
 * Reads a statement that writes, INSERT, UPDATE, DELETE or CREATE TABLE AS, by a grammar of our own: which table it writes, and what
 * it is computed from. It is never run as it was written: whoever runs it writes its head anew, with the table that is named here, so
 * that no statement writes another. What the grammar does not know is refused.
 */
import { MillraceError } from '../../../errors.ts'
import { quoteName } from './sql.ts'

export type WriteStatement =
  /** `into`: what stands between the table and the rows. */
  | { readonly kind: 'insert'; readonly table: string; readonly into: string; readonly select: string }
  | { readonly kind: 'create'; readonly table: string; readonly select: string; readonly ifPresent: IfPresent }
  /** `reads` is a SELECT of the same words: whatever the change calls or reads, the SELECT does. */
  | { readonly kind: 'change'; readonly table: string; readonly statement: string; readonly reads: string }

type IfPresent = 'replace' | 'keep' | 'fail'

/** @throws MillraceError `query_refused`: it is none of these, or not written so. */
export function readWriteStatement(sql: string): WriteStatement {
  const words = new Words(sql)
  if (words.take('INSERT', 'INTO')) return readInsert(words)
  if (words.take('UPDATE')) return readUpdate(words)
  if (words.take('DELETE', 'FROM')) return readDelete(words)
  if (words.take('CREATE')) return readCreate(words)
  throw refused('it has to begin with INSERT INTO, UPDATE, DELETE FROM or CREATE TABLE')
}

function readInsert(words: Words): WriteStatement {
  const table = words.table()
  const columns = words.columns().map(quoteName).join(', ')
  const into = words.take('BY', 'NAME') ? 'BY NAME' : columns && `(${columns})`
  return { kind: 'insert', table, into, select: words.rest() }
}

function readUpdate(words: Words): WriteStatement {
  const table = words.table()
  const named = `${mainTable(table)}${words.alias('SET')}`
  if (!words.take('SET')) throw refused('SET has to come after the table of an UPDATE')
  const rest = words.rest()
  // An assignment reads as a comparison: SELECT a = 1, b = c FROM other WHERE …
  return { kind: 'change', table, statement: `UPDATE ${named} SET ${rest}`, reads: `SELECT ${rest}` }
}

function readDelete(words: Words): WriteStatement {
  const table = words.table()
  const head = `DELETE FROM ${mainTable(table)}${words.alias('USING', 'WHERE')}`
  const change = (word: string, before: string): WriteStatement => {
    const rest = words.rest()
    return { kind: 'change', table, statement: `${head} ${word} ${rest}`, reads: `${before} ${rest}` }
  }
  if (words.isAtEnd) return { kind: 'change', table, statement: head, reads: 'SELECT 1' }
  if (words.take('USING')) return change('USING', 'SELECT 1 FROM')
  if (words.take('WHERE')) return change('WHERE', 'SELECT 1 WHERE')
  throw refused('USING or WHERE has to come after the table of a DELETE')
}

function readCreate(words: Words): WriteStatement {
  const replaces = words.take('OR', 'REPLACE')
  if (!words.take('TABLE')) throw refused('of CREATE statements there is CREATE TABLE … AS alone')
  const keeps = words.take('IF', 'NOT', 'EXISTS')
  const table = words.table()
  if (!words.take('AS')) throw refused('of CREATE statements there is CREATE TABLE … AS alone')
  return { kind: 'create', table, select: words.rest(), ifPresent: replaces ? 'replace' : keeps ? 'keep' : 'fail' }
}

function mainTable(table: string): string {
  return `main.${quoteName(table)}`
}

const blank = /(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/y
const bareName = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const quotedName = /"((?:[^"]|"")+)"/y

/** A statement's words, one after the other. */
class Words {
  readonly #sql: string
  #place = 0

  constructor(sql: string) {
    this.#sql = sql
    this.#skipBlank()
  }

  get isAtEnd(): boolean {
    return /^;?\s*$/.test(this.#sql.slice(this.#place))
  }

  /** Goes over the words, in any case, if they come next: all of them or none. */
  take(...words: string[]): boolean {
    const before = this.#place
    for (const word of words) {
      if (this.#match(bareName)?.[0]?.toUpperCase() === word) continue
      this.#place = before
      return false
    }
    return true
  }

  /** A table's name, with or without `main.` before it. */
  table(): string {
    const first = this.#name()
    if (!this.#takeSign('.')) return first
    if (first.toLowerCase() !== 'main') throw refused('a table is named alone, or with main. before it')
    const name = this.#name()
    if (this.#takeSign('.')) throw refused('a table is named alone, or with main. before it')
    return name
  }

  /** Names in parentheses; none where something else stands there. */
  columns(): string[] {
    const before = this.#place
    const names: string[] = []
    if (!this.#takeSign('(')) return names
    do {
      const name = this.#tryName()
      if (name === undefined) break
      names.push(name)
    } while (this.#takeSign(','))
    if (this.#takeSign(')')) return names
    this.#place = before
    return []
  }

  /** Goes over another name for the table, with AS or without, unless it is one of the words that may come next. */
  alias(...next: string[]): string {
    if (this.take('AS')) return ` AS ${quoteName(this.#name())}`
    const before = this.#place
    const word = this.#tryName()
    if (word === undefined) return ''
    if (!next.includes(word.toUpperCase())) return ` AS ${quoteName(word)}`
    this.#place = before
    return ''
  }

  rest(): string {
    return this.#sql.slice(this.#place)
  }

  #name(): string {
    const name = this.#tryName()
    if (name === undefined) throw refused('it does not name its table where that has to be')
    return name
  }

  #tryName(): string | undefined {
    const quoted = this.#match(quotedName)
    return quoted ? quoted[1]!.replaceAll('""', '"') : this.#match(bareName)?.[0]
  }

  #takeSign(sign: string): boolean {
    if (this.#sql[this.#place] !== sign) return false
    this.#place++
    this.#skipBlank()
    return true
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#place
    const found = pattern.exec(this.#sql)
    if (found === null) return null
    this.#place = pattern.lastIndex
    this.#skipBlank()
    return found
  }

  #skipBlank(): void {
    blank.lastIndex = this.#place
    blank.exec(this.#sql)
    this.#place = blank.lastIndex
  }
}

function refused(reason: string): MillraceError {
  return new MillraceError('query_refused', `The statement is refused: ${reason}`)
}
