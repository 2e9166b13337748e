/**
 * Records inside of a text that is a JSON string itself, as clients of bulk APIs write them, which is as large as its request: unescaped
 * and proved in one place, copied once.
 */
import type { Records } from './records.ts'

export interface TextReader {
  /**
   * The text of the JSON string that begins with the quote at `start`, of a body that is UTF-8, and where the token ends; a lone surrogate
   * becomes U+FFFD. It lies where the next one will be read. Undefined if there is no string of RFC 8259 there.
   */
  read(body: Uint8Array, start: number): { readonly text: Uint8Array; readonly end: number } | undefined
  /**
   * The records of the text that was read last, once: an array of objects, or of texts that are an object each. Undefined where it is
   * anything else, or one of them is no fit record: then there are scanners to tell why. Written over the start of `into`, which is as
   * long as the body at least that the text was in, in both cases.
   */
  records(into: Uint8Array): TextRecords | undefined
}

/** Places in `payload`, the part of `into` that was written. */
export interface TextRecords extends Pick<Records, 'starts' | 'ends'> {
  readonly payload: Uint8Array
}
