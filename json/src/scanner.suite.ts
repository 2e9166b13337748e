/** What any scanner must do: see `records.ts`. */
import { limits } from '@millrace/event/limits'
import { describe, expect, it } from 'vitest'
import { invalidUtf8, validUtf8 } from './corpus/encodings.ts'
import { naughtyTexts } from './corpus/naughty.ts'
import { invalidValues, validValues } from './corpus/values.ts'
import { JsonFault, type RecordLimits, type RecordScanner, type Records } from './records.ts'

type Open = (limits: RecordLimits) => RecordScanner

export function testScanner(open: Open): void {
  const scanner = open(limits)
  describe('of the corpus', () => testCorpus(scanner))
  describe('of one JSON text', () => testJson(scanner))
  describe('of NDJSON', () => testNdjson(scanner))
  describe('of the limits', () => testLimits(open))
}

function testCorpus(scanner: RecordScanner): void {
  it('has enough to say something', () => {
    expect(validValues.length + validUtf8.length).toBeGreaterThanOrEqual(90)
    expect(invalidValues.length + invalidUtf8.length).toBeGreaterThanOrEqual(180)
  })

  it.each(validValues)('takes the value %j', (value) => {
    const object = `{"v":${value}}`
    expect(cut(object, scanner.scan(Buffer.from(object), 'json'))).toEqual([object])
    expect(cut(`[${object}, ${object}]`, scanner.scan(Buffer.from(`[${object}, ${object}]`), 'json'))).toEqual([
      object,
      object,
    ])
    const line = object.replace(/[\n\r]/g, ' ')
    const lines = `${line}\r\n{"w":1}\n${line}`
    expect(cut(lines, scanner.scan(Buffer.from(lines), 'ndjson'))).toEqual([line, '{"w":1}', line])
  })

  it.each(invalidValues)('refuses the value %j', (value) => {
    for (const body of [`{"v":${value}}`, `[{"v":${value}},{"w":1}]`, `[{"v":[0,${value}]}]`]) {
      expect(() => JSON.parse(body)).toThrow(SyntaxError)
      expect(faultOf(() => scanner.scan(Buffer.from(body), 'json')).code).toBe('invalid_json')
    }
    if (value.includes('\n')) return
    const { count, faults } = scanner.scan(Buffer.from(`{"w":1}\n{"v":${value}}\n{"w":2}`), 'ndjson')
    expect({ count, faults }).toMatchObject({ count: 3, faults: [{ index: 1, code: 'invalid_json' }] })
  })

  it.each(validUtf8)('takes the bytes %s in texts and keys', (hex) => {
    for (const body of withBytes(hex)) expect(scanner.scan(body, 'json').faults).toEqual([])
  })

  it.each(invalidUtf8)('refuses the bytes %s in texts and keys, at the first of them that is wrong', (hex) => {
    for (const body of withBytes(hex)) {
      const found = faultOf(() => scanner.scan(body, 'json'))
      expect(found.code).toBe('invalid_utf8')
      expect(isUtf8UpTo(body, found.at)).toBe(true)
      const lines = Buffer.concat([Buffer.from('{"w":1}\n'), body, Buffer.from('\n{"w":"é"}')])
      const { count, faults } = scanner.scan(lines, 'ndjson')
      expect({ count, faults }).toMatchObject({ count: 3, faults: [{ index: 1, code: 'invalid_utf8' }] })
    }
  })

  it.each(naughtyTexts)('takes %j as a key and as a value', (text) => {
    const object = JSON.stringify({ [text]: text, list: [text, { [text]: null }] })
    const body = `[${object},${object}]`
    expect(cut(body, scanner.scan(Buffer.from(body), 'json'))).toEqual([object, object])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
}

function testJson(scanner: RecordScanner): void {
  it.each([
    ['{}', ['{}']],
    [' \n{"a":1}\r\n\t ', ['{"a":1}']],
    ['[]', []],
    [' [ ] ', []],
    ['[{"a":1},{"b":[{}]} , {} ]', ['{"a":1}', '{"b":[{}]}', '{}']],
    ['\ufeff{"a":1}', ['{"a":1}']],
    ['\ufeff [{"a":1}]', ['{"a":1}']],
  ])('finds the records of %j', (body, records) => {
    expect(cut(body, scanner.scan(Buffer.from(body), 'json'))).toEqual(records)
  })

  it('marks elements that are no objects, and keeps the others', () => {
    const body = '[{"a":1},1,"x",null,true,[{}],{"b":2},-0.5]'
    const records = scanner.scan(Buffer.from(body), 'json')
    expect(cut(body, records)).toEqual(['{"a":1}', '1', '"x"', 'null', 'true', '[{}]', '{"b":2}', '-0.5'])
    expect(records.faults).toEqual([
      { index: 1, code: 'not_an_object', message: 'expected an object, found a number at byte 9' },
      { index: 2, code: 'not_an_object', message: 'expected an object, found a string at byte 11' },
      { index: 3, code: 'not_an_object', message: 'expected an object, found null at byte 15' },
      { index: 4, code: 'not_an_object', message: 'expected an object, found a boolean at byte 20' },
      { index: 5, code: 'not_an_object', message: 'expected an object, found an array at byte 25' },
      { index: 7, code: 'not_an_object', message: 'expected an object, found a number at byte 38' },
    ])
  })

  it.each([
    ['', 'invalid_json', 0, 'the body is empty: expected a JSON object or an array of them, at byte 0'],
    [' \n', 'invalid_json', 2, 'the body is empty: expected a JSON object or an array of them, at byte 2'],
    ['\ufeff', 'invalid_json', 3, 'the body is empty: expected a JSON object or an array of them, at byte 3'],
    ['\ufeff\ufeff{}', 'invalid_json', 3, 'expected a value, found byte 0xef at byte 3'],
    ['null', 'not_an_object', 0, 'expected an object, found null at byte 0'],
    [' 1.5', 'not_an_object', 1, 'expected an object, found a number at byte 1'],
    ['"text"', 'not_an_object', 0, 'expected an object, found a string at byte 0'],
    ['nul', 'invalid_json', 3, 'expected "null", found the end at byte 3'],
    [
      '{"a":1}{"a":2}',
      'invalid_json',
      7,
      'expected the end of the body (several objects need an array, or NDJSON), found "{" at byte 7',
    ],
    ['{"a":1', 'invalid_json', 6, 'expected "," or "}" after a value, found the end at byte 6'],
    ['{"a" 1}', 'invalid_json', 5, 'expected ":" after a key, found "1" at byte 5'],
    ['{,}', 'invalid_json', 1, 'expected "}" or a key in quotes, found "," at byte 1'],
    ['{"a":1,}', 'invalid_json', 7, 'expected a key in quotes, found "}" at byte 7'],
    ['[{},]', 'invalid_json', 4, 'expected a value, found "]" at byte 4'],
    ['[{} {}]', 'invalid_json', 4, 'expected "," or "]" after an element, found "{" at byte 4'],
    ['{"a":[1 2]}', 'invalid_json', 8, 'expected "," or "]" after an element, found "2" at byte 8'],
    ['{"a":01}', 'invalid_json', 6, 'expected "," or "}" after a value, found "1" at byte 6'],
    ['{"a":1.}', 'invalid_json', 7, 'expected a digit, found "}" at byte 7'],
    ['{"a":"\\q"}', 'invalid_json', 7, 'expected one of "\\/bfnrtu after a backslash, found "q" at byte 7'],
    ['{"a":"\\u00x1"}', 'invalid_json', 10, 'expected four hexadecimal digits after \\u, found "x" at byte 10'],
    ['{"a":"b\n"}', 'invalid_json', 7, 'unescaped control character byte 0x0a in a string at byte 7'],
    ['{"a":"b', 'invalid_json', 7, "expected a string's closing quote, found the end at byte 7"],
    ['{"a":é}', 'invalid_json', 5, 'expected a value, found byte 0xc3 at byte 5'],
    ['{"a":"', 'invalid_json', 6, "expected a string's closing quote, found the end at byte 6"],
  ])('says what is wrong with %j', (body, code, at, message) => {
    expect(faultOf(() => scanner.scan(Buffer.from(body), 'json'))).toMatchObject({ code, at, message })
  })

  it('refuses UTF-16 and UTF-32', () => {
    for (const body of [Buffer.from('\ufeff{"a":1}', 'utf16le'), Buffer.from('\ufeff{"a":1}', 'utf16le').swap16()]) {
      expect(faultOf(() => scanner.scan(body, 'json'))).toMatchObject({ code: 'invalid_utf8', at: 0 })
    }
    expect(faultOf(() => scanner.scan(Buffer.from('{"a":1}', 'utf16le'), 'json'))).toMatchObject({
      code: 'invalid_json',
      at: 1,
    })
  })
}

function testNdjson(scanner: RecordScanner): void {
  it.each([
    ['', []],
    ['\n\n', []],
    ['\ufeff', []],
    ['{"a":1}', ['{"a":1}']],
    ['{"a":1}\n', ['{"a":1}']],
    ['{"a":1}\r\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
    ['\n \n\t\r\n{"a":1}\n\n\n {"b":2} \n \n', ['{"a":1}', '{"b":2}']],
    ['\ufeff{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ['{"a":\r1}\n{"b":"\u2028"}', ['{"a":\r1}', '{"b":"\u2028"}']],
  ])('finds the records of %j', (body, records) => {
    const found = scanner.scan(Buffer.from(body), 'ndjson')
    expect(cut(body, found)).toEqual(records)
    expect(found.faults).toEqual([])
  })

  it('keeps a bad line whole, says which it is, and spares its neighbours', () => {
    const body = '{"a":1}\r\n\r\n {"a":"x\r\n[{"a":1}] \n{"b":2}{}\n{"c":3}\n"text"\nnul'
    const records = scanner.scan(Buffer.from(body), 'ndjson')
    expect(cut(body, records)).toEqual(['{"a":1}', ' {"a":"x', '[{"a":1}] ', '{"b":2}{}', '{"c":3}', '"text"', 'nul'])
    expect(records.faults).toEqual([
      {
        index: 1,
        code: 'invalid_json',
        message: "expected a string's closing quote, found the end at byte 8 of line 3",
      },
      { index: 2, code: 'not_an_object', message: 'expected an object, found an array at byte 0 of line 4' },
      { index: 3, code: 'invalid_json', message: 'expected the end of the line, found "{" at byte 7 of line 5' },
      { index: 5, code: 'not_an_object', message: 'expected an object, found a string at byte 0 of line 7' },
      { index: 6, code: 'invalid_json', message: 'expected "null", found the end at byte 3 of line 8' },
    ])
  })

  it('treats an object over several lines as as many faults', () => {
    expect(scanner.scan(Buffer.from('{\n"a":1\n}'), 'ndjson').faults.map(({ index }) => index)).toEqual([0, 1, 2])
  })

  it('skips one byte order mark at the start of the body, and none elsewhere', () => {
    const { faults } = scanner.scan(Buffer.from('\ufeff\ufeff{}\n{}\n\ufeff{}\n{}'), 'ndjson')
    expect(faults).toEqual([
      { index: 0, code: 'invalid_json', message: 'expected a value, found byte 0xef at byte 0 of line 1' },
      { index: 2, code: 'invalid_json', message: 'expected a value, found byte 0xef at byte 0 of line 3' },
    ])
  })
}

function testLimits(open: Open): void {
  const tight: RecordLimits = { depthMax: 3, eventBytesMax: 40, requestEventsMax: 3, keyBytesMax: 4, objectKeysMax: 2 }
  const scanner = open(tight)
  const pad = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`

  it.each([
    [pad(41), 'event_too_large', 'an event of 41 bytes, at most 40 are allowed, at byte 1'],
    ['{"abcde":1}', 'key_too_long', 'a key of 5 bytes, at most 4 are allowed, at byte 2'],
    ['{"\\u0061":1}', 'key_too_long', 'a key of 6 bytes, at most 4 are allowed, at byte 2'],
    ['{"a":{"ééé":1}}', 'key_too_long', 'a key of 6 bytes, at most 4 are allowed, at byte 7'],
    ['{"a":1,"b":2,"c":3}', 'too_many_keys', 'an object of more than 2 keys at byte 14'],
    ['{"a":"1","b":"2","c":"3"}', 'too_many_keys', 'an object of more than 2 keys at byte 18'],
    ['{"a":"1","a":"2","a":"3"}', 'too_many_keys', 'an object of more than 2 keys at byte 18'],
    ['{"a":[{},{"a":1,"b":2,"c":3}]}', 'too_many_keys', 'an object of more than 2 keys at byte 23'],
    ['{"a":{"b":1,"c":2},"d":3,"e":4}', 'too_many_keys', 'an object of more than 2 keys at byte 26'],
  ])('sets %s aside, not its neighbours', (record, code, message) => {
    const fault = { index: 1, code, message: message.replace(/\d+$/, (at) => String(Number(at) + 3)) }
    expect(scanner.scan(Buffer.from(`[{},${record},{}]`), 'json')).toMatchObject({ count: 3, faults: [fault] })
    expect(scanner.scan(Buffer.from(`{}\n${record}\n{}`), 'ndjson')).toMatchObject({
      count: 3,
      faults: [{ index: 1, code, message: message.replace(/\d+$/, (at) => `${Number(at) - 1} of line 2`) }],
    })
    expect(scanner.scan(Buffer.from(record), 'json')).toMatchObject({ count: 1, faults: [{ index: 0, code }] })
  })

  it('lets pass what just fits', () => {
    const body = `[${pad(40)},{"abcd":{"a":[]}},{"a":{"a":1,"b":2},"b":{"a":1,"b":2}}]`
    expect(scanner.scan(Buffer.from(body), 'json')).toMatchObject({ count: 3, faults: [] })
  })

  it('counts depth from the event, not from the array around events', () => {
    expect(scanner.scan(Buffer.from('[{"a":[[]]}]'), 'json').faults).toEqual([])
    expect(faultOf(() => scanner.scan(Buffer.from('[{"a":[[[]]]}]'), 'json'))).toMatchObject({
      code: 'too_deep',
      message: 'nested deeper than 3 levels at byte 8',
    })
    expect(scanner.scan(Buffer.from('{}\n{"a":[[{}]]}\n{}'), 'ndjson')).toMatchObject({
      count: 3,
      faults: [{ index: 1, code: 'too_deep', message: 'nested deeper than 3 levels at byte 7 of line 2' }],
    })
  })

  it('does not recurse, however deep the text', () => {
    const body = Buffer.from('{"a":'.repeat(100_000))
    expect(faultOf(() => scanner.scan(body, 'json')).code).toBe('too_deep')
    expect(faultOf(() => scanner.scan(Buffer.from('['.repeat(1_000_000)), 'json')).code).toBe('too_deep')
  })

  it('refuses a body of too many records, faulty ones counted and blank lines not', () => {
    expect(scanner.scan(Buffer.from('[{},1,{}]'), 'json').count).toBe(3)
    expect(scanner.scan(Buffer.from('{}\n\n\n1\n{}\n\n'), 'ndjson').count).toBe(3)
    const fault = { code: 'too_many_records', message: 'more than 3 events in one request: the next one is at byte 10' }
    expect(faultOf(() => scanner.scan(Buffer.from('[{},1, {}, {}'), 'json'))).toMatchObject({
      ...fault,
      message: fault.message.replace('10', '11'),
    })
    expect(faultOf(() => scanner.scan(Buffer.from('{}\n\n1\n{}\n\n{}'), 'ndjson'))).toMatchObject({ ...fault, at: 10 })
  })
}

function faultOf(run: () => unknown): JsonFault {
  try {
    run()
  } catch (error) {
    if (error instanceof JsonFault) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}

/** The records as text. */
function cut(body: string, { count, starts, ends }: Records): string[] {
  return Array.from({ length: count }, (_, index) => Buffer.from(body).subarray(starts[index], ends[index]).toString())
}

/** Bodies with these bytes in a text or a key, also at places where a block of 16 or 64 bytes ends. */
function withBytes(hex: string): Buffer[] {
  const bytes = Buffer.from(hex, 'hex')
  const around = [
    ['{"a":"', '"}'],
    ['{"', '":1}'],
    ['{"a":"b","c":"', '"}'],
    ...[1, 7, 8, 9, 55, 56, 57].map((length) => [`{"a":"${'x'.repeat(length)}`, 'y"}']),
  ]
  return around.map(([before, after]) => Buffer.concat([Buffer.from(before!), bytes, Buffer.from(after!)]))
}

function isUtf8UpTo(body: Buffer, at: number): boolean {
  return body.subarray(0, at).equals(Buffer.from(body.subarray(0, at).toString()))
}
