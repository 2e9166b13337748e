import { limits } from '@millrace/event/limits'
import { JsonFault } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import { expect, test } from 'vitest'
import { scanPythonEvents } from './python-json.ts'

const scanner = openScanner(limits)

function read(text: string, form: 'json' | 'ndjson') {
  const { starts, ends, payload, faults, notes } = scanPythonEvents(scanner, Buffer.from(text), form)
  return {
    events: [...starts].map((start, index) => Buffer.from(payload.subarray(start, ends[index])).toString()),
    faults: faults.map(({ index, code }) => `${index} ${code}`),
    noted: notes.map(({ index }) => index),
  }
}

test('the words outside of texts are null, and their events are noted', () => {
  expect(read('[{"a":1},{"b":NaN,"c":[Infinity, -Infinity]},{"d":"NaN"}]', 'json')).toEqual({
    events: ['{"a":1}', '{"b":null,"c":[null, null]}', '{"d":"NaN"}'],
    faults: [],
    noted: [1],
  })
  expect(read('{"a":-Infinity,"b":"\\"NaN\\\\"}', 'json')).toMatchObject({ events: ['{"a":null,"b":"\\"NaN\\\\"}'] })
})

test('a line that is no JSON for another reason costs itself only, and stays as it came', () => {
  expect(read('{"a":NaN}\n{"b":"NaN}\n{"c":-Infinity}\n{"d":NaNNaN}\n{"e":1}', 'ndjson')).toEqual({
    events: ['{"a":null}', '{"b":"NaN}', '{"c":null}', '{"d":NaNNaN}', '{"e":1}'],
    faults: ['1 invalid_json', '3 invalid_json'],
    noted: [0, 2],
  })
})

test('a body without them is not copied', () => {
  const body = Buffer.from('[{"a":1}]')
  expect(scanPythonEvents(scanner, body, 'json').payload).toBe(body)
  const lines = Buffer.from('{"a":1}\n{oops}')
  expect(scanPythonEvents(scanner, lines, 'ndjson').payload).toBe(lines)
})

test('what is no JSON with null in their place either is refused as before', () => {
  expect(() => read('[{"a":NaN},]', 'json')).toThrow(JsonFault)
  expect(() => read('[{"a":nan}]', 'json')).toThrow(JsonFault)
  expect(() => read('NaN', 'json')).toThrow(JsonFault)
  expect(read('[NaN,{}]', 'json')).toEqual({ events: ['null', '{}'], faults: ['0 not_an_object'], noted: [] })
})
