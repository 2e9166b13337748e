/**
 * What failures have in common. Two failures are of one cluster where stage, code, subject and message are the same but for the
 * values in the message: whoever mends one has mended the others.
 */
import { createHash } from 'node:crypto'
import type { Failure } from '../restream.ts'

/** What a cluster is about. */
export interface Reason {
  /** 16 hexadecimal digits. */
  readonly fingerprint: string
  readonly stage: string
  readonly code: string
  readonly subject: string | null
  /** The message with placeholders for what differs. */
  readonly pattern: string
}

/** Longer messages are told apart by their beginnings. */
const patternCharactersMax = 500

/** In this order: a uuid is no number, and a quoted number is a text. A digit within a word (`column_2`) is part of a name. */
const placeholders: readonly (readonly [RegExp, string])[] = [
  [/"(?:[^"\\]|\\.)*(?:"|$)|(?<!\w)'[^'\n]*'(?!\w)|`[^`\n]*`|“[^”]*”|‘[^’]*’/g, '<text>'],
  [/(?<!\w)[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}(?!\w)/gi, '<uuid>'],
  [/(?<!\w)0x[\da-f]+(?!\w)|(?<!\w)(?=[a-f]*\d)(?=\d*[a-f])[\da-f]{8,}(?!\w)/gi, '<hex>'],
  [/(?<![\w<])[-+]?\d[\d_]*(?:[.,:]\d+)*(?:e[-+]?\d+)?/gi, '<n>'],
]

export function patternOf(message: string): string {
  const begin = message.slice(0, patternCharactersMax)
  return placeholders.reduce((text, [values, placeholder]) => text.replace(values, placeholder), begin)
}

function fingerprinted(parts: Omit<Reason, 'fingerprint'>): Reason {
  const { stage, code, subject, pattern } = parts
  const hash = createHash('sha256').update(JSON.stringify([stage, code, subject, pattern]))
  return { fingerprint: hash.digest('hex').slice(0, 16), ...parts }
}

/** Remembers reasons: a batch has few of them, and thousands of failures. */
export function openReasons(): (failure: Pick<Failure, 'stage' | 'code' | 'subject' | 'message'>) => Reason {
  const known = new Map<string, Reason>()
  const remember = (key: string, make: () => Reason): Reason => {
    let reason = known.get(key)
    if (reason === undefined) {
      if (known.size >= reasonsMax) known.clear()
      reason = make()
      known.set(key, reason)
    }
    return reason
  }
  return ({ stage, code, subject = '', message }) =>
    remember(`${stage}\0${code}\0${subject}\0=${message}`, () => {
      const pattern = patternOf(message)
      const parts = { stage, code, subject: subject === '' ? null : subject, pattern }
      return remember(`${stage}\0${code}\0${subject}\0~${pattern}`, () => fingerprinted(parts))
    })
}

const reasonsMax = 10_000
