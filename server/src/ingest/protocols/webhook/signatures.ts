/**
 * Whether a webhook's sender signed it: an HMAC over the bytes as they were sent, in the style of that sender, by one of two secrets
 * while they change. A signed time that is too far from ours is as bad as a wrong signature, so that nobody can send it again later.
 */
import { createHmac } from 'node:crypto'
import { MillraceError } from '../../../errors.ts'
import { isSameSecret } from '../../../same-secret.ts'
import type { RequestHead } from '../../protocol.ts'
import type { WebhookSettings } from './settings.ts'

type Headers = RequestHead['headers']

/** @throws MillraceError `unauthenticated`: alike for a signature that is missing, garbage, wrong or too old. */
export function checkSignature(headers: Headers, body: Buffer, settings: WebhookSettings, now: number): void {
  const { signature: style, signingSecret, signingSecretBefore, toleranceSeconds } = settings
  if (style === 'none') return
  const signed = styles[style](headers, settings)
  const secrets = [signingSecret, signingSecretBefore].filter((secret) => secret !== undefined)
  if (signed === undefined || !isNear(signed.timestamp, now, toleranceSeconds)) throw unsigned()
  const { algorithm, encoding, before, after = '', signatures } = signed
  const fitting = signatures.filter((text) => patterns[encoding].test(text)).slice(0, signaturesMax)
  const isSigned = secrets.some((secret) => {
    const key = style === 'standard-webhooks' ? Buffer.from(secret.replace(/^whsec_/, ''), 'base64') : secret
    const expected = createHmac(algorithm, key).update(before, 'latin1').update(body).update(after, 'latin1').digest()
    return fitting.some((text) => isSameSecret(Buffer.from(text, encoding), expected))
  })
  if (!isSigned) throw unsigned()
}

interface Signed {
  readonly algorithm: 'sha1' | 'sha256' | 'sha512'
  readonly encoding: 'hex' | 'base64'
  /** What is signed before the body and after it. */
  readonly before: string
  readonly after?: string
  /** Seconds since 1970 as they were sent; undefined where no time is signed. */
  readonly timestamp?: string
  readonly signatures: readonly string[]
}

/** What a sender of each style says it signed; undefined where it does not say. */
const styles: Readonly<
  Record<
    Exclude<WebhookSettings['signature'], 'none'>,
    (headers: Headers, settings: WebhookSettings) => Signed | undefined
  >
> = {
  'standard-webhooks'(headers) {
    const [id, timestamp, signature] = standardHeaders(headers)
    if (id === undefined || timestamp === undefined || signature === undefined) return undefined
    const signatures = signature.split(' ').flatMap((each) => (each.startsWith('v1,') ? [each.slice(3)] : []))
    return { algorithm: 'sha256', encoding: 'base64', before: `${id}.${timestamp}.`, timestamp, signatures }
  },
  github(headers) {
    const signatures = withPrefix('sha256=', textOf(headers, 'x-hub-signature-256'))
    return { algorithm: 'sha256', encoding: 'hex', before: '', signatures }
  },
  stripe(headers) {
    const parts = textOf(headers, 'stripe-signature')?.split(',') ?? []
    const timestamp = withPrefix(
      't=',
      parts.find((part) => part.startsWith('t=')),
    )[0]
    if (timestamp === undefined) return undefined
    const signatures = parts.flatMap((part) => withPrefix('v1=', part))
    return { algorithm: 'sha256', encoding: 'hex', before: `${timestamp}.`, timestamp, signatures }
  },
  shopify(headers) {
    const signatures = withPrefix('', textOf(headers, 'x-shopify-hmac-sha256'))
    return { algorithm: 'sha256', encoding: 'base64', before: '', signatures }
  },
  slack(headers) {
    const timestamp = textOf(headers, 'x-slack-request-timestamp')
    if (timestamp === undefined) return undefined
    const signatures = withPrefix('v0=', textOf(headers, 'x-slack-signature'))
    return { algorithm: 'sha256', encoding: 'hex', before: `v0:${timestamp}:`, timestamp, signatures }
  },
  custom(headers, settings) {
    const { signatureAlgorithm, signatureEncoding, signaturePrefix, signedContent, timestampHeader } = settings
    const timestamp = timestampHeader === undefined ? undefined : textOf(headers, timestampHeader.toLowerCase())
    if (timestampHeader !== undefined && timestamp === undefined) return undefined
    const [before = '', after = ''] = signedContent
      .split('{body}')
      .map((part) => part.replaceAll('{timestamp}', () => timestamp ?? ''))
    const signatures = withPrefix(signaturePrefix, textOf(headers, settings.signatureHeader?.toLowerCase() ?? ''))
    const time = timestamp === undefined ? {} : { timestamp }
    return { algorithm: signatureAlgorithm, encoding: signatureEncoding, before, after, ...time, signatures }
  },
}

/** Also under the names that they had before they were a standard. */
export function standardHeaders(headers: Headers): (string | undefined)[] {
  return ['id', 'timestamp', 'signature'].map(
    (name) => textOf(headers, `webhook-${name}`) ?? textOf(headers, `svix-${name}`),
  )
}

export function textOf(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

function withPrefix(prefix: string, text: string | undefined): string[] {
  return text?.startsWith(prefix) ? [text.slice(prefix.length)] : []
}

function isNear(timestamp: string | undefined, now: number, toleranceSeconds: number): boolean {
  if (timestamp === undefined) return true
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now / 1000 - Number(timestamp)) <= toleranceSeconds
}

function unsigned(): MillraceError {
  return new MillraceError('unauthenticated', 'The signature is missing or wrong, or what it signs is too old', {
    hint: 'The input’s settings say how the sender has to sign: signature, signingSecret, toleranceSeconds.',
  })
}

const patterns = {
  hex: /^(?:[0-9a-f]{2})+$/,
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
}
/** A sender signs with two secrets at most while it changes them, so that more is somebody else's. */
const signaturesMax = 10
