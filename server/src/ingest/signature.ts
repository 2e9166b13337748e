/**
 * `X-Millrace-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 of the seconds, a dot, and the body as it was sent. Several `v1` may stand
 * there while a sender changes its secret.
 */
import { createHmac } from 'node:crypto'
import { MillraceError } from '../errors.ts'
import type { InputSnapshot } from '../inputs.ts'
import { isSameSecret } from '../same-secret.ts'
import { secret } from '../settings.ts'

export const signatureSettings = {
  signingSecret: secret('Every request has to be signed with it').optional(),
  previousSigningSecret: secret('Counts too, while senders change to another').optional(),
}

const toleranceSeconds = 300
const signaturesMax = 8

/** @throws MillraceError `unauthenticated`: the input asks for a signature, and this is no right one. */
export function checkSignature(
  { settings }: InputSnapshot,
  header: string | string[] | undefined,
  sent: Uint8Array,
  now: number,
): void {
  const secrets = [settings['signingSecret'], settings['previousSigningSecret']].filter(
    (text) => typeof text === 'string',
  )
  if (settings['signingSecret'] === undefined) return
  const { seconds, digests } = partsOf(typeof header === 'string' ? header : '')
  if (seconds === undefined || Math.abs(now / 1000 - seconds) > toleranceSeconds) throw unsigned()
  const isRight = secrets.some((text) => {
    const wanted = createHmac('sha256', text).update(`${seconds}.`).update(sent).digest()
    return digests.some((digest) => isSameSecret(digest, wanted))
  })
  if (!isRight) throw unsigned()
}

function partsOf(header: string): { seconds?: number; digests: Buffer[] } {
  const parts = header.split(',', signaturesMax + 1).map((part) => part.trim())
  const [, seconds] = parts.map((part) => /^t=(\d{1,12})$/.exec(part)).find((match) => match !== null) ?? []
  const digests = parts.flatMap((part) => {
    const [, hex] = /^v1=([0-9a-f]{64})$/i.exec(part) ?? []
    return hex === undefined ? [] : [Buffer.from(hex, 'hex')]
  })
  return { ...(seconds === undefined ? {} : { seconds: Number(seconds) }), digests }
}

function unsigned(): MillraceError {
  return new MillraceError('unauthenticated', 'The request is not signed as its input asks for', {
    hint: `Send X-Millrace-Signature: t=<seconds>,v1=<hex of HMAC-SHA256("<seconds>." + body)>, within ${toleranceSeconds} seconds.`,
  })
}
