/**
 * What unescaping is: texts as they were before they were written into JSON or a form, byte for byte, for events that arrive inside
 * of something else. The input has to be UTF-8 where the answer is to be. `unescape.ts` opens one.
 */
export interface Unescaper {
  /**
   * The text of the JSON string that begins with the quote at `start`, and where the token ends; a lone surrogate becomes U+FFFD.
   * Undefined if there is no string of RFC 8259 there.
   */
  string(body: Uint8Array, start: number): { readonly text: Uint8Array; readonly end: number } | undefined
  /**
   * The texts in an array of JSON strings, at least one, each followed by a line feed; undefined if `body` is anything else, or
   * one of the texts has a line feed itself.
   */
  lines(body: Uint8Array): { readonly text: Uint8Array; readonly count: number } | undefined
  /**
   * What `body[start .. end)` says as a field of a form: `%` and two hexadecimal digits are a byte, `+` is a space, all else itself.
   * It is written in the place of the field, from `start` on; a view of `body`.
   */
  field(body: Uint8Array, start: number, end: number): Uint8Array
}
