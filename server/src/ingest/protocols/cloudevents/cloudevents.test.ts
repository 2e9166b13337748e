import { join } from 'node:path'
import { CloudEvent, HTTP, type Message } from 'cloudevents'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MillraceError } from '../../../errors.ts'
import { exchange, testGolden } from '../golden.fixture.ts'
import { accessTo, eventsOf, inputOf, requestOf } from '../request.fixture.ts'
import { cloudevents } from './cloudevents.ts'

const picky = cloudevents.settings.parse({ webhookOrigins: ['other.example.com'] })
const keys = [
  { text: 'ce-key', input: inputOf('cloudevents') },
  { text: 'picky-key', input: inputOf('cloudevents', picky, 'i2') },
]

testGolden(join(import.meta.dirname, 'cloudevents.golden'), cloudevents, keys)

function send({ headers, body }: Message) {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
  const request = { method: 'POST', url: '/cloudevents/ce-key', headers: lower, body: String(body ?? '') }
  return exchange(cloudevents, keys, request)
}

test.each([
  ['an object', { total: 1.5, text: 'ü' }, { total: 1.5, text: 'ü' }],
  ['a text', 'hello', { data: 'hello' }],
])('what the package cloudevents sends of %s is one row, in binary mode as in structured', (_, data, columns) => {
  const isText = typeof data === 'string'
  const event = new CloudEvent({
    id: 'i-1',
    type: 'com.example.sale',
    source: '/shop',
    time: '2026-01-31T10:00:00.000Z',
    subject: 'a subject',
    datacontenttype: isText ? 'text/plain' : 'application/json',
    traceid: 't1',
    data,
  })
  const [binary, structured] = [HTTP.binary(event), HTTP.structured(event)].map((message) => {
    const { reply, events } = send(message)
    expect(reply.status).toBe(200)
    const { raw, ...rest } = events![0]!
    return { ...rest, row: JSON.parse(raw) as Record<string, unknown> }
  })
  expect(structured).toEqual(binary)
  expect(structured).toMatchObject({ type: 'com.example.sale', id: '/shop i-1', time: Date.UTC(2026, 0, 31, 10) })
  expect(structured!.row).toMatchObject({ ...columns, ce_subject: 'a subject', ce_traceid: 't1', ce_source: '/shop' })
})

test('any bytes are read, or refused with a status of the sender’s own fault', () => {
  const event = { specversion: '1.0', type: 't', source: '/s', id: '1', data: { a: [1, 'ü'], ce_id: 2 } }
  const good = [event, [event, event]].map((body) => Buffer.from(JSON.stringify(body)))
  const byte = fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],:nN ')), fc.nat(255))
  const changes = fc.array(fc.record({ at: fc.nat(), byte }), { maxLength: 4 })
  const mutated = fc.tuple(fc.constantFrom(...good), changes).map(([body, changed]) => {
    const bytes = Buffer.from(body)
    for (const { at, byte } of changed) bytes[at % bytes.length] = byte
    return bytes
  })
  const binary = { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-type': 't', 'ce-source': '/' }
  const headers = fc.oneof(
    fc.constantFrom({ 'content-type': 'application/cloudevents+json' }, { ...binary, 'ce-id': '1' }),
    fc.constant({ 'content-type': 'application/cloudevents-batch+json' }),
    fc.string().map((id) => ({ ...binary, 'ce-id': id })),
  )
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), headers, (bytes, headers) => {
      const request = requestOf(Buffer.from(bytes), { headers, access: accessTo(keys), input: keys[0]!.input })
      try {
        for (const { raw, code } of eventsOf(cloudevents.decode(request))) if (code === undefined) JSON.parse(raw)
      } catch (error) {
        expect(error).toSatisfy((error: Error) => error.name === 'JsonFault' || error instanceof MillraceError)
        if (error instanceof MillraceError) expect(error.status).toBeLessThan(500)
      }
    }),
    { numRuns: 3000 },
  )
})
