/** TypeScript as JavaScript: types become blanks, so that each line and column stays what it was. */
import { stripTypeScriptTypes } from 'node:module'
import type { Diagnostic } from '../../../transform.ts'

/** JavaScript, or what is wrong. */
export function stripTypes(code: string, module: string): string | Diagnostic {
  try {
    return stripTypeScriptTypes(code, { mode: 'strip' })
  } catch (error) {
    return diagnosticIn(error as Error, code, module)
  }
}

/** Node tells the place in the stack alone: `:LINE`, then this line and maybe that before it, then carets under what is meant. */
function diagnosticIn({ message, stack = '' }: Error, code: string, module: string): Diagnostic {
  const line = Number(/^[^\n]*:(\d+)\n/.exec(stack)?.[1])
  if (Number.isNaN(line)) return { module, message }
  const before = /^(?:[^\n]*\n){2,3}( *)\^+\n/.exec(stack)?.[1]
  const text = code.split('\n')[line - 1] ?? ''
  return { module, line, ...(before !== undefined && { column: columnAt(before.length, text) }), message }
}

/** The line is shown with four blanks for a tab. */
function columnAt(width: number, text: string): number {
  let shown = 0
  let column = 0
  while (shown < width) shown += text[column++] === '\t' ? 4 : 1
  return column + 1
}
