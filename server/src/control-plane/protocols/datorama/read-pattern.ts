/**
 * The rule of a pattern as clients write it: a text is a regular expression, of which the first group counts where it has one; an
 * object names a separator and a position, or is a rule in our own words.
 */
import { z } from 'zod'
import type { PatternRule } from '../../../semantic/model.ts'
import { refused } from './bodies.ts'

const position = z.coerce.number().int().min(1).max(1_000)
const bySeparator = z
  .object({
    separator: z.string().min(1).max(100).optional(),
    delimiter: z.string().min(1).max(100).optional(),
    position,
    from: z.enum(['start', 'end']).default('start'),
  })
  .refine(({ separator, delimiter }) => separator !== undefined || delimiter !== undefined)
const isCaseSensitive = z.boolean().default(true)
const entry = z.object({ from: z.string(), to: z.string() })
const ownWords = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('split'),
    separator: z.string().min(1),
    position,
    from: z.enum(['start', 'end']).default('start'),
  }),
  z.object({
    kind: z.literal('regex'),
    expression: z.string().min(1),
    group: z.int().min(0).default(0),
    isCaseSensitive,
  }),
  z.object({ kind: z.literal('lookup'), entries: z.array(entry).min(1), isCaseSensitive }),
])
const byTable = z.record(z.string(), z.string())

/** @throws MillraceError `invalid_request`. */
export function readRule(pattern: unknown): PatternRule {
  if (typeof pattern === 'string' && pattern !== '') return regex(pattern)
  const own = ownWords.safeParse(pattern)
  if (own.success) return own.data
  const split = bySeparator.safeParse(pattern)
  if (split.success) {
    const { separator, delimiter, position, from } = split.data
    return { kind: 'split', separator: (separator ?? delimiter)!, position, from }
  }
  const expression = z.object({ regex: z.string().min(1) }).safeParse(pattern)
  if (expression.success) return regex(expression.data.regex)
  const values = z.object({ values: byTable }).safeParse(pattern)
  if (values.success) {
    const entries = Object.entries(values.data.values).map(([from, to]) => ({ from, to }))
    return { kind: 'lookup', entries, isCaseSensitive: true }
  }
  throw refused(
    'pattern: write a regular expression, {separator, position}, {values: {from: to}}, or a rule as our own API has it',
  )
}

function regex(expression: string): PatternRule {
  return { kind: 'regex', expression, group: hasGroup(expression) ? 1 : 0, isCaseSensitive: true }
}

/** An opening bracket that neither is escaped nor begins a group that is not counted. */
function hasGroup(expression: string): boolean {
  return /(?<!\\)(?:\\\\)*\((?!\?(?!P?<))/.test(expression)
}
