import { join } from 'node:path'
import { limits } from '@millrace/event/limits'
import { openScanner } from '@millrace/json/scanner'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../../errors.ts'
import { scanPythonEvents } from '../../python-json.ts'
import { exchange, testGolden } from '../golden.fixture.ts'
import { accessTo, eventsOf, headOf, inputOf, requestOf } from '../request.fixture.ts'
import { initialState } from './initial-state.ts'
import { readRows } from './rows.ts'

const input = inputOf('initial-state')
const keys = [{ text: 'is-key', input }]
const headers = { 'x-is-accesskey': 'is-key', 'x-is-bucketkey': 'bk1' }

const scanner = openScanner(limits)

testGolden(join(import.meta.dirname, 'initial-state.golden'), initialState, keys)

function send(body: unknown, url = '/api/events', isNewBucket = false) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return exchange(initialState, keys, { method: 'POST', url, headers, body: text }, isNewBucket)
}

describe('buckets', () => {
  test('a bucket that is made is 201, one that is there 204', () => {
    const body = { bucketKey: 'b', bucketName: 'n' }
    expect(send(body, '/api/buckets', true).reply.status).toBe(201)
    expect(send(body, '/api/buckets', false).reply.status).toBe(204)
  })

  test('events make their bucket, and are answered alike whether it is new', () => {
    const events = [{ key: 'k', value: 1, epoch: 1.5 }]
    expect(send(events, '/api/events', true)).toEqual(send(events, '/api/events', false))
    expect(send(events).bucket).toEqual({ key: 'bk1' })
    expect(send([]).bucket).toBeUndefined()
  })
})

describe('refusals', () => {
  test.each([
    ['invalid_json', 400],
    ['unauthenticated', 401],
    ['workspace_quota_exceeded', 402],
    ['forbidden', 403],
    ['request_too_large', 413],
    ['too_many_requests', 429],
    ['internal', 500],
    ['overloaded', 503],
  ] as const)('%s is %i, in the one form that a client survives', (code, status) => {
    const reply = initialState.refuse(new MillraceError(code, 'Why'))
    expect([reply.status, JSON.parse(String(reply.body))]).toEqual([
      status,
      { message: { error: { type: code.toUpperCase(), message: 'Why' } } },
    ])
  })

  test('a wait is told in whole seconds, always with 429', () => {
    const wait = (details: object) =>
      initialState.refuse(new MillraceError('too_many_requests', 'Why', details)).headers['retry-after']
    expect([wait({}), wait({ retryAfterSeconds: 7 }), wait({ retryAfterSeconds: 0.2 })]).toEqual(['1', '7', '1'])
  })

  test('more than a mebibyte is refused, by its declared length before it is read', () => {
    const large = `[{"key":"k","value":"${'x'.repeat(1024 * 1024)}","epoch":1.5}]`
    expect(send(large).reply.status).toBe(413)
    const head = (length: number) =>
      headOf({ route: '/api/events', headers: { ...headers, 'content-length': `${length}` } })
    expect(() => initialState.admit!(head(1024 * 1024 + 1), input)).toThrow(
      expect.objectContaining({ code: 'request_too_large' }),
    )
    expect(() => initialState.admit!(head(1024 * 1024), input)).not.toThrow()
  })

  test('a mebibyte of the smallest events is taken', () => {
    const small = '{"key":"a","value":1,"epoch":1}'
    const { reply, events } = send(`[${Array(32_000).fill(small)}]`)
    expect([reply.status, events!.length]).toEqual([204, 32_000])
    expect(events!.at(-1)!.raw).toBe('{"key":"a","value":1,"value_type":"number","epoch":1.0}')
  })
})

describe('rows', () => {
  test('say of any event what it said', () => {
    const value = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.jsonValue(),
    )
    const epoch = fc.oneof(
      fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
      fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_000 }).map((ms) => ms / 1000),
      fc.integer({ min: 0, max: 2_000_000_000_000_000 }).map((us) => us / 1e6),
    )
    const event = fc.record({ key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), value, epoch })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.constantFrom(0, 1), (sent, indent) => {
        const { events } = send(JSON.stringify(sent, null, indent))
        expect(events!.map(({ raw }) => JSON.parse(raw))).toEqual(
          sent.map(({ key, value, epoch }) => {
            const type = ['string', 'number', 'boolean'].find((name) => typeof value === name) ?? 'json'
            const kept = type === 'json' ? expect.any(String) : JSON.parse(JSON.stringify(value))
            return { key, value: kept, value_type: type, epoch: expect.closeTo(epoch, 6) }
          }),
        )
        for (const [index, { raw, time }] of events!.entries()) {
          const row = JSON.parse(raw)
          expect(raw).toMatch(/"epoch": ?-?\d+(\.\d+|e-\d+)[,}]/)
          expect(Math.abs(time! - row.epoch * 1000)).toBeLessThan(1.001)
          if (row.value_type === 'json')
            expect(JSON.parse(row.value)).toEqual(JSON.parse(JSON.stringify(sent[index]!.value)))
        }
      }),
    )
  })

  test('are the same whether the writer of plain ones wrote them', () => {
    const value = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())
    const us = fc.oneof(fc.integer({ min: 0, max: 2 ** 52 - 1 }), fc.constantFrom(1, 999, 1_000_499, 253_402_300_799e6))
    const event = fc.record({ key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), value, us })
    const texts = (events: readonly { key: string; value: unknown; us: number }[], space: string) =>
      events.map(({ key, value, us }) => {
        const epoch = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`
        return ['{"key":', JSON.stringify(key), ',', '"value":', JSON.stringify(value), ',', `"epoch":${epoch}}`]
          .map((piece) => piece.replace(/[:,]$/, `$&${space}`).replace(/^"epoch":/, `$&${space}`))
          .join('')
      })
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 8 }), fc.constantFrom('', ' '), (sent, space) => {
        const body = Buffer.from(`[${texts(sent, space)}]`)
        const scanned = scanPythonEvents(scanner, body, 'json')
        const { payload, times, ...rows } = readRows(scanned, 1)
        const { payload: alonePayload, ...alone } = readRows(scanned, 1, null)
        expect({ ...rows, times: [...times!], payload: payload.toString() }).toEqual({
          ...alone,
          payload: alonePayload.toString(),
        })
      }),
    )
  })

  test.each(['{"key":"k","value":1,"epoch":999999999999.5}', '{"key": "k", "value": 1, "epoch": 999999999999.5}'])(
    'a time beyond the year 9999 is a fault however it is written: %s',
    (event) => {
      expect(send(`[${event}]`).events).toMatchObject([{ code: 'invalid_event_time', raw: event }])
    },
  )

  test('of many values that are no scalars take time and room in proportion', () => {
    const { events } = send(`[${Array(20_000).fill('{"key":"k","value":["\\"",null],"epoch":1}')}]`)
    expect(events!.length).toBe(20_000)
    expect(JSON.parse(JSON.parse(events!.at(-1)!.raw).value)).toEqual(['"', null])
  })
})

describe('any bytes', () => {
  const good = Buffer.from(
    JSON.stringify([
      { key: 'ü"\\', value: [1], epoch: 1.5 },
      { signal: 's', value: 'x', epoch: 1e3 },
      { key: 'k', value: null },
    ]),
  )
  const change = fc.record({
    at: fc.nat(),
    byte: fc.oneof(fc.constantFrom(...Buffer.from('"\\{}[],:nNe-.1 ')), fc.nat(255)),
  })
  const mutated = fc.tuple(fc.array(change, { maxLength: 4 }), fc.nat(good.length)).map(([changes, cut]) => {
    const bytes = Buffer.from(good)
    for (const { at, byte } of changes) bytes[at % bytes.length] = byte
    return cut % 3 === 0 ? bytes.subarray(cut) : bytes
  })

  test('are read, or refused with a status of the sender’s own fault', () => {
    const body = fc.oneof(mutated, fc.uint8Array({ maxLength: 100 }))
    fc.assert(
      fc.property(body, fc.constantFrom('/api/events', '/api/buckets'), (bytes, route) => {
        const request = requestOf(Buffer.from(bytes), { route, headers, access: accessTo(keys), input })
        try {
          for (const { raw, code } of eventsOf(initialState.decode(request))) if (code === undefined) JSON.parse(raw)
        } catch (error) {
          expect(error).toSatisfy((error: Error) => error.name === 'JsonFault' || error instanceof MillraceError)
          if (error instanceof MillraceError) expect(error.status).toBeLessThan(500)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
