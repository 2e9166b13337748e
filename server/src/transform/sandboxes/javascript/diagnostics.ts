/** Where in the users' code V8's errors are, as diagnostics. */
import type { Diagnostic } from '../../../transform.ts'

const messageMax = 2_000

/** `names` has the users' modules; an error that is in none of them is told of `module` as a whole. */
export function diagnosticOf(error: unknown, module: string, names: { has(name: string): boolean }): Diagnostic {
  if (!(error instanceof Error)) return { module, message: `The module threw ${String(error)}`.slice(0, messageMax) }
  const { name, message, stack } = error
  const ending = /^(.*) \[([A-Za-z_]\w*):(\d+):(\d+)\]$/s.exec(message)
  if (ending && names.has(ending[2] ?? '')) return placed(`${name}: ${ending[1]}`, ending.slice(2))
  for (const line of (stack ?? '').split('\n')) {
    const frame = /^ +at (?:.* )?\(?([A-Za-z_]\w*):(\d+):(\d+)\)?$/.exec(line)
    if (frame && names.has(frame[1] ?? '')) return placed(textOf(name, message), frame.slice(1))
  }
  return { module, message: textOf(name, message).slice(0, messageMax) }
}

function textOf(name: string, message: string): string {
  return name === 'Error' || name === '' ? message : `${name}: ${message}`
}

function placed(message: string, [module = '', line, column]: readonly string[]): Diagnostic {
  return { module, line: Number(line), column: Number(column), message: message.slice(0, messageMax) }
}
