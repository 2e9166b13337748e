import { expect, test } from 'vitest'
import { accessTo, headOf, inputOf, requestOf } from './request.fixture.ts'
import { webhook } from './webhook.ts'

function decode(text: string, { type, contentType }: { type?: string; contentType?: string } = {}) {
  const { types, starts, ends, payload, faults } = webhook.decode(
    requestOf(text, {
      params: { key: 'k', type },
      headers: contentType === undefined ? {} : { 'content-type': contentType },
    }),
  )
  const raw = [...starts].map((start, index) => Buffer.from(payload.subarray(start, ends[index])).toString())
  return { types, raw, ...(faults === undefined ? {} : { faults }) }
}

test('an object is an event, an array one for each element, whatever the Content-Type says', () => {
  const one = { types: ['webhook'], raw: ['{"a":1}'] }
  for (const contentType of [undefined, 'application/json', 'text/plain', 'application/x-www-form-urlencoded'])
    expect(decode('{"a":1}', contentType === undefined ? {} : { contentType })).toEqual(one)
  expect(decode('[{"a":1},{}]', { type: 'push' })).toEqual({ types: ['push'], raw: ['{"a":1}', '{}'] })
  expect(decode('{"a":1}\n{}\n', { contentType: 'application/x-ndjson' }).raw).toEqual(['{"a":1}', '{}'])
})

test('a form is the JSON in its field payload', () => {
  const form = new URLSearchParams({ payload: '{"text":"a+b & ü"}', x: '1' }).toString()
  expect(decode(form, { contentType: 'application/x-www-form-urlencoded' }).raw).toEqual(['{"text":"a+b & ü"}'])
  expect(() => decode('a=1', { contentType: 'application/x-www-form-urlencoded' })).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  )
})

test('what is no JSON object is refused alone and set aside among others', () => {
  for (const text of ['1', '"a"', 'null'])
    expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'not_an_object' }))
  expect(decode('[{},1]').faults).toMatchObject([{ index: 1, code: 'not_an_object' }])
})

test('the path holds the key and perhaps the type', () => {
  const input = inputOf('webhook')
  const access = accessTo([{ text: 'k', input }])
  expect(webhook.authenticate(headOf({ params: { key: 'k' } }), access)).toBe(input)
  expect(() => webhook.admit!(headOf({ params: { key: 'k' } }), input)).not.toThrow()
  expect(() => webhook.admit!(headOf({ params: { key: 'k', type: 'a\u0000' } }), input)).toThrow(
    expect.objectContaining({ code: 'invalid_event_type' }),
  )
})
