/** What a rule must be, apart from what only DuckDB can tell of an expression. */
import type { Table } from '../rows.ts'
import { type PatternRule, semanticLimits } from './model.ts'
import { suggestion } from './names.ts'

interface Found {
  readonly field: string
  readonly message: string
}

export function ruleFaults(rule: PatternRule, tables: ReadonlyMap<string, Table>, field = 'rule', depth = 1): Found[] {
  if (depth > semanticLimits.ruleDepthMax) return [{ field, message: 'Rules stand too deep within each other' }]
  switch (rule.kind) {
    case 'split':
      return rule.separator === '' || !isText(rule.separator) ? [{ field: `${field}.separator`, message: noText }] : []
    case 'regex':
      return regexFaults(rule, field)
    case 'lookup':
      return lookupFaults(rule, field)
    case 'lookup-table':
      return lookupTableFaults(rule, tables, field)
    case 'first':
      if (rule.rules.length === 0) return [{ field: `${field}.rules`, message: 'There is none' }]
      return rule.rules.flatMap((one, index) => ruleFaults(one, tables, `${field}.rules.${index}`, depth + 1))
    case 'pattern':
      return []
  }
}

/** Ids of patterns that a rule names. */
export function patternsOf(rule: PatternRule): string[] {
  if (rule.kind === 'pattern') return [rule.pattern]
  return rule.kind === 'first' ? rule.rules.flatMap(patternsOf) : []
}

export function expressionsOf(rule: PatternRule, field = 'rule'): (PatternRule & { kind: 'regex'; field: string })[] {
  if (rule.kind === 'regex') return [{ ...rule, field }]
  return rule.kind === 'first' ? rule.rules.flatMap((one, at) => expressionsOf(one, `${field}.rules.${at}`)) : []
}

/** Characters of the entries of its lookups. */
export function lookupCharsOf(rule: PatternRule): number {
  if (rule.kind === 'lookup') return rule.entries.reduce((sum, { from, to }) => sum + from.length + to.length, 0)
  return rule.kind === 'first' ? rule.rules.reduce((sum, one) => sum + lookupCharsOf(one), 0) : 0
}

export function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

const noText = 'Needs to be text without NUL, and not empty'

function regexFaults({ expression, group }: PatternRule & { kind: 'regex' }, field: string): Found[] {
  if (expression === '' || !isText(expression)) return [{ field: `${field}.expression`, message: noText }]
  const groups = groupsOf(expression)
  if (group <= groups) return []
  return [{ field: `${field}.group`, message: `The expression has ${groups === 0 ? 'no groups' : `${groups} groups`}` }]
}

/** How many groups an expression of RE2 has: parentheses that are neither escaped, nor in a class, nor `(?:` or flags. */
export function groupsOf(expression: string): number {
  const parts = expression.matchAll(
    /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]?|\((?:\?P?<(?![=!])|(?!\?))/gs,
  )
  return [...parts].filter(([part]) => part.startsWith('(')).length
}

function lookupFaults({ entries, isCaseSensitive }: PatternRule & { kind: 'lookup' }, field: string): Found[] {
  if (entries.length === 0) return [{ field: `${field}.entries`, message: 'There is none' }]
  if (entries.length > semanticLimits.lookupEntriesMax)
    return [{ field: `${field}.entries`, message: `At most ${semanticLimits.lookupEntriesMax} are possible` }]
  const seen = new Map<string, number>()
  const faults: Found[] = []
  for (const [index, { from, to }] of entries.entries()) {
    const place = `${field}.entries.${index}`
    if (!isText(from) || !isText(to)) faults.push({ field: place, message: 'Needs to be text without NUL' })
    const key = isCaseSensitive ? from : from.toLowerCase()
    const before = seen.get(key)
    if (before !== undefined) faults.push({ field: `${place}.from`, message: `Is the same as that of entry ${before}` })
    else seen.set(key, index)
    if (faults.length >= 20) return faults
  }
  return faults
}

function lookupTableFaults(
  rule: PatternRule & { kind: 'lookup-table' },
  tables: ReadonlyMap<string, Table>,
  field: string,
): Found[] {
  const table = tables.get(rule.table)
  if (table === undefined)
    return [
      { field: `${field}.table`, message: `There is no table ${rule.table}${suggestion(rule.table, tables.keys())}` },
    ]
  const names = table.columns.map(({ name }) => name)
  return (['key', 'value'] as const)
    .filter((part) => !names.includes(rule[part]))
    .map((part) => ({
      field: `${field}.${part}`,
      message: `The table ${rule.table} has no column ${rule[part]}${suggestion(rule[part], names)}`,
    }))
}
