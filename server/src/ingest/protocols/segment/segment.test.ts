import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MillraceError } from '../../../errors.ts'
import type { IngestRequest } from '../../protocol.ts'
import { exchange, testGolden } from '../golden.fixture.ts'
import { accessTo, eventsOf, inputOf, requestOf } from '../request.fixture.ts'
import { readAnyBatch, readBatch, type SegmentRequest } from './request.ts'
import { segment } from './segment.ts'

const keys = [{ text: 'write-key', input: inputOf('segment') }]

testGolden(join(import.meta.dirname, 'segment.golden'), segment, keys)

function send(body: object | string, path = '/v1/batch') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { authorization: 'Bearer write-key' }
  return exchange(segment, keys, { method: 'POST', url: path, headers, body: text })
}

const rowOf = (message: object) => JSON.parse(send(message, '/v1/track').events![0]!.raw)

test('what the sender’s clock is wrong by is taken off', () => {
  const now = 1_700_000_000_000
  const iso = (ms: number) => new Date(ms).toISOString()
  const timeOf = (message: object, sentAt?: unknown) =>
    send({ batch: [{ type: 'alias', ...message }], sentAt }).events![0]!.time
  const wrong = now - 3_600_000
  expect(timeOf({ timestamp: iso(wrong - 2000) }, iso(wrong))).toBe(now - 2000)
  expect(timeOf({ originalTimestamp: iso(wrong - 3000), timestamp: iso(1) }, iso(wrong))).toBe(now - 3000)
  expect(timeOf({ timestamp: iso(wrong - 2000), sentAt: iso(wrong - 1000) }, iso(wrong))).toBe(now - 1000)
  expect(timeOf({ timestamp: iso(wrong) })).toBe(wrong)
  expect(timeOf({ timestamp: iso(wrong) }, 'yesterday')).toBe(wrong)
  expect(timeOf({}, iso(wrong))).toBeUndefined()
})

test('an id that is too long is told apart by its hash, and kept in its column', () => {
  const messageId = 'x'.repeat(200)
  const { id, raw } = send({ event: 'A', messageId }, '/v1/track').events![0]!
  expect(id).toMatch(/^[0-9a-f]{64}$/)
  expect(JSON.parse(raw).message_id).toBe(messageId)
  expect(send({ event: 'A', messageId: '' }, '/v1/track').events![0]!.id).toBeUndefined()
})

test('a context for all fills what a message’s own leaves open', () => {
  const { events } = send({
    batch: [{ type: 'alias', context: { a: 1, b: 2 } }, { type: 'alias', context: {} }, { type: 'alias' }],
    context: { b: 3, c: 4 },
  })
  expect(events!.map(({ raw }) => JSON.parse(raw).context)).toEqual([
    { a: 1, b: 2, c: 4 },
    { b: 3, c: 4 },
    { b: 3, c: 4 },
  ])
})

test('a large context for many messages is not multiplied without end', () => {
  const batch = Array.from({ length: 1000 }, () => ({ type: 'alias' }))
  expect(send({ batch, context: { a: 'x'.repeat(20_000) } }).reply.status).toBe(413)
})

test('a batch takes 5,000 messages and is refused beyond 10,000', () => {
  const batch = (count: number) => ({ batch: Array.from({ length: count }, () => ({ type: 'alias' })) })
  expect(send(batch(5000)).events).toHaveLength(5000)
  expect(send(batch(10_001)).reply.status).toBe(413)
})

test('traits of an identify that are in its context alone are its traits', () => {
  const rowOf = (message: object) => JSON.parse(send(message, '/v1/identify').events![0]!.raw)
  const context = { traits: { plan: 'pro', userId: 'x' }, os: 'y' }
  const flat = { user_id: 'u', context, plan: 'pro', userId: 'x' }
  expect(rowOf({ userId: 'u', context })).toEqual(flat)
  expect(rowOf({ userId: 'u', traits: {}, context })).toEqual(flat)
  expect(rowOf({ userId: 'u', traits: null, context, stray: 1 })).toEqual({ ...flat, stray: 1 })
  expect(rowOf({ userId: 'u', traits: { a: 1 }, context })).toEqual({ user_id: 'u', context, a: 1 })
  expect(rowOf({ userId: 'u', context: { traits: 'odd' } })).toEqual({ user_id: 'u', context: { traits: 'odd' } })
  const track = send({ event: 'A', context }, '/v1/track').events![0]!
  expect(JSON.parse(track.raw)).toEqual({ event: 'A', context })
})

test('the write key is no part of a row', () => {
  expect(rowOf({ event: 'A', writeKey: 'write-key', properties: { a: 1 } })).toEqual({ event: 'A', a: 1 })
})

test('refusals tell when to come again', () => {
  const busy = segment.refuse(new MillraceError('too_many_requests', 'Slowly', { retryAfterSeconds: 7 }))
  expect(busy).toMatchObject({ status: 429, headers: { 'retry-after': '7' } })
})

test('nothing of a message is lost, whatever its members are called', () => {
  const name = fc.oneof(
    fc.constantFrom('userId', 'user_id', 'event', 'context', 'properties', 'traits', 'name', 'a', 'b', '"\\ü'),
    fc.string(),
  )
  const value = fc.oneof(fc.integer(), fc.string(), fc.constant({ a: 1 }))
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.dictionary(name, value), fc.boolean(), (properties, more, isWide) => {
      const unread = ['type', 'writeKey', 'integrations', '_metadata', 'timestamp', 'originalTimestamp', 'messageId']
      const own = Object.fromEntries(Object.entries(more).filter(([key]) => !unread.includes(key)))
      const message = { ...own, event: 'A', properties }
      const { raw } = send(JSON.stringify(message, null, isWide ? 2 : 0), '/v1/track').events![0]!
      const row = JSON.parse(raw)
      for (const [key, each] of Object.entries(properties)) {
        const kept = Object.hasOwn(row.properties ?? {}, key) ? row.properties[key] : undefined
        expect([row[key], kept]).toContainEqual(each)
      }
      for (const [key, each] of Object.entries(own))
        if (!['properties', 'event', 'user_id'].includes(key))
          expect(row[key === 'userId' ? 'user_id' : key]).toEqual(each)
    }),
    { numRuns: 500 },
  )
})

test('any bytes are read, or refused with a status of the sender’s own fault', () => {
  const message = { type: 'track', event: 'A ü', userId: 'u', properties: { a: [1, { b: null }] }, context: { c: 1 } }
  const good = [{ batch: [message, { type: 'alias' }], sentAt: '2026-01-01', context: { a: 1 } }, message].map((body) =>
    Buffer.from(JSON.stringify(body)),
  )
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],:nN ')), fc.nat(255))
  const changes = fc.array(fc.record({ at: fc.nat(), byte }), { maxLength: 4 })
  const mutated = fc.tuple(fc.constantFrom(...good), changes).map(([body, changed]) => {
    const bytes = Buffer.from(body)
    for (const { at, byte } of changed) bytes[at % bytes.length] = byte
    return bytes
  })
  const routes = fc.constantFrom('/v1/batch', '/v1/track', '/v1/identify')
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), routes, (bytes, route) => {
      const request = requestOf(Buffer.from(bytes), { route, access: accessTo(keys), input: keys[0]!.input })
      try {
        for (const { raw, code } of eventsOf(segment.decode(request))) if (code === undefined) JSON.parse(raw)
      } catch (error) {
        expect(error).toSatisfy((error: Error) => error.name === 'JsonFault' || error instanceof MillraceError)
        if (error instanceof MillraceError) expect(error.status).toBeLessThan(500)
      }
    }),
    { numRuns: 3000 },
  )
})

test('what the flattener writes is what is written without it, and one look at a batch tells what many tell', () => {
  const name = fc.constantFrom(
    ...[
      'userId',
      'user_id',
      'event',
      'context',
      'properties',
      'traits',
      'name',
      'a',
      'sentAt',
      'timestamp',
      'previousId',
    ],
    ...['messageId', 'integrations', 'category', 'b"\\ü', 'sent_at', 'x'.repeat(40), 'type', ''],
  )
  const scalar = fc.oneof(fc.integer(), fc.constantFrom(...[null, true, 'A', '2026-01-31T10:00:00.000Z', '"}]', 'ü\n']))
  const value = fc.oneof(scalar, fc.dictionary(name, scalar, { maxKeys: 4 }), fc.array(scalar, { maxLength: 3 }))
  const nested = fc.oneof(fc.dictionary(name, value, { maxKeys: 5 }), scalar)
  const message = fc.record(
    {
      ...{ type: fc.constantFrom('track', 'track', 'identify', 'page', 'group', 'alias', 'none'), event: scalar },
      ...{ userId: fc.string(), messageId: fc.string(), properties: nested, traits: nested, context: nested },
    },
    { requiredKeys: ['type'] },
  )
  const strange = fc.dictionary(name, value, { maxKeys: 6 })
  const entries = fc
    .tuple(message, fc.option(strange, { freq: 3, nil: {} }))
    .chain(([known, more]) => fc.shuffledSubarray(Object.entries({ ...more, ...known }), { minLength: 1 }))
  const written = fc
    .tuple(
      entries,
      fc.constantFrom(...[undefined, undefined, 1, '\t']),
      fc.constantFrom(...['', '', ',"event":"twice"']),
    )
    .map(([members, space, tail]) =>
      JSON.stringify(Object.fromEntries(members), null, space).replace(/\}$/, `${members.length > 0 ? tail : ''}}`),
    )
  const head = fc.constantFrom(
    ...['', '"sentAt":"2026-01-31T10:00:01.000Z",', '"context":{"c":1},', '"batch":1,', ' "\\u0061":[],'],
  )
  fc.assert(
    fc.property(fc.array(written, { maxLength: 5 }), head, fc.boolean(), (messages, before, isLast) => {
      const batch = `"batch":[${messages.join()}]`
      const body = Buffer.from(isLast ? `{${before}${batch}}` : `{${batch}${before && `,${before.slice(0, -1)}`}} `)
      const request = requestOf(body, { route: '/v1/batch', access: accessTo(keys), input: keys[0]!.input })
      const outcome = (read: (request: IngestRequest) => SegmentRequest) => {
        try {
          const { writeKey, events } = read(request)
          const { starts, ends, payload, ...rest } = events
          return { writeKey, rows: Array.from(starts, (start, index) => textOf(payload, start, ends[index]!)), rest }
        } catch (error) {
          return { error }
        }
      }
      const slow = outcome((request) => readAnyBatch(request, null))
      expect(outcome((request) => readAnyBatch(request))).toEqual(slow)
      expect(outcome(readBatch)).toEqual(slow)
    }),
    { numRuns: 3000 },
  )
})

const textOf = (bytes: Uint8Array, start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString()
