import { createHash } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newCredential } from '../../../control-plane/credentials.ts'
import { type ErrorCode, MillraceError } from '../../../errors.ts'
import { exchange, testGolden } from '../golden.fixture.ts'
import { accessTo, eventsOf, headOf, inputOf, readOrRefused, requestOf } from '../request.fixture.ts'
import { credentialsOf, queueOf } from './credentials.ts'
import { readSendMessage } from './form.ts'
import { openMessage } from './message.ts'
import { panoply } from './panoply.ts'

const text = `mlr_key_Ab3dEf7h_${'s'.repeat(43)}_c0ffee`
const input = inputOf('panoply')
const keys = [
  { text, input },
  { text: text.replace('Ab3', 'Zb3'), input: inputOf('panoply', {}, 'i2') },
]

testGolden(join(import.meta.dirname, 'panoply.golden'), panoply, keys)

/** As the SDK builds it. */
function formOf(message: string, { apiKey, apiSecret } = credentialsOf(input, text)): string {
  const attributes = Object.entries({ key: apiKey, secret: apiSecret, sdk: 'panoply-python-sdk-3.2.0' }).map(
    ([name, value], index) => {
      const field = `MessageAttribute.${index + 1}`
      return `${field}.Name=${name}&${field}.Value.DataType=String&${field}.Value.StringValue=${value}`
    },
  )
  return `Action=SendMessage&MessageBody=${message}&${attributes.join('&')}`
}

function send(message: string, url = `/millrace/${queueOf(input)}`) {
  return exchange(panoply, keys, { method: 'POST', url, body: formOf(message) })
}

const record = (data: object) => `${encodeURIComponent(JSON.stringify(data))}\n\n`

describe('credentials', () => {
  test.each([
    ['default', undefined, 'https://sqs.millrace.amazonaws.com/millrace/sdk-default-i1'],
    ['a b/c', 'millrace.example.com', 'https://sqs.millrace.example.com?.amazonaws.com/millrace/sdk-a-b-c-i1'],
    ['default', 'localhost:4700', 'https://sqs.localhost:4700?.amazonaws.com/millrace/sdk-default-i1'],
  ])('of workspace %j and domain %j make the SDK post to %s', (workspace, domain, url) => {
    for (let tries = 0; tries < 200; tries++) {
      const key = newCredential('key')
      const of = { ...inputOf('panoply', domain === undefined ? {} : { domain }), workspace }
      const { apiKey, apiSecret } = credentialsOf(of, key.text)
      expect(apiSecret).toMatch(/^[A-Za-z0-9/]+={0,2}$/)
      const [account] = apiKey.split('/')
      const [rand, uuid, owner, region] = Buffer.from(apiSecret, 'base64').toString().split('/')
      expect(`https://sqs.${region}.amazonaws.com/${owner}/sdk-${account}-${rand}`).toBe(url)
      expect([apiKey.split('/')[1], uuid]).toEqual([key.id, key.text])
    }
  })

  test('a domain is one, with or without a port', () => {
    const parse = (domain: string) => panoply.settings.safeParse({ domain }).success
    expect(['a.example.com', 'localhost:4700', '10.0.0.1'].map(parse)).toEqual([true, true, true])
    for (const domain of ['', 'a/b', 'x@y', 'a b', 'a?b', 'a#', 'a:', 'a:123456', '-a', 'a.'])
      expect(parse(domain), domain).toBe(false)
  })
})

describe('what a request is meant for', () => {
  test('at the root only a form is Panoply’s, and nothing else than POST at a queue', () => {
    const root = panoply.routes.find(({ path }) => path === '/')!
    const headers = { 'content-type': 'Application/x-www-form-urlencoded; charset=utf-8' }
    expect(root.accepts!(headOf({ headers }))).toBe(true)
    expect(root.accepts!(headOf({ headers: { 'content-type': 'application/json' } }))).toBe(false)
    expect(() => exchange(panoply, keys, { method: 'GET', url: '/assets/sdk-a.js' })).toThrow('not for')
    expect(() => exchange(panoply, keys, { method: 'POST', url: '/acme/rest' })).toThrow('not for')
  })
})

describe('answers', () => {
  test('the receipt has SQS’s digests of body and attributes', () => {
    const message = `${record({ a: 'ü', __table: 't' })}`
    const { body } = send(message).reply
    const md5 = createHash('md5').update(decodeURIComponent(message)).digest('hex')
    expect(body).toContain(`<MD5OfMessageBody>${md5}</MD5OfMessageBody>`)
    expect(body).toMatch(/<MD5OfMessageAttributes>[0-9a-f]{32}<.*<MessageId>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}</)
  })

  test('the digest of attributes is over names, types and values in the order of the names', () => {
    const { apiKey, apiSecret } = credentialsOf(input, text)
    const sized = (text: string) => `\0\0\0${String.fromCharCode(text.length)}${text}`
    const parts = Object.entries({ key: apiKey, sdk: 'panoply-python-sdk-3.2.0', secret: apiSecret }).map(
      ([name, value]) => `${sized(name)}${sized('String')}\x01${sized(value)}`,
    )
    const md5 = createHash('md5')
      .update(Buffer.from(parts.join(''), 'latin1'))
      .digest('hex')
    expect(send('').reply.body).toContain(`<MD5OfMessageAttributes>${md5}</MD5OfMessageAttributes>`)
  })

  test('of the SDK, which does not read it, the receipt has no digests', () => {
    const sent = { method: 'POST', url: '/panoply', body: formOf(record({ __table: 't' })) }
    const bodyFor = (agent: string) =>
      exchange(panoply, keys, { ...sent, headers: { 'user-agent': agent } }).reply.body as string
    expect(bodyFor('Python-urllib/3.11')).toMatch(/^<SendMessageResponse .*<SendMessageResult><MessageId>/)
    expect(bodyFor('aws-sdk')).toContain('MD5OfMessageBody')
  })

  test.each([
    ['unauthenticated', 403, 'InvalidClientTokenId', 'Sender'],
    ['forbidden', 403, 'InvalidClientTokenId', 'Sender'],
    ['not_found', 400, 'AWS.SimpleQueueService.NonExistentQueue', 'Sender'],
    ['request_too_large', 413, 'InvalidParameterValue', 'Sender'],
    ['too_many_events', 413, 'InvalidParameterValue', 'Sender'],
    ['workspace_quota_exceeded', 402, 'OverLimit', 'Sender'],
    ['too_many_requests', 429, 'RequestThrottled', 'Sender'],
    ['overloaded', 503, 'ServiceUnavailable', 'Receiver'],
    ['storage_full', 503, 'ServiceUnavailable', 'Receiver'],
    ['internal', 500, 'InternalFailure', 'Receiver'],
  ] as const)('%s is %i %s', (code: ErrorCode, status, name, type) => {
    const reply = panoply.refuse(new MillraceError(code, 'A <b> & "c"\u0000', { retryAfterSeconds: 3 }), 'r1')
    expect([reply.status, reply.headers]).toEqual([status, { 'content-type': 'text/xml', 'retry-after': '3' }])
    expect(reply.body).toContain(
      `<Error><Type>${type}</Type><Code>${name}</Code><Message>A &lt;b&gt; &amp; &quot;c&quot;\ufffd</Message></Error><RequestId>r1</RequestId>`,
    )
  })
})

describe('sizes', () => {
  test('a mebibyte of the smallest records is taken, and a record of any size', () => {
    const small = '%7B%22__table%22%3A%22t%22%7D\n\n'
    const { reply, events } = send(small.repeat(Math.floor(2 ** 20 / small.length)))
    expect([reply.status, events!.length, events![0]!.raw]).toEqual([200, 33_825, '{}'])
    const large = send(
      record({ a: 'x'.repeat(1_000_000), __table: 't' }) + record({ a: 'x'.repeat(1_100_000), __table: 't' }),
    )
    expect(large.events!.map(({ code }) => code)).toEqual([undefined, 'event_too_large'])
  })

  test('many fields, and long ones, are no more than refused', () => {
    const junk = Array.from({ length: 10_000 }, (_, index) => `a${index}=1&`)
    const many = `${junk.join('')}${formOf(record({ __table: 't' }))}`
    expect(exchange(panoply, keys, { method: 'POST', url: '/panoply', body: many }).reply.status).toBe(400)
    const long = formOf(record({ __table: 't' })).replace('&', `&Action=${'a'.repeat(100_000)}&`)
    expect(exchange(panoply, keys, { method: 'POST', url: '/panoply', body: long }).reply.status).toBe(400)
  })
})

describe('any bytes', () => {
  const rows = [{ a: 'ü"\\', __table: 't' }, { __table: 'u', b: [1, { __table: 'x' }] }, { __table: 't' }]
  const good = Buffer.from(formOf(rows.map(record).join('')))
  const change = fc.record({
    at: fc.nat(),
    byte: fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],:&=%+\n ')), fc.nat(255)),
  })
  const mutated = fc.tuple(fc.array(change, { maxLength: 5 }), fc.nat(good.length)).map(([changes, cut]) => {
    const bytes = Buffer.from(good)
    for (const { at, byte } of changes) bytes[at % bytes.length] = byte
    return cut % 3 === 0 ? bytes.subarray(cut) : bytes
  })

  test('are read, or refused with a status of the sender’s own fault', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const request = requestOf(Buffer.from(bytes), { route: '/', access: accessTo(keys) })
        try {
          for (const { raw, code } of eventsOf(panoply.decode(request))) if (code === undefined) JSON.parse(raw)
        } catch (error) {
          expect(error).toBeInstanceOf(MillraceError)
          expect((error as MillraceError).status).toBeLessThan(500)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('are the same in whatever pieces they come', () => {
    const seen = (pieces: Buffer[]) =>
      readOrRefused(() => eventsOf(panoply.decode(requestOf('', { pieces, access: accessTo(keys) }))))
    const faulty = Buffer.from(formOf(`%FF\n\n${record({ a: 1 })}${rows.map(record).join('')}`))
    for (const body of [good, faulty]) {
      const wanted = seen([Buffer.from(body)])
      for (let at = 0; at <= body.length; at++) {
        const pieces = [body.subarray(0, at), body.subarray(at)].map((piece) => Buffer.from(piece))
        expect(seen(pieces), `split at ${at}`).toEqual(wanted)
      }
      expect(seen(Array.from(body, (byte) => Buffer.of(byte)))).toEqual(wanted)
    }
  })

  test('are the same message and events without WebAssembly', () => {
    const plain = (body: Buffer, texts?: null) =>
      readOrRefused(() => {
        const message = openMessage(requestOf(Buffer.from(body)), texts)
        const text = Buffer.from(message.read()).toString('latin1')
        return { text, attributes: message.attributes, events: eventsOf(message.events()) }
      })
    fc.assert(
      fc.property(fc.oneof(fc.constant(good), mutated), (body) => {
        expect(plain(body)).toEqual(plain(body, null))
      }),
      { numRuns: 3000 },
    )
  })

  test('an object without its __table is the object that was written', () => {
    const value = fc.jsonValue({ maxDepth: 2 })
    const data = fc.dictionary(
      fc.string().filter((key) => key !== '__table' && key !== '__proto__'),
      value,
      { maxKeys: 4 },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(data, fc.nat(4), fc.constantFrom(0, 2)), { maxLength: 4 }), (objects) => {
        const lines = objects.map(([object, place, indent]) => {
          const entries = Object.entries(object)
          entries.splice(place, 0, ['__table', 't'])
          return `${encodeURIComponent(JSON.stringify(Object.fromEntries(entries), null, indent).replaceAll('\n', ' '))}\n\n`
        })
        expect(send(lines.join('')).events!.map(({ raw }) => JSON.parse(raw))).toEqual(
          objects.map(([object]) => JSON.parse(JSON.stringify(object))),
        )
      }),
    )
  })
})

describe('what a client writes around each message', () => {
  const fields = (message: string, secret: string) =>
    `A=b&MessageBody=${message}&MessageAttribute.1.Name=secret&MessageAttribute.1.Value.StringValue=${secret}&Action=SendMessage`
  const read = (form: string) => {
    const { start, end, attributes } = readSendMessage(Buffer.from(form))
    return [decodeURIComponent(form.slice(start, end)), attributes.get('secret')?.text]
  }

  test('is read again where anything in it is another, or it ends elsewhere', () => {
    expect(read(fields('%7B%7D', 's1'))).toEqual(['{}', 's1'])
    expect(read(fields('a', 's1'))).toEqual(['a', 's1'])
    expect(read(fields('', 's1'))).toEqual(['', 's1'])
    expect(read(fields('a', 's2'))).toEqual(['a', 's2'])
    expect(read(`${fields('b', 's2')}&MessageBody=c`)).toEqual(['c', 's2'])
    expect(read(`${fields('b', 's2')}&MessageBody=d`)).toEqual(['d', 's2'])
    expect(read(fields('e', 's2').replace('A=b', 'MessageBody=f'))).toEqual(['e', 's2'])
    expect(read(fields('g', 's3').replace('A=b&', ''))).toEqual(['g', 's3'])
    expect(() => read('A=b&MessageBody=g')).toThrow(MillraceError)
    expect(() => read('')).toThrow(MillraceError)
  })

  test('is looked at by the whole secret, whatever was let in before', () => {
    const of = (secret: string) =>
      formOf(record({ __table: 't' }), { ...credentialsOf(input, text), apiSecret: secret })
    const { apiSecret } = credentialsOf(input, text)
    const statusOf = (body: string) =>
      exchange(panoply, keys, { method: 'POST', url: `/millrace/${queueOf(input)}`, body }).reply.status
    expect(statusOf(of(apiSecret))).toBe(200)
    expect(statusOf(of(apiSecret))).toBe(200)
    expect(statusOf(of(apiSecret.replace(/^./, 'A')))).toBe(403)
    expect(statusOf(of(apiSecret))).toBe(200)
  })
})
