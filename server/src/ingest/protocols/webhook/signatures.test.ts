import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import type { MillraceError } from '../../../errors.ts'
import type { IngestRequest } from '../../protocol.ts'
import { accessTo, eventsOf, headOf, inputOf, requestOf } from '../request.fixture.ts'
import { webhook } from '../webhook.ts'

const now = 1_700_000_000_000
const seconds = now / 1000
const body = '{"type":"sale.made","id":"evt_1","event_id":"Ev1","event":{"type":"message"},"ü":1}'
const text = 'whsec_bG9uZyBlbm91Z2ggdG8gYmUgYSBzZWNyZXQ='

type Headers = Record<string, string>
const hmac = (secret: string, content: string, encoding: 'hex' | 'base64' = 'hex', algorithm = 'sha256') =>
  createHmac(algorithm, secret).update(content).digest(encoding)

/** How each sender signs. */
const senders: Record<string, (secret: string, at: number, body: string) => Headers> = {
  'standard-webhooks': (secret, at, body) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(at),
    'webhook-signature': new Webhook(secret).sign('msg_1', new Date(at * 1000), body),
  }),
  github: (secret, _, body) => ({
    'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
    'x-github-event': 'push',
    'x-github-delivery': 'd-1',
  }),
  stripe: (secret, at, body) => ({ 'stripe-signature': `t=${at},v0=00,v1=${hmac(secret, `${at}.${body}`)}` }),
  shopify: (secret, _, body) => ({
    'x-shopify-hmac-sha256': hmac(secret, body, 'base64'),
    'x-shopify-topic': 'orders/create',
    'x-shopify-webhook-id': 's-1',
  }),
  slack: (secret, at, body) => ({
    'x-slack-signature': `v0=${hmac(secret, `v0:${at}:${body}`)}`,
    'x-slack-request-timestamp': String(at),
  }),
  custom: (secret, at, body) => ({
    'x-sign': `HMAC ${hmac(secret, `${at}.${body}`, 'base64', 'sha512')}`,
    'x-time': String(at),
  }),
}
const custom = {
  signatureHeader: 'X-Sign',
  signatureAlgorithm: 'sha512',
  signatureEncoding: 'base64',
  signaturePrefix: 'HMAC ',
  signedContent: '{timestamp}.{body}',
  timestampHeader: 'X-Time',
}
const names = Object.keys(senders)
const timed = ['standard-webhooks', 'stripe', 'slack', 'custom']

function inputFor(signature: string, more: object = {}) {
  const own = signature === 'custom' ? custom : {}
  return inputOf('webhook', webhook.settings.parse({ signature, signingSecret: text, ...own, ...more }))
}

function verify(signature: string, headers: Headers, sent = body, more: object = {}): string {
  const input = inputFor(signature, more)
  try {
    webhook.verify!({ ...headOf({ headers }), sent: Buffer.from(sent) }, accessTo([], now), input)
    return 'taken'
  } catch (error) {
    return (error as MillraceError).code ?? String(error)
  }
}

test.each(timed)('%s: what is too old or too new is refused, though it is signed', (name) => {
  const sign = senders[name]!
  for (const away of [-300, 300]) expect(verify(name, sign(text, seconds + away, body))).toBe('taken')
  for (const away of [-301, 301]) expect(verify(name, sign(text, seconds + away, body))).toBe('unauthenticated')
  expect(verify(name, sign(text, seconds - 301, body), body, { toleranceSeconds: 400 })).toBe('taken')
})

describe.each(names)('%s', (name) => {
  const sign = senders[name]!

  test('what is signed is taken, over the bytes as they were sent', () => {
    expect(verify(name, sign(text, seconds, body))).toBe('taken')
    expect(verify(name, sign(text, seconds, body), JSON.stringify(JSON.parse(body), null, 1))).toBe('unauthenticated')
    expect(verify(name, sign(text, seconds, body), '')).toBe('unauthenticated')
  })

  test('both secrets count while they change, and no third', () => {
    const other = 'whsec_b3RoZXI='
    const changing = { signingSecret: other, signingSecretBefore: text }
    expect(verify(name, sign(text, seconds, body), body, changing)).toBe('taken')
    expect(verify(name, sign(other, seconds, body), body, changing)).toBe('taken')
    expect(verify(name, sign('whsec_dGhpcmQ=', seconds, body), body, changing)).toBe('unauthenticated')
    expect(verify(name, sign(text, seconds, body), body, { signingSecret: other })).toBe('unauthenticated')
  })

  test('no garbage is taken, and none is an error of ours', () => {
    const signed = sign(text, seconds, body)
    for (const header of Object.keys(signed).filter((each) => /sign|hmac|time/.test(each))) {
      const value = signed[header]!
      const { [header]: _, ...without } = signed
      expect(verify(name, without)).toBe('unauthenticated')
      for (const wrong of [
        '',
        'x',
        value.slice(0, -1),
        `${value}0`,
        `${value}!`,
        'v1,',
        'sha256=zz',
        'YW J*j',
        value.replace(/.$/, '_'),
      ])
        expect([wrong, verify(name, { ...signed, [header]: wrong })]).toEqual([wrong, 'unauthenticated'])
    }
    expect(verify(name, {})).toBe('unauthenticated')
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(signed)), fc.string()), (headers) => {
        expect(verify(name, headers)).toBe('unauthenticated')
      }),
      { numRuns: 200 },
    )
  })
})

test('of several signatures one has to be right, and hexadecimal digits are small', () => {
  const { 'webhook-signature': right, ...rest } = senders['standard-webhooks']!(text, seconds, body)
  const standard = (signature: string) => verify('standard-webhooks', { ...rest, 'webhook-signature': signature })
  expect(standard(`v1a,xx v1,${'A'.repeat(43)}= ${right}`)).toBe('taken')
  expect(standard(`${'v1,AAAA '.repeat(10)}${right}`)).toBe('unauthenticated')
  const github = senders['github']!(text, seconds, body)
  const upper = `sha256=${github['x-hub-signature-256']!.slice(7).toUpperCase()}`
  expect(verify('github', { ...github, 'x-hub-signature-256': upper })).toBe('unauthenticated')
  const renamed = Object.entries({ ...rest, 'webhook-signature': right! }).map(([n, v]) => [
    n.replace('webhook', 'svix'),
    v,
  ])
  expect(verify('standard-webhooks', Object.fromEntries(renamed))).toBe('taken')
})

test('settings that could not be checked by are refused', () => {
  const refused: [string, object][] = [
    ['signingSecret', { signature: 'github' }],
    ['signingSecret', { signature: 'github', signingSecret: '' }],
    ['signingSecret', { signature: 'standard-webhooks', signingSecret: 'whsec_***' }],
    ['signatureHeader', { signature: 'custom', signingSecret: 's' }],
    [
      'timestampHeader',
      { signature: 'custom', signingSecret: 's', signatureHeader: 'x', signedContent: '{timestamp}.{body}' },
    ],
    ['signedContent', { signedContent: '{timestamp}' }],
    ['eventTypeFrom', { eventTypeFrom: 'path' }],
  ]
  for (const [name, settings] of refused)
    expect(webhook.settings.safeParse(settings).error?.issues.map(({ path }) => path[0])).toEqual([name])
})

describe('names', () => {
  const decode = (signature: string, more: object = {}, request: Partial<IngestRequest> = {}, sent = body) => {
    const headers = signature === 'none' ? {} : senders[signature]!(text, seconds, body)
    const input = signature === 'none' ? inputOf('webhook', webhook.settings.parse(more)) : inputFor(signature, more)
    return webhook.decode(requestOf(sent, { input, headers, ...request }))
  }
  const typeOf = (...given: Parameters<typeof decode>) => eventsOf(decode(...given)).map(({ type }) => type)

  test.each([
    ['none', 'webhook', undefined],
    ['standard-webhooks', 'sale.made', 'msg_1'],
    ['github', 'push', 'd-1'],
    ['stripe', 'sale.made', 'evt_1'],
    ['shopify', 'orders/create', 's-1'],
    ['slack', 'message', 'Ev1'],
    ['custom', 'webhook', undefined],
  ])('%s: the type is %s and the delivery %s', (signature, type, delivery) => {
    const decoded = decode(signature)
    expect(eventsOf(decoded)).toMatchObject([{ type, raw: body, ...(delivery === undefined ? {} : { id: delivery }) }])
    expect(decoded.idempotencyKey).toBe(delivery === undefined ? undefined : `delivery ${delivery}`)
  })

  test('a type is read where the setting says, unless the path names one', () => {
    expect(typeOf('none', { eventTypeFrom: 'body:event.type' })).toEqual(['message'])
    expect(typeOf('none', { eventTypeFrom: 'header:X-Kind' }, { headers: { 'x-kind': 'k' } })).toEqual(['k'])
    expect(typeOf('github', { eventTypeFrom: 'body:type' })).toEqual(['sale.made'])
    expect(typeOf('github', {}, { params: { key: 'k', type: 'own' } })).toEqual(['own'])
    const many = '[{"type":"a"},{"type":1},7,{"type":"\\u0000"},{"type":"b"},{}]'
    const types = ['a', 'webhook', 'webhook', 'webhook', 'b', 'webhook']
    expect(typeOf('none', { eventTypeFrom: 'body:type' }, {}, many)).toEqual(types)
    expect(typeOf('none', { eventTypeFrom: 'body:type' }, {}, '[]')).toEqual([])
  })

  test('Slack’s question is answered and is no event', () => {
    const question = '{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV","type":"url_verification"}'
    const decoded = decode('slack', {}, {}, question)
    expect(decoded.starts).toHaveLength(0)
    const outcome = { accepted: 0, restreamed: 0, duplicates: 0, faults: [], isNewBucket: false }
    expect(decoded.reply!(outcome)).toMatchObject({ status: 200, body: '3eZbrw1aBm2rZgRNFdxV' })
    expect(decode('none', {}, {}, question).starts).toHaveLength(1)
  })
})
