/**
 * Records inside of a text that is part of a body and nearly as large, as a JSON string or a field of a form, as clients of bulk APIs
 * write them: the body is copied once, whatever pieces it came in, unescaped and proved in that place, and copied out once.
 */
import type { Records } from './records.ts'

export interface TextReader {
  /** The body of these pieces, which the other functions are about. It lies where the next one will be held; nobody else changes it. */
  hold(pieces: readonly Uint8Array[]): Uint8Array
  /**
   * The text of the JSON string that begins with the quote at `start`, of a body that is UTF-8, and where the token ends; a lone surrogate
   * becomes U+FFFD. It lies where the next one will be read, with {@link roomBeforeBytes} before it that anybody may write to. Undefined if
   * there is no string of RFC 8259 there.
   */
  string(start: number): { readonly text: Uint8Array; readonly end: number } | undefined
  /** What the body says from `start` to `end` as a field of a form. It lies where the next text will be read. */
  field(start: number, end: number): Uint8Array
  /**
   * The records of the string that was read last, once: an array of objects, or of texts that are an object each. Undefined where it is
   * anything else, or one of them is no fit record: then there are scanners to tell why. Either may overwrite the body's pieces.
   */
  records(): TextRecords | undefined
  /** The same of the field that was read last: an object on each line that is not blank. */
  recordsOfLines(): TextRecords | undefined
}

/** Places in `payload`, which lies in a piece of the body that has room for it, or in memory of its own. */
export interface TextRecords extends Pick<Records, 'starts' | 'ends'> {
  readonly payload: Uint8Array
}

/** As much as a block of SHA-256, for whoever computes a digest of more than the text. */
export const roomBeforeBytes = 64
