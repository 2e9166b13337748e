import { limits } from '@millrace/event/limits'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openJsScanner } from './scan-js.ts'
import { openTextReader } from './texts.ts'
import { openJsUnescaper } from './unescape-js.ts'

const bounds = { ...limits, depthMax: 4, eventBytesMax: 200, requestEventsMax: 5 }
const reader = openTextReader(bounds)!
const scanner = openJsScanner(bounds)
const unescaper = openJsUnescaper()

/** The records of a text within a body, as they stand in the payload. */
function recordsIn(text: string): string[] | undefined {
  const body = Buffer.from(`{"data":${JSON.stringify(text)},"more":1}`)
  reader.hold([Buffer.from(body)])
  const { text: read, end } = reader.string(8)!
  expect(Buffer.from(read).toString()).toBe(text)
  expect(body.toString('latin1', end)).toBe(',"more":1}')
  const found = reader.records()
  const payload = Buffer.from(found?.payload ?? '')
  return found && Array.from(found.starts, (start, index) => payload.toString('utf8', start, found.ends[index]))
}

/** Undefined where there are too many. */
function scannedLines(text: Uint8Array) {
  try {
    return scanner.scan(text, 'ndjson')
  } catch {
    return undefined
  }
}

describe('the reader of texts', () => {
  it.each([
    ['[{"a":1},{"b":"\\"ü\\n"}]', ['{"a":1}', '{"b":"\\"ü\\n"}']],
    [' [\n{"a":1} ,\t{"b":[]}\r\n] ', ['{"a":1}', '{"b":[]}']],
    ['["{\\"a\\":1}","{\\"b\\": \\"\\\\\\"\\"}"]', ['{"a":1}', '{"b": "\\""}']],
    [' [ " {\\"a\\":1} " ] ', ['{"a":1}']],
    ['[]', []],
    ['{"a":1}', ['{"a":1}']],
  ])('finds the records of %s', (text, records) => {
    expect(recordsIn(text)).toEqual(records)
  })

  it.each([
    ['no JSON', '[{"a":1},{"b"}]'],
    ['another thing than objects', '[{"a":1},2]'],
    ['a text that is no object', '["{}","[]"]'],
    ['an empty text', '["{}",""]'],
    ['objects and texts', '[{"a":1},"{}"]'],
    ['texts and objects', '["{}",{"a":1}]'],
    ['a text of two lines', '["{\\n}"]'],
    ['a text of two objects', '["{}{}"]'],
    ['a text with something behind it', '["{}"] 1'],
    ['something behind the array', '[{}] {}'],
    ['too many', '[{},{},{},{},{},{}]'],
    ['too many texts', '["{}","{}","{}","{}","{}","{}"]'],
    ['too deep a record', '[{"a":[[[[]]]]}]'],
    ['too long a record', `[{"a":"${'x'.repeat(200)}"}]`],
    ['nothing', ''],
  ])('leaves to others what has %s', (_, text) => {
    expect(recordsIn(text)).toBeUndefined()
  })

  it.each(['"a', '"\\x"', '"\n"', 'null', ''])('reads nothing where there is no string: %s', (token) => {
    reader.hold([Buffer.from(token)])
    expect(reader.string(0)).toBeUndefined()
    expect(reader.records()).toBeUndefined()
  })

  it('tells the records of a text once', () => {
    recordsIn('[{}]')
    expect(reader.records()).toBeUndefined()
  })

  it('is not confused by what it read before, larger or smaller', () => {
    const large = JSON.stringify([{ a: 'x'.repeat(190) }, { a: 'y'.repeat(190) }])
    for (let turn = 0; turn < 3; turn++) {
      expect(recordsIn(large)!.length).toBe(2)
      expect(recordsIn('["{}"]')).toEqual(['{}'])
      expect(recordsIn('[{"a":"')).toBeUndefined()
    }
  })

  it('reads and finds what the scanner and the unescaper in JavaScript do, of any bytes', () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom({}, { a: 'ü"\\' }))
    const element = fc.oneof(
      value,
      value.map((inside) => JSON.stringify(inside)),
    )
    const change = fc.record({ at: fc.nat(), byte: fc.constantFrom(...Buffer.from('"\\{}[],:n \n1')) })
    fc.assert(
      fc.property(fc.array(element, { maxLength: 6 }), fc.array(change, { maxLength: 2 }), (elements, changes) => {
        const body = Buffer.from(JSON.stringify(JSON.stringify(elements)))
        for (const { at, byte } of changes) if (body[at % body.length]! < 0x80) body[at % body.length] = byte
        const wanted = unescaper.string(body, 0)
        reader.hold([Buffer.from(body)])
        const read = reader.string(0)
        expect(read && { text: Buffer.from(read.text), end: read.end }).toEqual(
          wanted && { text: Buffer.from(wanted.text), end: wanted.end },
        )
        const found = wanted && reader.records()
        if (found === undefined) return
        const lines = unescaper.lines(wanted!.text)
        const records = lines === undefined ? scanner.scan(wanted!.text, 'json') : scanner.scan(lines.text, 'ndjson')
        expect(records.faults).toEqual([])
        expect({ ...found, payload: Buffer.from(found.payload).toString() }).toEqual({
          starts: records.starts,
          ends: records.ends,
          payload: Buffer.from(lines?.text ?? wanted!.text).toString(),
        })
      }),
      { numRuns: 2000 },
    )
  })

  const lines = '%7B%22a%22%3A+%22%C3%BC%22%7D\n\n%7B%22b%22%3A%5B%5D%7D\n'

  it('reads a field of lines, whatever pieces the body came in', () => {
    const body = Buffer.from(`x=${lines}&y=1`)
    for (let at = 0; at <= body.length; at++) {
      reader.hold([body.subarray(0, at), body.subarray(at)].map((piece) => Buffer.from(piece)))
      expect(Buffer.from(reader.field(2, body.length - 4)).toString()).toBe('{"a": "ü"}\n\n{"b":[]}\n')
      const { payload, starts, ends } = reader.recordsOfLines()!
      expect([Buffer.from(payload).toString(), [...starts], [...ends]]).toEqual([
        '{"a": "ü"}\n\n{"b":[]}\n',
        [0, 13],
        [11, 21],
      ])
      expect(reader.recordsOfLines()).toBeUndefined()
    }
  })

  it('reads lines of a field as the scanner and the unescaper in JavaScript do, of any bytes', () => {
    const change = fc.record({
      at: fc.nat(),
      byte: fc.oneof(fc.constantFrom(...Buffer.from('%&+\n{}"7F ')), fc.nat(255)),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 4 }), fc.nat(), fc.nat(), (changes, start, split) => {
        const body = Buffer.from(`${lines}${'%20'.repeat(30)}${lines}`)
        for (const { at, byte } of changes) body[at % body.length] = byte
        const [from, at] = [start % 40, split % body.length]
        const wanted = Buffer.from(unescaper.field(Buffer.from(body), from, body.length))
        const records = scannedLines(wanted)
        reader.hold([Buffer.from(body.subarray(0, at)), Buffer.from(body.subarray(at))])
        expect(Buffer.from(reader.field(from, body.length))).toEqual(wanted)
        const found = reader.recordsOfLines()
        // What the reader has not proved is read once more, so a field that it held has to be there still.
        expect(Buffer.from(reader.field(from, body.length))).toEqual(wanted)
        if (found === undefined) {
          expect(records?.faults.length ?? 1).toBeGreaterThan(0)
          return
        }
        expect(records).toMatchObject({ starts: found.starts, ends: found.ends, faults: [] })
        expect(Buffer.from(found.payload)).toEqual(wanted)
      }),
      { numRuns: 2000 },
    )
  })
})
