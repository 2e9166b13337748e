import { limits } from '@millrace/event/limits'
import { JsonFault } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import { describe, expect, test } from 'vitest'
import { MillraceError } from '../../errors.ts'
import type { RequestHead } from '../protocol.ts'
import { native } from './native.ts'
import { accessTo, eventsOf, headOf, inputOf, requestOf } from './request.fixture.ts'

function decode(
  text: string,
  { type, contentType = 'application/json' }: { type?: string; contentType?: string } = {},
) {
  const params = type === undefined ? {} : { type }
  return native.decode(requestOf(text, { params, headers: { 'content-type': contentType }, scanner }))
}

const scanner = openScanner(limits)

const events = (text: string, contentType?: string) =>
  eventsOf(decode(text, contentType === undefined ? {} : { contentType }))

describe('bare data, its type in the path', () => {
  test('one object, an array and lines are found by their places', () => {
    expect(decode(' {"a":1} ', { type: 't' })).toMatchObject({
      types: ['t'],
      starts: Uint32Array.of(1),
      ends: Uint32Array.of(8),
    })
    const array = decode('[{"a":1},{"b":[]}]', { type: 't' })
    expect([array.starts, array.ends]).toEqual([Uint32Array.of(1, 9), Uint32Array.of(8, 17)])
    expect(array).not.toHaveProperty('faults')
    expect(array).not.toHaveProperty('typeIndex')
    expect(decode('{}\r\n\n{"b":2}', { type: 't', contentType: 'application/x-ndjson' }).starts).toHaveLength(2)
    expect(decode('[]', { type: 't' }).starts).toHaveLength(0)
  })

  test('a bad line and an element that is no object cost themselves only', () => {
    const lines = decode('{"a":1}\n{oops}\n{"b":2}', { type: 't', contentType: 'application/x-ndjson; charset=utf-8' })
    expect(lines.faults).toEqual([{ index: 1, code: 'invalid_json', message: expect.stringMatching(/line 2$/) }])
    expect(decode('[1,{},null]', { type: 't' }).faults).toMatchObject([
      { index: 0, code: 'not_an_object' },
      { index: 2, code: 'not_an_object' },
    ])
  })

  const whole: [string, string, string][] = [
    ['nothing', '', 'invalid_json'],
    ['a scalar', '42', 'not_an_object'],
    ['half an object', '{"a":', 'invalid_json'],
    ['a literal NaN', '{"a":NaN}', 'invalid_json'],
    ['two objects', '{}{}', 'invalid_json'],
    ['depth', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, 'too_deep'],
    ['one object with a long key', `{"${'k'.repeat(1025)}":1}`, 'event_too_large'],
    ['one object with many keys', `{${Array.from({ length: 1001 }, (_, i) => `"${i}":1`).join()}}`, 'event_too_large'],
    ['one large object', `{"a":"${'x'.repeat(limits.eventBytesMax)}"}`, 'event_too_large'],
  ]
  test.each(whole)('%s is a bad request', (_, text, code) => {
    expect(() => decode(text, { type: 't' })).toThrow(expect.objectContaining({ code }))
  })

  test('one event too many is refused by the scanner as a whole', () => {
    expect(() => decode(`[${'{},'.repeat(2000)}{}]`, { type: 't' })).toThrow(JsonFault)
    expect(decode(`[${'{},'.repeat(1999)}{}]`, { type: 't' }).starts).toHaveLength(2000)
  })
})

describe('envelopes', () => {
  test('type, data, id and time are read, in any order and spacing; data stays as it came', () => {
    const text = `[{"type":"a","data":{"x": 1.0}},
      { "data" : {"x":2} , "time" : 1700000000123.9 , "id" : "é\\n" , "type" : "b" },
      {"type":"\\u0061","time":"2024-02-29T12:00:00.123456789+01:00","data":{}},
      {"type":"a","id":null,"time":null,"data":{"type":"z"}}]`
    expect(events(text)).toEqual([
      { type: 'a', raw: '{"x": 1.0}' },
      { type: 'b', raw: '{"x":2}', id: 'é\n', time: 1_700_000_000_123 },
      { type: 'a', raw: '{}', time: Date.UTC(2024, 1, 29, 11, 0, 0, 123) },
      { type: 'a', raw: '{"type":"z"}' },
    ])
    expect(decode(text).types).toEqual(['a', 'b'])
  })

  test('lines of one type need no index of types, and no ids or times', () => {
    const lines = decode('{"type":"a","data":{}}\n{"data":{},"type":"a"}\n', { contentType: 'application/x-ndjson' })
    expect(Object.keys(lines).sort()).toEqual(['ends', 'payload', 'starts', 'types'])
  })

  const bad: [string, string, string, RegExp][] = [
    ['no type', '{"data":{}}', 'invalid_request', /"type" is missing/],
    ['no data', '{"type":"t"}', 'invalid_request', /"data" is missing/],
    ['nothing at all', '{}', 'invalid_request', /missing/],
    ['a type that is a number', '{"type":1,"data":{}}', 'invalid_event_type', /"type"/],
    ['an empty type', '{"type":"","data":{}}', 'invalid_event_type', /"type"/],
    ['a type with a NUL', '{"type":"a\\u0000","data":{}}', 'invalid_event_type', /"type"/],
    ['a type with a lone surrogate', '{"type":"\\ud800","data":{}}', 'invalid_event_type', /"type"/],
    ['a type of 129 characters', `{"type":"${'t'.repeat(129)}","data":{}}`, 'invalid_event_type', /"type"/],
    ['a type of 10,000 characters', `{"type":"${'t'.repeat(10_000)}","data":{}}`, 'invalid_event_type', /"type"/],
    ['a type that is an object', '{"type":{"a":1},"data":{}}', 'invalid_event_type', /"type"/],
    ['data that is an array', '{"type":"t","data":[]}', 'not_an_object', /"data"/],
    ['data that is text', '{"type":"t","data":"{}"}', 'not_an_object', /"data"/],
    ['data that is null', '{"type":"t","data":null}', 'not_an_object', /"data"/],
    ['an id that is a number', '{"type":"t","data":{},"id":7}', 'invalid_request', /"id"/],
    ['an empty id', '{"type":"t","data":{},"id":""}', 'invalid_request', /"id"/],
    ['an id of 129 characters', `{"type":"t","data":{},"id":"${'i'.repeat(129)}"}`, 'invalid_request', /"id"/],
    ['an id with a lone surrogate', '{"type":"t","data":{},"id":"\\udfff"}', 'invalid_request', /"id"/],
    ['a time that is no time', '{"type":"t","data":{},"time":"now"}', 'invalid_event_time', /"time"/],
    ['a day that is none', '{"type":"t","data":{},"time":"2023-02-29"}', 'invalid_event_time', /"time"/],
    ['a leap second', '{"type":"t","data":{},"time":"2016-12-31T23:59:60Z"}', 'invalid_event_time', /"time"/],
    ['the year 300,000', '{"type":"t","data":{},"time":9404640000000000}', 'invalid_event_time', /"time"/],
    ['the year 0', '{"type":"t","data":{},"time":-62135596800001}', 'invalid_event_time', /"time"/],
    ['a time of 1e400', '{"type":"t","data":{},"time":1e400}', 'invalid_event_time', /"time"/],
    ['a time that is true', '{"type":"t","data":{},"time":true}', 'invalid_event_time', /"time"/],
    ['a time that is a list', '{"type":"t","data":{},"time":[1]}', 'invalid_event_time', /"time"/],
    ['an unknown member', '{"type":"t","data":{},"user":"x"}', 'invalid_request', /"user"/],
    ['an unknown member first', '{"user":{"a":[1]},"type":"t","data":{}}', 'invalid_request', /"user"/],
    ['an unknown member with quotes', '{"a\\"b\\\\":1,"type":"t","data":{}}', 'invalid_request', /"a\\"b\\\\"/],
    ['__proto__ as a member', '{"__proto__":{},"type":"t","data":{}}', 'invalid_request', /"__proto__"/],
    ['a member twice', '{"type":"t","data":{"a":1},"data":{"a":2}}', 'invalid_request', /"data" twice/],
  ]
  test.each(bad)('%s costs its event only, which is kept whole', (_, envelope, code, message) => {
    const good = '{"type":"ok","data":{"n":1},"id":"i"}'
    const [first, second, third] = events(`[${good}, ${envelope} ,${good}]`)
    expect(first).toEqual({ type: 'ok', raw: '{"n":1}', id: 'i' })
    expect(second).toMatchObject({ raw: envelope, code, message: expect.stringMatching(message) })
    expect(third).toEqual(first)
    expect(events(envelope)).toMatchObject([{ raw: envelope, code }])
  })

  test('the type of a bad envelope is kept where it can be read, so that its events can be found', () => {
    expect(events('[{"type":"t","data":1},{"data":{}}]')).toMatchObject([{ type: 't' }, { type: '' }])
  })

  test('lines that are no JSON stand beside envelopes', () => {
    const found = events(
      '{"type":"a","data":{}}\n{"type":"b","da\n\u0000{"type"\n{"type":"c","data":{}}',
      'application/x-ndjson',
    )
    expect(found.map(({ type, code }) => code ?? type)).toEqual(['a', 'invalid_json', 'invalid_json', 'c'])
    expect(found[1]!.raw).toBe('{"type":"b","da')
  })

  test('the edges of time are times', () => {
    const text =
      '[{"type":"t","data":{},"time":-62135596800000},{"type":"t","data":{},"time":"9999-12-31T23:59:59.999Z"}]'
    expect(events(text)).toMatchObject([{ time: -62_135_596_800_000 }, { time: 253_402_300_799_999 }])
    expect(new Date(-62_135_596_800_000).toISOString()).toBe('0001-01-01T00:00:00.000Z')
  })
})

describe('the head', () => {
  test('a key comes as a bearer token or a header of its own', () => {
    const input = inputOf('native')
    const found = (headers: RequestHead['headers']) =>
      native.authenticate(headOf({ headers }), accessTo([{ text: 'abc', input }]))
    expect(found({ authorization: 'Bearer abc' })).toBe(input)
    expect(found({ authorization: 'bearer  abc' })).toBe(input)
    expect(found({ 'x-millrace-key': 'abc' })).toBe(input)
    for (const authorization of ['abc', 'Basic abc', 'Bearer', 'Bearer ', 'Bearer a b', ''])
      expect(() => found({ authorization })).toThrow(expect.objectContaining({ code: 'unauthenticated' }))
  })

  test('a media type that is not read here, and a path that names no type, are refused before the body', () => {
    const admit = (contentType: string | undefined, type?: string) => () =>
      native.admit!(
        headOf({
          params: type === undefined ? {} : { type },
          headers: contentType === undefined ? {} : { 'content-type': contentType },
        }),
        inputOf('native'),
      )
    for (const contentType of [undefined, '', 'text/plain', 'application/xml', 'application/jsonx'])
      expect(admit(contentType)).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }))
    for (const contentType of ['application/json', 'Application/JSON; charset=UTF-8', 'application/jsonl'])
      expect(admit(contentType)).not.toThrow()
    for (const type of ['', ' a', 'a\u0000', 'x'.repeat(129)])
      expect(admit('application/json', type)).toThrow(expect.objectContaining({ code: 'invalid_event_type' }))
  })
})

describe('the reply', () => {
  test('counts, and tells the first twenty faults', () => {
    expect(native.reply({ accepted: 2, restreamed: 0, duplicates: 0, faults: [], isNewBucket: false })).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"accepted":2,"restreamed":0}',
    })
    const faults = Array.from({ length: 30 }, (_, index) => ({ index, code: 'invalid_json', message: 'm' }))
    const { body } = native.reply({ accepted: 0, restreamed: 30, duplicates: 0, faults, isNewBucket: false })
    expect(JSON.parse(String(body)).faults).toEqual(faults.slice(0, 20))
  })

  test('a refusal is a problem', () => {
    const { status, headers, body } = native.refuse(new MillraceError('unauthenticated', 'No'))
    expect([status, headers['content-type'], headers['www-authenticate']]).toEqual([
      401,
      'application/problem+json',
      'Bearer realm="millrace"',
    ])
    expect(JSON.parse(String(body))).toMatchObject({ code: 'unauthenticated', detail: 'No', status: 401 })
  })
})
