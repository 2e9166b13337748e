/** A plan as a person reads it: what is made, changed and deleted, field by field. */
import type { ConfigurationPlan } from '@millrace/client/configuration'
import { printable, type Style } from './output.ts'

type Change = ConfigurationPlan['changes'][number]
type Field = Change['fields'][number]

const signs = { create: '+', update: '~', delete: '-' } as const
const colours = { create: 'green', update: 'yellow', delete: 'red' } as const
const keptMax = 20

export function planText({ changes, kept, notes }: ConfigurationPlan, style: Style): string {
  const lines = changes.flatMap((change) => [
    style(colours[change.action], printable(`${signs[change.action]} ${titleOf(change)}`)),
    ...change.fields.flatMap((field) => fieldLines(field, change.action)).map((line) => printable(`    ${line}`)),
  ])
  if (changes.length > 0) lines.push('')
  lines.push(countsText(changes))
  if (kept.length > 0) lines.push(printable(keptText(kept)))
  for (const note of notes) lines.push(style('yellow', printable(`Note: ${note}`)))
  return lines.join('\n')
}

export function titleOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return name === '' ? kind : `${kind} ${JSON.stringify(name)}`
}

export function countsText(changes: readonly Change[]): string {
  if (changes.length === 0) return 'The workspace is as the config says.'
  const count = (action: Change['action']) => changes.filter((change) => change.action === action).length
  return `${count('create')} to create, ${count('update')} to change, ${count('delete')} to delete.`
}

function keptText(kept: ConfigurationPlan['kept']): string {
  const named = kept.slice(0, keptMax).map(titleOf).join(', ')
  const more = kept.length > keptMax ? `, and ${kept.length - keptMax} more` : ''
  return `Not in the config, and kept (--prune deletes them): ${named}${more}.`
}

function fieldLines({ field, before, after, isSecret }: Field, action: Change['action']): string[] {
  if (isSecret) return [`${field}: (secret) ${{ create: 'set', update: 'changes', delete: 'gone' }[action]}`]
  if (action === 'delete') return []
  if (isLong(before) || isLong(after))
    return [`${field}:`, ...lineDifference(textOf(before), textOf(after)).map((line) => `  ${line}`)]
  if (before === undefined) return [`${field}: ${shown(after)}`]
  return [after === undefined ? `${field}: ${shown(before)} -> gone` : `${field}: ${shown(before)} -> ${shown(after)}`]
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\n')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function shown(value: unknown): string {
  return JSON.stringify(value)
}

const contextLines = 2
const linesMax = 40

/** What lies between what both begin and end with. */
export function lineDifference(before: string, after: string): string[] {
  const [old, fresh] = [before, after].map((text) => (text === '' ? [] : text.split('\n'))) as [string[], string[]]
  let start = 0
  while (start < Math.min(old.length, fresh.length) && old[start] === fresh[start]) start++
  let end = 0
  while (end < Math.min(old.length, fresh.length) - start && old.at(-1 - end) === fresh.at(-1 - end)) end++
  const lines = [
    ...old.slice(Math.max(0, start - contextLines), start).map((line) => `  ${line}`),
    ...old.slice(start, old.length - end).map((line) => `- ${line}`),
    ...fresh.slice(start, fresh.length - end).map((line) => `+ ${line}`),
    ...fresh.slice(fresh.length - end, fresh.length - end + contextLines).map((line) => `  ${line}`),
  ]
  return lines.length <= linesMax ? lines : [...lines.slice(0, linesMax), `… ${lines.length - linesMax} lines more`]
}
