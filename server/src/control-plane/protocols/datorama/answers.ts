/** Answers as pyDatorama can read them: JSON, and failures as `{"errors": …}`. */
import type { MillraceError } from '../../../errors.ts'

/** What makes the client send its call again, wherever it stands in an answer (DATORAMA-35). */
export const overLimit = 'Too Many Requests'

/** As JSON in which those words stand only where they are meant: else an escaped space parts them, which reads the same. */
export function jsonOf(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replaceAll(overLimit, 'Too\\u0020Many Requests')
}

/** The same for what is no JSON: a space that does not break looks alike, and is another character. */
export function withoutOverLimit(text: string): string {
  return text.replaceAll(overLimit, 'Too\u00a0Many Requests')
}

export function failureJson(failure: MillraceError): string {
  if (failure.code === 'too_many_requests') return JSON.stringify({ errors: overLimit })
  if (failure.code === 'internal')
    return JSON.stringify({ errors: 'Something went wrong on our side; the log of the server says more' })
  const { message, hint } = failure
  return jsonOf({ errors: hint === undefined ? message : `${message}. ${hint}` })
}
