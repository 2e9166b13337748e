/** Short texts in a body, which are nearly always ASCII without escapes: those need no decoder, and make no text that is a part of another. */

/** The text between the quotes at `start` and `end - 1`; undefined if there is anything but ASCII without escapes. */
export function plainText(body: Buffer, start: number, end: number): string | undefined {
  for (let at = start + 1; at < end - 1; at++) if (body[at]! >= 0x80 || body[at] === BACKSLASH) return undefined
  return body.toString('latin1', start + 1, end - 1)
}

const BACKSLASH = 0x5c
