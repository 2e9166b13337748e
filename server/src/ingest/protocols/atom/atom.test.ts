import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../errors.ts'
import type { SigningKey } from '../../../inputs.ts'
import { exchange, testGolden } from '../golden.fixture.ts'
import { accessTo, eventsOf, headOf, inputOf, readOrRefused, requestOf } from '../request.fixture.ts'
import { atom } from './atom.ts'
import { readEnvelope } from './envelope.ts'
import { openSigners } from './signatures.ts'

const settings = (given: object) => atom.settings.parse(given) as Record<string, unknown>
const keyOf = (id: string, given: object = {}): SigningKey => ({
  text: `${id}-key`,
  input: inputOf('atom', settings(given), id),
})
const keys = [
  keyOf('atom'),
  keyOf('other'),
  keyOf('limited', { streams: ['listed'] }),
  keyOf('open', { requireAuth: false, streams: ['open'] }),
]

testGolden(join(import.meta.dirname, 'atom.golden'), atom, keys)

function sign(data: string, key = 'atom-key'): string {
  return createHmac('sha256', key).update(data).digest('hex')
}

function send(body: object | string, url = '/') {
  return exchange(atom, keys, { method: 'POST', url, body: typeof body === 'string' ? body : JSON.stringify(body) })
}

describe('what a request is meant for', () => {
  test('a form is not Atom’s, and a GET only with data', () => {
    const [post, get] = atom.routes
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    expect(post!.accepts!(headOf({ headers: form }))).toBe(false)
    expect(post!.accepts!(headOf({ headers: {} }))).toBe(true)
    expect(['', 'x=1', 'xdata=1', 'x&data=', 'data=e30='].map((query) => get!.accepts!(headOf({ query })))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ])
  })
})

test('an endpoint is any prefix, where the SDK names itself; what else comes there is not Atom’s', () => {
  const headers = { 'x-ironsource-atom-sdk-type': 'python' }
  const [single, bulk] = ['{"a":1}', '[{"a":1},{"a":2}]']
  const eventsAt = (url: string, data: string) => {
    const body = JSON.stringify({ table: 't', data, auth: sign(data) })
    return exchange(atom, keys, { method: 'POST', url, headers, body }).events?.map(({ raw }) => raw)
  }
  expect(eventsAt('/collect/shop/', single)).toEqual([single])
  expect(eventsAt('/collect/shop/bulk', bulk)).toEqual(['{"a":1}', '{"a":2}'])
  expect(eventsAt('/rest//bulk/', bulk)).toEqual(['{"a":1}', '{"a":2}'])
  expect(eventsAt('/inbulk', single)).toEqual([single])
  expect(() => exchange(atom, keys, { method: 'POST', url: '/collect/bulk', body: '{}' })).toThrow('is not for')
})

describe('bulks', () => {
  const bulk = (elements: unknown[], more: object = {}) => {
    const data = JSON.stringify(elements)
    return { table: 't', data, auth: sign(data), bulk: true, ...more }
  }

  test('2,000 events and one more, in 4 MiB, are taken', () => {
    const elements = Array.from({ length: 2001 }, (_, n) => JSON.stringify({ n, text: '"'.repeat(400) }))
    const { events, reply } = send(bulk(elements), '/bulk')
    expect([reply.status, events!.length]).toEqual([200, 2001])
    expect(JSON.parse(events!.at(-1)!.raw)).toEqual({ n: 2000, text: '"'.repeat(400) })
    expect(send(bulk(Array(10_001).fill({})), '/bulk').reply.status).toBe(413)
    expect(send(bulk(Array(10_001).fill('{}')), '/bulk').reply.status).toBe(413)
  })

  test('the same bulk has the same key, another stream or other data another, and single events have none', () => {
    const key = (body: object, url = '/bulk') => send(body, url).idempotencyKey
    const [first, again] = [bulk([{ a: 1 }]), bulk([{ a: 1 }])]
    expect(key(first)).toBe(key(again))
    expect(key(first)).not.toBe(key(bulk([{ a: 2 }])))
    expect(key(first)).not.toBe(key(bulk([{ a: 1 }], { table: 'u' })))
    expect(key({ table: 't', data: '{}', auth: sign('{}') }, '/')).toBeUndefined()
    const unsigned = { table: 'open', data: '[{}]' }
    expect(key(unsigned)).toBe(key({ ...unsigned }))
    expect(key(unsigned)).not.toBe(key({ ...unsigned, data: '[{ }]' }))
  })

  test('where an input says so, what comes again is taken again', () => {
    const repeating = [keyOf('atom', { dropRepeatedBulks: false })]
    const body = JSON.stringify(bulk([{}]))
    expect(exchange(atom, repeating, { method: 'POST', url: '/bulk', body }).idempotencyKey).toBeUndefined()
  })

  test('an event too large or too deep costs itself only', () => {
    const deep = `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`
    const texts = ['{}', `{"a":"${'x'.repeat(1024 * 1024)}"}`, deep, 'y'.repeat(1024 * 1024), '{}']
    const codes = [undefined, 'event_too_large', 'too_deep', 'event_too_large', undefined]
    expect(send(bulk(texts), '/bulk').events!.map(({ code }) => code)).toEqual(codes)
    const dicts = `[{},${texts[1]},{}]`
    const { events } = send({ table: 't', data: dicts, auth: sign(dicts) }, '/bulk')
    expect(events!.map(({ code }) => code)).toEqual([undefined, 'event_too_large', undefined])
  })
})

describe('signers', () => {
  test('each key of each input signs, whoever signed for the stream before', () => {
    const find = openSigners()
    const data = Buffer.from('{}')
    const signedBy = (key: string) =>
      find(accessTo(keys), { table: 't', data, auth: sign('{}', key), isHeld: false }).id
    expect(['other-key', 'atom-key', 'atom-key', 'other-key'].map(signedBy)).toEqual(['other', 'atom', 'atom', 'other'])
    expect(() => signedBy('none')).toThrow(expect.objectContaining({ code: 'unauthenticated' }))
  })

  test('many streams do not fill the memory of who signed', () => {
    const find = openSigners()
    const data = Buffer.from('{}')
    for (let n = 0; n < 10_005; n++)
      find(accessTo(keys), { table: `t${n}`, data, auth: sign('{}', 'other-key'), isHeld: false })
    expect(find(accessTo(keys), { table: 't1', data, auth: sign('{}'), isHeld: false }).id).toBe('atom')
  })
})

describe('refusals', () => {
  const refused = (code: ConstructorParameters<typeof MillraceError>[0], retryAfterSeconds?: number) =>
    atom.refuse(new MillraceError(code, 'Why', retryAfterSeconds === undefined ? {} : { retryAfterSeconds }))

  test.each([
    ['too_many_requests', 503],
    ['workspace_quota_exceeded', 503],
    ['overloaded', 503],
    ['storage_full', 503],
    ['log_stopped', 503],
    ['request_timeout', 503],
    ['request_too_large', 413],
    ['invalid_json', 400],
    ['unauthenticated', 401],
    ['internal', 500],
  ] as const)('%s is %i', (code, status) => {
    expect(refused(code).status).toBe(status)
    expect(JSON.parse(String(refused(code).body))).toEqual(
      status === 401 ? { 'Target Stream': 'Permission denied' } : { error: 'Why' },
    )
  })

  test('a wait is told', () => {
    expect(refused('too_many_requests', 7).headers).toMatchObject({ 'retry-after': '7' })
  })
})

test('an envelope is what JSON says, in whatever order, spacing and spelling its members come, and however often', () => {
  const key = fc.constantFrom('"table"', '"data"', '"auth"', '"bulk"', '"d\\u0061ta"', '"__proto__"', '"x"')
  const value = fc.oneof(
    fc.json({ maxDepth: 1 }),
    fc.constantFrom('"[{}]"', '"t"', 'true', 'null', '0', '"\\"data\\""', '"data"', `"${'x'.repeat(5000)}"`),
  )
  const space = fc.constantFrom('', ' ', '\n\t')
  const member = fc.tuple(space, key, space, value, space).map(([a, name, b, held, c]) => `${a}${name}${b}:${held}${c}`)
  fc.assert(
    fc.property(fc.array(member, { maxLength: 5 }), (members) => {
      const body = `{"table":"t","data":"[]",${members.join(',')}${members.length > 0 ? ',' : ''}"bulk":true}`
      const { table, data, auth } = JSON.parse(body)
      const read = readOrRefused(() => readEnvelope(requestOf(Buffer.from(body)))) as ReturnType<typeof readEnvelope>
      const holdsEvents = Array.isArray(data) ? data.length > 0 : typeof data === 'string' && data !== ''
      if (typeof table !== 'string' || table === '' || !holdsEvents) {
        expect(read, body).toBeTypeOf('string')
        return
      }
      const text = Buffer.from(read.data).toString()
      const isText = typeof data === 'string'
      expect({ table: read.table, data: isText ? text : JSON.parse(text), isText: read.isText }).toEqual({
        table,
        data,
        isText,
      })
      const signature = typeof auth === 'string' ? auth : 'none'
      expect(read.auth).toBe([undefined, null, ''].includes(auth) ? undefined : signature)
    }),
    { numRuns: 3000 },
  )
})

describe('any bytes', () => {
  const data = JSON.stringify([JSON.stringify({ a: 'ü"\\', b: [1, null] }), { c: { d: true } }, 'text'])
  const good = [
    JSON.stringify({ table: 't', data, auth: sign(data), bulk: true }),
    `{"table":"t","data":${data},"auth":"${sign(data)}"}`,
    JSON.stringify({ table: 'open', data: '{"a":NaN}' }),
  ].map((text) => Buffer.from(text))
  const change = fc.record({
    at: fc.nat(),
    byte: fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],:nN ')), fc.nat(255)),
  })
  const mutated = fc
    .tuple(fc.constantFrom(...good), fc.array(change, { maxLength: 4 }), fc.nat())
    .map(([body, changes, cut]) => {
      const bytes = Buffer.from(body)
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte
      return cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes
    })

  test('are the same in whatever pieces they come', () => {
    const seen = (pieces: Buffer[], route: string) =>
      readOrRefused(() => eventsOf(atom.decode(requestOf('', { pieces, route, access: accessTo(keys) }))))
    for (const body of good) {
      const wanted = seen([Buffer.from(body)], '/bulk')
      for (let at = 0; at <= body.length; at++) {
        const pieces = [body.subarray(0, at), body.subarray(at)].map((piece) => Buffer.from(piece))
        expect(seen(pieces, '/bulk'), `split at ${at}`).toEqual(wanted)
      }
      const bytes = Array.from(body, (byte) => Buffer.of(byte))
      expect(seen(bytes, '/bulk')).toEqual(wanted)
    }
  })

  test('are the same envelope without WebAssembly', () => {
    const plain = (body: Buffer, texts?: null) =>
      readOrRefused(() => {
        const { data, isHeld: _, ...rest } = readEnvelope(requestOf(Buffer.from(body)), texts)
        return { ...rest, data: Buffer.from(data).toString('latin1') }
      })
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...good), mutated), (body) => {
        expect(plain(body)).toEqual(plain(body, null))
      }),
      { numRuns: 3000 },
    )
  })

  test('are read, or refused with a status of the sender’s own fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })),
        fc.constantFrom('/', '/bulk'),
        (bytes, route) => {
          const request = requestOf(Buffer.from(bytes), { route, access: accessTo(keys) })
          try {
            for (const { raw, code } of eventsOf(atom.decode(request))) if (code === undefined) JSON.parse(raw)
          } catch (error) {
            expect(error).toSatisfy((error: Error) => error.name === 'JsonFault' || error instanceof MillraceError)
            if (error instanceof MillraceError) expect(error.status).toBeLessThan(500)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})
