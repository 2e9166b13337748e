/** JSON whose numbers keep all their digits, where JavaScript's would be rounded (ECMA-262, JSON.parse source text access). */
import type { Json } from '@millrace/event/event'

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown

/** What the standard library of TypeScript does not know of yet. */
const { rawJSON, isRawJSON, parse } = JSON as unknown as {
  rawJSON(text: string): Json
  isRawJSON(value: unknown): boolean
  parse(text: string, reviver: Reviver): unknown
}

/** Digits that each double of as many tells apart. */
const manyDigits = /\d{16}|\d\.\d{15}|\d{8}\.\d{8}/

/** A number that `JSON.stringify` writes as it is given. @throws SyntaxError: it is none of JSON. */
export function exactNumber(digits: string): Json {
  return rawJSON(digits)
}

export function isExactNumber(value: unknown): boolean {
  return isRawJSON(value)
}

/** Whether a number in the text may have more digits than JavaScript keeps. */
export function mayRound(text: string): boolean {
  return manyDigits.test(text)
}

/** As `JSON.parse`, but that numbers with many digits are {@link exactNumber}s. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  if (!manyDigits.test(text)) return JSON.parse(text)
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && manyDigits.test(source) ? rawJSON(source) : value,
  )
}
