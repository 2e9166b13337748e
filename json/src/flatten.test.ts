import { limits } from '@millrace/event/limits'
import { describe, expect, it } from 'vitest'
import { makeBody, mutate, seededRandom } from './corpus/mutations.ts'
import { openWasmBatchFlattener, openWasmFlattener } from './flatten-wasm.ts'
import type { FlatLayout } from './flattener.ts'
import { openScanner } from './scanner.ts'

const layout: FlatLayout = {
  fields: [
    { key: 'type', writtenAs: undefined },
    { key: 'properties', writtenAs: 'properties' },
    { key: 'traits', writtenAs: 'traits' },
    { key: 'userId', writtenAs: 'user_id' },
    { key: 'a field of many more characters', writtenAs: 'long' },
    { key: 'at', writtenAs: 'at' },
    { key: 'madeAt', writtenAs: 'made_at' },
    { key: 'sentAt', writtenAs: undefined },
  ],
  kindField: 0,
  nameField: 3,
  timeField: 5,
  kinds: [
    { token: '"track"', flattened: 1, isLeftWhereHollow: false },
    { token: '"identify"', flattened: 2, isLeftWhereHollow: true },
  ],
  taken: [
    { name: 'user_id', field: 3 },
    { name: 'traits', field: undefined },
  ],
}
const flattener = openWasmFlattener(layout)
const batches = openWasmBatchFlattener(layout, 'batch', limits)

/** The rows of messages, null of one that was left. */
function rowsOf(messages: readonly string[], kind?: number): (string | null)[] {
  const body = Buffer.from(messages.join(' '))
  let at = -1
  const starts = Uint32Array.from(messages, (message) => {
    const start = at + 1
    at = start + Buffer.byteLength(message)
    return start
  })
  const { rows, ends, leftCount } = flattener.flatten(body, starts, kind)
  const found = Array.from(ends, (end, index) => {
    const start = index === 0 ? 0 : ends[index - 1]!
    return start === end ? null : rows.toString('utf8', start, end)
  })
  expect(leftCount).toBe(found.filter((row) => row === null).length)
  return found
}

describe('the flattener', () => {
  it.each([
    ['{"type":"track"}', '{}'],
    ['{"type":"track","properties":{"a":1,"b":"x"},"userId":"u"}', '{"user_id":"u","a":1,"b":"x"}'],
    [' {\n"userId" : [1, {"}":"]"}] ,\t"type":"track" } ', '{"user_id":[1, {"}":"]"}]}'],
    [
      '{"properties":{ "a" : {"user_id":1} , "b":2 },"type":"track","userId":1}',
      '{"user_id":1, "a" : {"user_id":1} , "b":2 }',
    ],
    ['{"properties":{"user_id":1},"type":"track"}', '{"user_id":1}'],
    ['{"type":"track","traits":{"user_id":1},"userId":1}', '{"traits":{"user_id":1},"user_id":1}'],
    ['{"type":"track","properties":null,"traits":null}', '{"traits":null}'],
    ['{"type":"track","properties":[1]}', '{"properties":[1]}'],
    ['{"type":"identify","traits":{"é":"\\\\"},"properties":{}}', '{"properties":{},"é":"\\\\"}'],
    ['{"type":"track","a field of many more characters":"x"}', '{"long":"x"}'],
  ])('lays %s out as %s', (message, row) => {
    expect(rowsOf([message.trim()])).toEqual([row])
  })

  it.each([
    '{}',
    '{"type":"none"}',
    '{"type":"track","other":1}',
    '{"type":"track","a field of many more characterS":1}',
    '{"type":"track","userId":1,"userId":2}',
    '{"type":"track","user\\u0049d":1}',
    '{"type":"track","properties":{"tr\\u0061its":1}}',
    '{"type":"track","properties":{"traits":1}}',
    '{"type":"track","properties":{"user_id":1},"userId":1}',
    '{"type":"identify"}',
    '{"type":"identify","traits":{ }}',
  ])('leaves %s, and not its neighbours', (message) => {
    const plain = '{"type":"track","properties":{"x":1}}'
    expect(rowsOf([plain, message, plain])).toEqual(['{"x":1}', null, '{"x":1}'])
  })

  it('takes the kind that it is told', () => {
    expect(rowsOf(['{"traits":{"a":1}}', '{"type":"track","traits":{"a":1}}'], 1)).toEqual(['{"a":1}', '{"a":1}'])
  })

  it('passes over texts wherever a block of bytes ends', () => {
    for (let length = 0; length < 140; length++) {
      const text = `${'x'.repeat(length)}\\"}],{`
      const properties = `"k${'y'.repeat(length % 70)}":"${text}","n":[{"user_id":"${text}"}],"z":-1e3`
      const message = `{"properties":{${properties}},"userId":"${text}","type":"track"}`
      expect(rowsOf([message, message])).toEqual(Array(2).fill(`{"user_id":"${text}",${properties}}`))
    }
  })
})

describe('what is told of each message', () => {
  const read = (messages: readonly string[]) => {
    const body = Buffer.from(`{"batch":[${messages}]}`)
    const { kinds, repeats, times, leftCount } = batches.flatten(body)!
    expect(leftCount).toBe(0)
    return { kinds: [...kinds], repeats: [...repeats], times: [...times] }
  }
  const timeOf = (token: string) => read([`{"type":"track","madeAt":${token}}`]).times[1]

  it('is its kind, and whether its name is that of the one before', () => {
    const messages = [
      '{"type":"track","userId":"a"}',
      '{"userId":"a","type":"track"}',
      '{"type":"identify","traits":{"a":1},"userId":"a"}',
      '{"type":"track","userId":"ab"}',
      '{"type":"track"}',
      '{"type":"track"}',
      '{"type":"track","userId":"ab"}',
      '{"type":"track","userId":1}',
      '{"type":"track","userId":1}',
    ]
    const found = read(messages)
    expect(found.kinds).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0])
    expect(found.repeats).toEqual([0, 1, 1, 0, 0, 0, 0, 0, 1])
    expect(read(messages.slice(1)).repeats[0]).toBe(0)
  })

  it('is its times, each in its place', () => {
    const at = (ms: number) => JSON.stringify(new Date(ms).toISOString())
    const messages = [
      `{"type":"track","at":${at(1)},"madeAt":${at(2)},"sentAt":${at(3)}}`,
      `{"type":"track","sentAt":null,"madeAt":"soon"}`,
    ]
    expect(read(messages).times).toEqual([1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
  })

  it('is the time of any day of the calendar', () => {
    const day = 86_400_000
    for (let from = Date.UTC(1000, 0, 1, 23, 59, 59, 999); from < Date.UTC(2500, 0, 1); from += 2000 * day) {
      const all = Array.from({ length: 2000 }, (_, nth) => from + nth * day)
      const texts = all.map((ms) => new Date(ms).toISOString())
      const found = read(texts.map((text) => `{"type":"track","madeAt":"${text}"}`)).times
      const wrong = all.filter((ms, nth) => found[3 * nth + 1] !== ms && !texts[nth]!.includes('-02-29'))
      expect(wrong).toEqual([])
    }
    expect(timeOf('"9999-12-31T00:00:00.000Z"')).toBe(Date.UTC(9999, 11, 31))
  })

  it.each([
    '"2026-02-30T10:00:00.000Z"',
    '"2024-02-29T10:00:00.000Z"',
    '"2026-00-01T10:00:00.000Z"',
    '"2026-13-01T10:00:00.000Z"',
    '"2026-01-00T10:00:00.000Z"',
    '"2026-01-01T24:00:00.000Z"',
    '"2026-01-01T10:60:00.000Z"',
    '"2026-01-01T10:00:60.000Z"',
    '"2026-01-01T10:00:0x.000Z"',
    '"2026-01-01T10:00:0/.000Z"',
    '"2026-01-01T10:00:00,000Z"',
    '"2026-01-01 10:00:00.000Z"',
    '"2026-01-01T10:00:00.000+"',
    '"0999-01-01T10:00:00.000Z"',
    '"-026-01-01T10:00:00.000Z"',
    '"2026-01-01T10:00:00Z"',
    '1769853600000',
    '{"2026-01-01T10:00:00.00Z":1}',
  ])('leaves %s to be read with more care', (token) => {
    expect(timeOf(token)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('the flattener of batches', () => {
  it('finds the messages that the scanner finds, or none', () => {
    const scanner = openScanner(limits)
    let foundCount = 0
    for (let seed = 0; seed < 3000; seed++) {
      const random = seededRandom(seed)
      const records = makeBody(random).toString().trim().split(/\r?\n/).join()
      const [before, after] = [seed % 3 ? '' : '"a":{"batch":[1]},', seed % 5 ? '' : ',"b":"\\n"']
      const whole = Buffer.from(`{${before}"batch":[${records}]${after}}`)
      const body = seed % 2 ? whole : mutate(random, whole)
      const found = batches.flatten(body)
      if (found === undefined) continue
      foundCount++
      expect(Object.keys(JSON.parse(body.toString()))).toContain('batch')
      const array = body.subarray(found.arrayStart, found.arrayEnd)
      const { starts, ends, faults } = scanner.scan(array, 'json')
      expect(faults).toEqual([])
      expect([found.starts, found.recordEnds]).toEqual(
        [starts, ends].map((all) => all.map((at) => at + found.arrayStart)),
      )
    }
    expect(foundCount).toBeGreaterThan(500)
  })

  it.each([
    '{}',
    '{"batch":1}',
    '{"batch":[{}],"batch":[{}]}',
    '{"b\\u0061tch":[{}]}',
    '{"batch":[1]}',
    '{"batch":[{}]}x',
    '{"batch":[{}],"a":}',
    '{"batch":[{}],}',
    '[{"batch":[{}]}]',
    '{"batch":[{}]',
  ])('finds none in %s', (body) => {
    expect(batches.flatten(Buffer.from(body))).toBeUndefined()
  })

  it('lays them out as one that is told where they are, however many they are', () => {
    for (const count of [0, 1, 2, 700, 3, limits.requestEventsMax, 100]) {
      const messages = Array.from(
        { length: count },
        (_, nth) => `{"type":"track","userId":${nth},${nth % 7 === 3 ? '"odd":1,' : ''}"properties":{"a":"${nth}"}}`,
      )
      const body = Buffer.from(`\ufeff{"sentAt":1,"batch":[${messages}]}`)
      const found = batches.flatten(body)!
      const again = flattener.flatten(body, found.starts, undefined)
      expect([found.leftCount, found.rows, found.ends]).toEqual([again.leftCount, again.rows, again.ends])
      if (found.leftCount === 0) expect(found.places).toEqual(again.places)
    }
  })
})
