import { limits } from '@millrace/event/limits'
import { openScanner } from '@millrace/json/scanner'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventsOfMessage } from './mqtt-message.ts'
import { eventTypeOf, isFilter, matchesFilter } from './mqtt-topics.ts'

const scanner = openScanner(limits)

function read(payload: string | Buffer, topic = 'a/b', type = 't') {
  const { starts, ends, payload: bytes, types, faults } = eventsOfMessage(scanner, type, topic, Buffer.from(payload))
  const data = [...starts].map((start, index) => JSON.parse(Buffer.from(bytes.subarray(start, ends[index])).toString()))
  return { data, types, ...(faults && { faults }) }
}

test.each([
  ['an object', '{"t":21.5}', [{ topic: 'a/b', t: 21.5 }]],
  ['an empty object', ' { } ', [{ topic: 'a/b' }]],
  ['an array of objects', '[{"n":1},{},{"n":3}]', [{ topic: 'a/b', n: 1 }, { topic: 'a/b' }, { topic: 'a/b', n: 3 }]],
  ['a topic of its own', '{"topic":"mine"}', [{ topic: 'mine' }]],
  ['a number', '21.5', [{ topic: 'a/b', value: 21.5 }]],
  ['true', 'true', [{ topic: 'a/b', value: true }]],
  ['an array of numbers', '[1,2]', [{ topic: 'a/b', value: [1, 2] }]],
  ['an empty array', '[]', [{ topic: 'a/b', value: [] }]],
  ['text', 'ON', [{ topic: 'a/b', value: 'ON' }]],
  ['broken JSON', '{"t":', [{ topic: 'a/b', value: '{"t":' }]],
  ['what would break out of the value', '1,"x":2', [{ topic: 'a/b', value: '1,"x":2' }]],
  ['nothing', '', [{ topic: 'a/b', value: '' }]],
  ['bytes', Buffer.of(0xff, 0xfe), [{ topic: 'a/b', value_base64: '//4=' }]],
])('%s', (_, payload, events) => {
  expect(read(payload).data).toEqual(events)
})

test('a topic that makes no event type costs its events only, which are kept', () => {
  expect(read('{"n":1}', 'a/b', '')).toEqual({
    data: [{ topic: 'a/b', n: 1 }],
    types: [''],
    faults: [{ index: 0, code: 'invalid_event_type', message: 'The topic a/b makes no event type' }],
  })
})

test('any bytes under any topic are events', () => {
  const payload = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(Buffer.from))
  fc.assert(
    fc.property(payload, fc.string({ unit: 'grapheme', minLength: 1 }), (bytes, topic) => {
      for (const event of read(Buffer.from(bytes), topic).data) expect(event).toBeTypeOf('object')
    }),
  )
})

describe('topics', () => {
  test.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/+', true],
    ['a/b', '+/+', true],
    ['a/b', '#', true],
    ['a', 'a/#', true],
    ['a/b/c', 'a/#', true],
    ['a/b/c', 'a/+', false],
    ['a', 'a/+', false],
    ['a/', 'a/+', true],
    ['A/b', 'a/b', false],
    ['$SYS/x', '#', false],
    ['$SYS/x', '+/x', false],
    ['$SYS/x', '$SYS/#', true],
  ])('%s and %s: %s', (topic, filter, matches) => expect(matchesFilter(topic, filter)).toBe(matches))

  test('filters that brokers refuse are known beforehand', () => {
    expect(['a', '#', '+', 'a/+/b', 'a/#', '/'].every(isFilter)).toBe(true)
    expect(['', 'a#', 'a/#/b', 'a+', 'a/b+', 'a\0'].some(isFilter)).toBe(false)
  })

  test('an event type is made of the levels', () => {
    expect(eventTypeOf('home/kitchen/t', 'room_{1}')).toBe('room_kitchen')
    expect(eventTypeOf('home/kitchen/t', '{topic}')).toBe('home/kitchen/t')
    expect(eventTypeOf('home', 'x{7}')).toBe('x')
  })
})
