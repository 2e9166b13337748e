/**
 * Secrets are compared by one function, in constant time. Held in two ways: nothing else decides, since with a function that says yes
 * to everything every wrong secret is taken, and with one that says no every right one is refused; and nobody else knows how to, since
 * no other file compares in constant time, or makes a digest with a key without being one that is asked here or that only signs.
 */
import { createHmac } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { digest, isDigest, newCredential, parseCredential } from '../server/src/control-plane/credentials.ts'
import { createCursors } from '../server/src/control-plane/cursors.ts'
import { openSigners } from '../server/src/ingest/protocols/atom/signatures.ts'
import { credentialsOf } from '../server/src/ingest/protocols/panoply/credentials.ts'
import { panoply } from '../server/src/ingest/protocols/panoply/panoply.ts'
import { accessTo, inputOf, requestOf } from '../server/src/ingest/protocols/request.fixture.ts'
import { checkSignature as checkWebhook } from '../server/src/ingest/protocols/webhook/signatures.ts'
import { checkSignature } from '../server/src/ingest/signature.ts'
import { isSameSecret } from '../server/src/same-secret.ts'

vi.mock('../server/src/same-secret.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../server/src/same-secret.ts')>()
  return { isSameSecret: vi.fn(original.isSameSecret) }
})

const compare = vi.mocked(isSameSecret)
const original = compare.getMockImplementation()!
const now = 1_700_000_000_000
const at = now / 1000
const body = Buffer.from('{"n":1}')
const hmac = (secret: string, text: string | Uint8Array, encoding: 'hex' | 'base64' = 'hex') =>
  createHmac('sha256', secret).update(text).digest(encoding)
const taken = (run: () => unknown): boolean => {
  try {
    run()
    return true
  } catch {
    return false
  }
}

const webhookOf = (signature: string, more: object = {}) =>
  ({ signature, signingSecret: 'right', toleranceSeconds: 300, ...more }) as Parameters<typeof checkWebhook>[2]
const webhook = (headers: Record<string, string>, signature: string, more: object = {}) =>
  taken(() => checkWebhook(headers, body, webhookOf(signature, more), now))

const key = newCredential('key')
const token = newCredential('api')

/** Whether a secret lets in: of each place that asks for one. */
const places: Readonly<Record<string, (secret: string) => boolean>> = {
  'a signed request': (secret) => {
    const input = inputOf('native', { signingSecret: 'right' })
    const signed = hmac(secret, `${at}.${body.toString()}`)
    return taken(() => checkSignature(input, `t=${at},v1=${signed}`, body, now))
  },
  'a webhook in the style of GitHub': (secret) =>
    webhook({ 'x-hub-signature-256': `sha256=${hmac(secret, body)}` }, 'github'),
  'a webhook in the style of Stripe': (secret) =>
    webhook({ 'stripe-signature': `t=${at},v1=${hmac(secret, `${at}.${body.toString()}`)}` }, 'stripe'),
  'a webhook in the style of Shopify': (secret) =>
    webhook({ 'x-shopify-hmac-sha256': hmac(secret, body, 'base64') }, 'shopify'),
  'a bulk of Atom': (secret) => {
    const input = inputOf('atom', { requireAuth: true })
    const access = accessTo([{ text: 'right', input }])
    return taken(() =>
      openSigners()(access, { table: 's', data: Buffer.from('{}'), auth: hmac(secret, '{}'), isHeld: false }),
    )
  },
  'the API key of Panoply': (secret) => {
    const input = inputOf('panoply')
    const { apiKey, apiSecret } = credentialsOf(input, key.text)
    const given = secret === 'right' ? apiKey : 'somebody/else'
    const fields = Object.entries({ key: given, secret: apiSecret }).map(
      ([name, value], index) =>
        `MessageAttribute.${index + 1}.Name=${name}&MessageAttribute.${index + 1}.Value.StringValue=${value}`,
    )
    const form = `Action=SendMessage&MessageBody=${encodeURIComponent('{}\n\n')}&${fields.join('&')}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const access = accessTo([{ text: key.text, input }])
    return taken(() => panoply.decode(requestOf(form, { route: '/panoply', headers, access })))
  },
  'a key or a token': (secret) => {
    const given = parseCredential('api', token.text)!
    return isDigest(secret === 'right' ? given.digest : digest('wrong'), token.hash)
  },
  'a cursor of a list': (secret) => {
    const cursors = createCursors(Buffer.alloc(32))
    const [text, signed] = cursors.sign('list', 'a').split('.')
    return taken(() => cursors.open('list', secret === 'right' ? `${text}.${signed}` : `${text}.${'A'.repeat(22)}`))
  },
}

beforeEach(() => void compare.mockReset().mockImplementation(original))

describe.each(Object.entries(places))('%s', (_, letsIn) => {
  it('is let in by the right secret, and by no other', () => {
    expect([letsIn('right'), letsIn('wrong')]).toEqual([true, false])
    expect(compare).toHaveBeenCalled()
  })

  it('is decided on by the one function alone', () => {
    compare.mockReturnValue(true)
    expect(letsIn('wrong')).toBe(true)
    compare.mockReturnValue(false)
    expect(letsIn('right')).toBe(false)
  })
})

describe('the one function', () => {
  it.each([
    ['the same text', 'secret', 'secret', true],
    ['another text', 'secret', 'secreT', false],
    ['a longer one', 'secret', 'secret ', false],
    ['nothing', '', 'secret', false],
    ['the same bytes', Buffer.from([1, 2]), Buffer.from([1, 2]), true],
    ['other bytes', Buffer.from([1, 2]), Buffer.from([1, 3]), false],
    ['fewer bytes', Buffer.from([1]), Buffer.from([1, 2]), false],
    ['no bytes', Buffer.from([]), Buffer.from([1, 2]), false],
    ['bytes of the text', Buffer.from('secret'), 'secret', true],
  ])('%s', (_, given, known, isSame) => {
    expect(original(given, known)).toBe(isSame)
  })
})

describe('no other file', () => {
  const root = join(import.meta.dirname, '..', 'server', 'src')
  const sources = globSync('**/*.ts', { cwd: root }).filter((file) => !/\.(test|fixture|suite)\.ts$/.test(file))
  const importers = (name: string) =>
    sources.filter((file) =>
      new RegExp(`import[^;]*?\\b${name}\\b[^;]*? from`).test(readFileSync(join(root, file), 'utf8')),
    )

  it('compares in constant time', () => {
    expect(importers('timingSafeEqual')).toEqual(['same-secret.ts'])
  })

  it('makes a digest with a key, but those that are asked above and those that only sign', () => {
    expect(importers('createHmac').toSorted()).toEqual([
      'control-plane/cursors.ts',
      'control-plane/store/audit-chain.ts', // what it compares is its own, and told to nobody
      'control-plane/store/store.ts', // fingerprints of secrets, which are shown
      'ingest/protocols/atom/signatures.ts',
      'ingest/protocols/webhook/signatures.ts',
      'ingest/signature.ts',
      'observe/channels/send.ts', // signs what is sent
    ])
  })
})
