/** The intake on a real server, with good input and every kind of bad; after each case it must take a good request. */
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MillraceError } from '../errors.ts'
import { goodKey, hookKey, type Intake, MemoryLog, startIntake, type TestRequest } from './intake.fixture.ts'
import { naughtyStrings } from './naughty-strings.fixture.ts'

let intake: Intake

beforeAll(async () => {
  intake = await startIntake()
})
afterAll(() => intake.close())
beforeEach(() => {
  intake.log.records.length = 0
  intake.errors.length = 0
})
afterEach(async () => {
  expect(intake.errors).toEqual([])
  expect(intake.ingest.bytesInFlight).toBe(0)
  expect((await intake.send({ body: '{"after":1}' })).status).toBe(200)
})

const json = 'application/json'
const ndjson = 'application/x-ndjson'
const envelopes = '/api/v1/events'

describe('a good request', () => {
  test('is answered with what became of it, and its events are in the log of the workspace as they came', async () => {
    const { status, headers, text } = await intake.send({
      path: '/api/v1/events/page_view',
      body: '[{"a": 1.0},{"a":2}]',
    })
    expect([status, headers['content-type'], text]).toEqual([200, json, '{"accepted":2,"restreamed":0}'])
    expect(intake.log.events()).toEqual(['{"a": 1.0}', '{"a":2}'])
    const { workspace, batch, tag } = intake.log.records[0]!
    expect([workspace, batch.input, batch.types, tag]).toEqual([
      'w1',
      { id: 'i1', label: 'app', type: 'native' },
      ['page_view'],
      undefined,
    ])
    expect(Math.abs(batch.receivedAt - Date.now())).toBeLessThan(5000)
    expect(batch.idBase).toHaveLength(16)
  })

  test('may come in an envelope, as lines, in chunks, with either header, by webhook', async () => {
    const line = (id: string) => `{"type":"a","id":"${id}","time":5,"data":{"n":1}}`
    const good: TestRequest[] = [
      { path: envelopes, body: line('x') },
      { path: envelopes, body: `${line('y')}\r\n${line('z')}`, headers: { 'content-type': ndjson } },
      { path: envelopes, body: `[${line('w')}]`, isChunked: true },
      { body: '{}', key: null, headers: { 'x-millrace-key': goodKey } },
      { body: '\ufeff{"bom":1}' },
      { path: `/webhook/${hookKey}`, key: null, body: '{}', headers: { 'content-type': 'text/plain' } },
      { method: 'PUT', path: `//webhook/${hookKey}/push/`, key: null, body: '[{}]' },
      { body: '{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}' },
    ]
    for (const request of good) expect((await intake.send(request)).json).toMatchObject({ restreamed: 0 })
    expect(intake.log.records[0]!.batch).toMatchObject({ types: ['a'], ids: ['x'], times: Float64Array.of(5) })
    expect(intake.log.records.map(({ batch }) => batch.types[0])).toEqual([
      'a',
      'a',
      'a',
      't',
      't',
      'webhook',
      'push',
      't',
    ])
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  test('without a record stores nothing', async () => {
    for (const request of [
      { body: '[]' },
      { body: '', headers: { 'content-type': ndjson } },
      { body: '\n \r\n', headers: { 'content-type': ndjson } },
    ])
      expect((await intake.send(request)).text).toBe('{"accepted":0,"restreamed":0}')
    expect(intake.log.records).toEqual([])
  })

  test('is answered only when the log has it', async () => {
    const gate = Promise.withResolvers<void>()
    intake.log.gate = gate.promise
    let isAnswered = false
    const reply = intake.send().then((value) => {
      isAnswered = true
      return value
    })
    await delay(100)
    expect([isAnswered, intake.ingest.bytesInFlight]).toEqual([false, 2])
    gate.resolve()
    expect((await reply).status).toBe(200)
  })

  test('of many on one connection gets its own answer, also after a refused one', async () => {
    const one = (key: string) =>
      `POST /api/v1/events/t HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: ${json}\r\nContent-Length: 2\r\n\r\n{}`
    const text = await intake.raw(
      [goodKey, 'wrong', goodKey, goodKey].map(one).join(''),
      (all) => all.split('HTTP/1.1').length > 4,
    )
    expect([...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '401', '200', '200'])
  })
})

describe('a request that is refused whole', () => {
  const deep = `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`
  const cases: [string, TestRequest, number, string][] = [
    ['no media type', { headers: { 'content-type': '' } }, 415, 'unsupported_media_type'],
    ['another media type', { headers: { 'content-type': 'text/xml' } }, 415, 'unsupported_media_type'],
    ['an unknown encoding', { headers: { 'content-encoding': 'br' } }, 415, 'unsupported_encoding'],
    ['two encodings', { headers: { 'content-encoding': 'gzip, gzip' } }, 415, 'unsupported_encoding'],
    ['a method of another kind', { method: 'DELETE' }, 405, 'method_not_allowed'],
    ['GET', { method: 'GET', body: '' }, 405, 'method_not_allowed'],
    ['a malformed path', { path: '/api/v1/events/100%' }, 400, 'invalid_request'],
    ['a path with a NUL', { path: '/api/v1/events/%00' }, 400, 'invalid_event_type'],
    ['a type of 5,000 characters', { path: `/api/v1/events/${'x'.repeat(5000)}` }, 400, 'invalid_event_type'],
    ['nothing', { body: '' }, 400, 'invalid_json'],
    ['half an object', { body: '{"a":1' }, 400, 'invalid_json'],
    ['a second object', { body: '{}{}' }, 400, 'invalid_json'],
    ['two byte order marks', { body: '\ufeff\ufeff{}' }, 400, 'invalid_json'],
    ['NaN', { body: '{"a":NaN}' }, 400, 'invalid_json'],
    ['-Infinity', { body: '[{"a":-Infinity}]' }, 400, 'invalid_json'],
    ['UTF-16', { body: Buffer.from('{"a":1}', 'utf16le') }, 400, 'invalid_json'],
    ['invalid UTF-8', { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }, 400, 'invalid_utf8'],
    [
      'an overlong encoding',
      { body: Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]) },
      400,
      'invalid_utf8',
    ],
    ['65 levels', { body: deep }, 400, 'too_deep'],
    ['a hundred thousand levels', { body: '['.repeat(100_000) }, 400, 'too_deep'],
    ['a number', { body: '42' }, 400, 'not_an_object'],
    ['a text', { body: '"{}"' }, 400, 'not_an_object'],
    ['null by webhook', { path: `/webhook/${hookKey}`, body: 'null' }, 400, 'not_an_object'],
    ['one event of more than 1 MiB', { body: `{"a":"${'x'.repeat(limits.eventBytesMax)}"}` }, 413, 'event_too_large'],
    ['a key of more than 1 KiB', { body: `{"${'k'.repeat(1025)}":1}` }, 413, 'event_too_large'],
    ['2,001 events', { body: `[${'{},'.repeat(2000)}{}]` }, 413, 'too_many_events'],
    ['2,001 lines', { body: '{}\n'.repeat(2001), headers: { 'content-type': ndjson } }, 413, 'too_many_events'],
    ['a body of more than 10 MiB', { body: Buffer.alloc(limits.requestBytesMax + 1, 32) }, 413, 'request_too_large'],
    [
      'the same in chunks',
      { body: Buffer.alloc(limits.requestBytesMax + 1, 32), isChunked: true },
      413,
      'request_too_large',
    ],
    [
      'a line of 11 MiB',
      { body: `{"a":"${'x'.repeat(11 * 1024 * 1024)}"}`, headers: { 'content-type': ndjson } },
      413,
      'request_too_large',
    ],
    ['an empty idempotency key', { headers: { 'idempotency-key': '' } }, 400, 'invalid_request'],
    ['a long idempotency key', { headers: { 'idempotency-key': 'k'.repeat(256) } }, 400, 'invalid_request'],
  ]
  test.each(cases)('%s', async (_, request, status, code) => {
    const reply = await intake.send(request)
    expect([reply.status, reply.json.code]).toEqual([status, code])
    expect(reply.headers['content-type']).toBe('application/problem+json')
    expect(reply.json).toMatchObject({ status, title: expect.any(String), type: expect.any(String) })
    expect(reply.json.detail.length).toBeGreaterThan(10)
    expect(reply.text).not.toContain(goodKey)
    expect(intake.log.records).toEqual([])
  })

  test('names the place of a fault, the limit, and what would be right', async () => {
    expect((await intake.send({ body: '[{"a":1},\n{"b":}]' })).json.detail).toMatch(/byte 15$/)
    expect((await intake.send({ body: `[${'{},'.repeat(2000)}{}]` })).json.detail).toContain('2000')
    expect((await intake.send({ headers: { 'content-type': 'a/b' } })).json.hint).toContain(ndjson)
    expect((await intake.send({ headers: { 'content-encoding': 'br' } })).headers['accept-encoding']).toContain('zstd')
    expect((await intake.send({ method: 'PATCH', path: `/webhook/${hookKey}` })).headers.allow).toBe('POST, PUT')
    expect((await intake.send({ method: 'OPTIONS', body: '' })).headers.allow).toBe('POST')
    expect((await intake.send({ method: 'HEAD', body: '' })).status).toBe(405)
  })

  test('paths of others are left alone', async () => {
    for (const path of ['/api/v1/eventsx', '/api/v1/query', '/', '/api/v1/events/../../x'])
      expect((await intake.send({ path })).status).toBe(404)
  })
})

describe('keys', () => {
  test('every one that lets nothing in gets the same answer', async () => {
    const attempts: TestRequest[] = [
      { key: null },
      { key: 'wrong' },
      { key: goodKey.toUpperCase() },
      { key: `${goodKey}x` },
      { key: goodKey.slice(0, -1) },
      { key: 'k'.repeat(10 * 1024) },
      { key: '__proto__' },
      { key: null, headers: { authorization: goodKey } },
      { key: null, headers: { authorization: `Basic ${Buffer.from(`${goodKey}:`).toString('base64')}` } },
      { key: null, headers: { 'x-millrace-key': 'wrong' } },
      { key: null, path: `/api/v1/events/t?key=${goodKey}&access_token=${goodKey}` },
      { key: null, path: '/webhook/wrong' },
      { key: null, path: '/webhook/wrong', headers: { authorization: `Bearer ${goodKey}` } },
    ]
    const replies = await Promise.all(attempts.map(intake.send))
    for (const { status, text, headers } of replies) {
      expect([status, text]).toEqual([401, replies[0]!.text])
      expect(headers['www-authenticate']).toMatch(/^Bearer/)
    }
    expect(intake.log.records).toEqual([])
  })

  test('a key is asked for before anything is said about the rest', async () => {
    const reply = await intake.send({
      key: 'wrong',
      body: 'x',
      headers: { 'content-type': 'a/b', 'content-encoding': 'br' },
    })
    expect(reply.status).toBe(401)
  })

  test('a key lets in to its own workspace', async () => {
    await intake.send({ key: 'mlr_key_other' })
    expect(intake.log.records[0]).toMatchObject({ workspace: 'w2', batch: { input: { id: 'i2' } } })
  })
})

describe('lines', () => {
  test('one bad line in 2,000 costs itself only and is named', async () => {
    const lines = Array.from({ length: 2000 }, (_, index) => (index === 1233 ? '{"n":oops}' : `{"n":${index}}`))
    for (const end of ['\n', '\r\n']) {
      for (const last of ['', end]) {
        const { json } = await intake.send({ body: lines.join(end) + last, headers: { 'content-type': ndjson } })
        expect(json).toEqual({
          accepted: 1999,
          restreamed: 1,
          faults: [{ index: 1233, code: 'invalid_json', message: expect.stringMatching(/line 1234$/) }],
        })
        expect(intake.log.events()).toEqual(lines)
        expect(intake.log.records[0]!.batch.faults).toEqual(json.faults)
        intake.log.records.length = 0
      }
    }
  })

  test('lines that are too deep, too large or no UTF-8 are kept whole beside good ones', async () => {
    const bad = [
      Buffer.from('['.repeat(70)),
      Buffer.from(`{"${'k'.repeat(1025)}":1}`),
      Buffer.from([0x7b, 0x22, 0xff, 0x7d]),
      Buffer.from('7'),
    ]
    const body = Buffer.concat([...bad.flatMap((line) => [line, Buffer.from('\n')]), Buffer.from('{"good":1}')])
    const { json } = await intake.send({ body, headers: { 'content-type': ndjson } })
    expect(json).toMatchObject({ accepted: 1, restreamed: 4 })
    expect(json.faults.map(({ code }: { code: string }) => code)).toEqual([
      'too_deep',
      'event_too_large',
      'invalid_utf8',
      'not_an_object',
    ])
    const { starts, ends, payload } = intake.log.records[0]!.batch
    expect(bad.map((line, index) => line.equals(payload.subarray(starts[index], ends[index])))).toEqual([
      true,
      true,
      true,
      true,
    ])
  })
})

describe('a body that comes slowly, or not at all', () => {
  const head = (length: number | string, more = '') =>
    `POST /api/v1/events/t HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${goodKey}\r\nContent-Type: ${json}\r\nContent-Length: ${length}\r\n${more}\r\n`

  test('is cut off in time, and nothing of it is kept', async () => {
    const text = await intake.raw(`${head(100)}{"a":`)
    expect(text).toMatch(/^HTTP\/1.1 408 /)
    expect(intake.log.records).toEqual([])
  })

  test('whose client goes away leaves nothing behind', async () => {
    const socket = connect(intake.port, '127.0.0.1')
    socket.write(`${head(5_000_000)}{"a":`)
    while (intake.ingest.bytesInFlight === 0) await delay(5)
    expect(intake.ingest.bytesInFlight).toBe(5_000_000)
    socket.destroy()
    while (intake.ingest.bytesInFlight !== 0) await delay(5)
    expect(intake.log.records).toEqual([])
  })

  test('whose client goes away after the last byte is stored', async () => {
    const gate = Promise.withResolvers<void>()
    intake.log.gate = gate.promise
    const socket = connect(intake.port, '127.0.0.1')
    socket.write(`${head(2)}{}`)
    while (intake.ingest.bytesInFlight === 0) await delay(5)
    socket.destroy()
    gate.resolve()
    while (intake.ingest.bytesInFlight !== 0) await delay(5)
    expect(intake.log.events()).toEqual(['{}'])
  })

  const malformed: [string, string][] = [
    ['length and chunks', head(2, 'Transfer-Encoding: chunked\r\n')],
    ['two lengths', head(2, 'Content-Length: 2\r\n')],
    ['a length with a sign', head('+2')],
    ['a negative length', head(-1)],
    ['a length that is none', head('0x2')],
    ['an unknown transfer coding', head(2).replace('Content-Length: 2', 'Transfer-Encoding: xchunked')],
    ['a space before the colon', head(2).replace('Content-Length:', 'Content-Length :')],
    [
      'a chunk of endless size',
      `${head(2).replace('Content-Length: 2', 'Transfer-Encoding: chunked')}fffffffffffffffff\r\n`,
    ],
    ['a NUL in a header', head(2, 'X-A: a\u0000b\r\n')],
  ]
  test.each(malformed)('%s is a bad request for node itself', async (_, bytes) => {
    expect(await intake.raw(`${bytes}{}`)).toMatch(/^HTTP\/1.1 400 /)
    expect(intake.log.records).toEqual([])
  })
})

describe('trouble of ours', () => {
  test('a full disk is told as such, with the time to come back', async () => {
    intake.log.failure = new MillraceError('storage_full', 'The disk budget of the log is used up', {
      retryAfterSeconds: 7,
    })
    const { status, headers, json } = await intake.send()
    expect([status, json.code, headers['retry-after']]).toEqual([503, 'storage_full', '7'])
  })

  test('an unforeseen failure is answered, logged once, and told to nobody', async () => {
    intake.log.failure = new TypeError('secret path /var/x')
    const { status, json, text } = await intake.send()
    expect([status, json.code]).toEqual([500, 'internal'])
    expect(text).not.toContain('secret')
    expect(intake.errors).toMatchObject([{ requestId: json.requestId }])
    intake.errors.length = 0
  })

  test('requests beyond the memory for them are turned away, also in the middle of a body in chunks', async () => {
    const small = await startIntake({ bytesInFlightMax: 100_000 })
    const gate = Promise.withResolvers<void>()
    small.log.gate = gate.promise
    const body = `{"a":"${'x'.repeat(60_000)}"}`
    const first = small.send({ body })
    while (small.ingest.bytesInFlight === 0) await delay(5)
    for (const isChunked of [false, true]) {
      const { status, json, headers } = await small.send({ body, isChunked })
      expect([status, json.code, headers['retry-after']]).toEqual([503, 'overloaded', '1'])
    }
    gate.resolve()
    expect((await first).status).toBe(200)
    expect((await small.send({ body })).status).toBe(200)
    expect(small.ingest.bytesInFlight).toBe(0)
    await small.close()
  })
})

describe('Idempotency-Key', () => {
  const keyed = (key: string, body = '[{"n":1},7]'): TestRequest => ({ body, headers: { 'idempotency-key': key } })

  test('a repeat gets the first answer and stores nothing, of the same input', async () => {
    expect((await intake.send(keyed('a'))).json).toMatchObject({ accepted: 1, restreamed: 1 })
    expect((await intake.send(keyed('a'))).text).toBe('{"accepted":1,"restreamed":1}')
    const another = await intake.send(keyed('a', '{"another":"body"}'))
    expect([another.status, another.json.code]).toEqual([422, 'idempotency_key_reused'])
    expect(intake.log.records).toHaveLength(1)
    await intake.send({ ...keyed('a'), key: 'mlr_key_other' })
    await intake.send(keyed('b'))
    expect(intake.log.records).toHaveLength(3)
  })

  test('fifty at once are stored once, whatever the answers take', async () => {
    const gate = Promise.withResolvers<void>()
    intake.log.gate = gate.promise
    const all = Array.from({ length: 50 }, () => intake.send(keyed('many')))
    await delay(50)
    gate.resolve()
    for (const reply of await Promise.all(all)) expect(reply.json).toMatchObject({ accepted: 1, restreamed: 1 })
    expect(intake.log.records).toHaveLength(1)
  })

  test('a refused or failed request does not use its key up', async () => {
    expect((await intake.send(keyed('c', '{'))).status).toBe(400)
    intake.log.failure = new MillraceError('storage_full', 'full')
    expect((await intake.send(keyed('c'))).status).toBe(503)
    expect((await intake.send(keyed('c'))).json).toMatchObject({ accepted: 1 })
    expect(intake.log.records).toHaveLength(1)
  })

  test('a repeat after a restart gets the first answer', async () => {
    const log = new MemoryLog()
    const before = await startIntake({ log })
    await before.send(keyed('r'))
    await before.close()
    const after = await startIntake({ log })
    expect((await after.send(keyed('r'))).text).toBe('{"accepted":1,"restreamed":1}')
    expect(log.records).toHaveLength(1)
    await after.close()
  })
})

describe('naughty texts', () => {
  test('as keys and values of data come back byte by byte', async () => {
    for (const text of naughtyStrings) {
      const body = JSON.stringify({ [text]: text, list: [text] })
      expect((await intake.send({ body })).json).toEqual({ accepted: 1, restreamed: 0 })
      expect(intake.log.events()).toEqual([body])
      intake.log.records.length = 0
    }
  })

  test('as event type in path or envelope are kept as they are, or refused by name', async () => {
    for (const [index, text] of naughtyStrings.entries()) {
      const isGood = isEventType(text)
      if (text.isWellFormed() && text !== '' && text !== '.' && text !== '..') {
        const reply = await intake.send({ path: `/api/v1/events/${encodeURIComponent(text)}` })
        expect([text, reply.status, reply.json.code]).toEqual([
          text,
          isGood ? 200 : 400,
          isGood ? undefined : 'invalid_event_type',
        ])
        if (isGood) expect(intake.log.records.at(-1)!.batch.types).toEqual([text])
      }
      const reply = await intake.send({
        path: envelopes,
        body: JSON.stringify({ type: text, data: {}, id: `${index}` }),
      })
      expect([text, reply.json.accepted]).toEqual([text, isGood ? 1 : 0])
      expect(intake.log.records.at(-1)!.batch.types).toEqual([isGood ? text : ''])
    }
  })

  test('as ids come back or are refused by name, and as keys of inputs or requests do no harm', async () => {
    for (const text of naughtyStrings) {
      const isGood = text.length >= 1 && text.length <= 128 && text.isWellFormed()
      const reply = await intake.send({ path: envelopes, body: JSON.stringify({ type: 't', data: {}, id: text }) })
      expect([text, reply.json.accepted]).toEqual([text, isGood ? 1 : 0])
      if (isGood) expect(intake.log.records.at(-1)!.batch.ids).toEqual([text])
      const inHeader = Buffer.from(text)
        .toString('latin1')
        .replace(/[\u0000-\u001f\u007f]/g, '')
      expect((await intake.send({ key: inHeader })).status).toBe(401)
      const { status } = await intake.send({ headers: { 'idempotency-key': `${inHeader}!` } })
      expect(status).toBe(inHeader.length < 255 ? 200 : 400)
    }
  })
})
