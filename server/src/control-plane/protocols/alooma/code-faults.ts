/** What is wrong with code, in the one text that Alooma's clients show their users. */
import type { MillraceError } from '../../../errors.ts'

/** Says of each fault where it is and what: `The code cannot be used: main:1:14 '(' was never closed`. */
export function faultOf({ message, fields = [] }: Pick<MillraceError, 'message' | 'fields'>): string {
  const faults = fields.map((fault) => `${fault.field} ${fault.message}`.trim())
  return faults.length === 0 ? message : `${message}: ${faults.join('; ')}`
}

/** A line ends with its line feed: none begins behind the last. */
export function lineCount(code: string): number {
  return code.split('\n').length - (code.endsWith('\n') ? 1 : 0)
}
