import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { naughtyTexts } from './corpus/naughty.ts'
import { openUnescaper } from './unescape.ts'
import { openJsUnescaper } from './unescape-js.ts'
import { openWasmUnescaper } from './unescape-wasm.ts'
import type { Unescaper } from './unescaper.ts'

describe('the unescaper in WebAssembly', () => testUnescaper(openWasmUnescaper()))
describe('the unescaper in JavaScript', () => testUnescaper(openJsUnescaper()))

function testUnescaper(unescaper: Unescaper): void {
  const string = (body: string, start = 0) => {
    const found = unescaper.string(Buffer.from(body), start)
    return found && { text: textOf(found.text), end: found.end }
  }
  const lines = (body: string) => {
    const found = unescaper.lines(Buffer.from(body))
    return found && { text: textOf(found.text), count: found.count }
  }
  const field = (body: string, start = 0, end = Buffer.byteLength(body)) =>
    textOf(unescaper.field(Buffer.from(body), start, end))

  it.each([
    ['""', '', 2],
    ['"a", 1', 'a', 3],
    [String.raw`"\"\\\/\b\f\n\r\t"`, '"\\/\b\f\n\r\t', 18],
    [String.raw`"\u0041\u00e9\uFFfd\u0000"`, 'Aé\ufffd\0', 26],
    [String.raw`"\ud83d\ude00"`, '😀', 14],
    [String.raw`"\ud800"`, '\ufffd', 8],
    [String.raw`"\udc00\ud800\ud83d\ude00x"`, '\ufffd\ufffd😀x', 27],
    [String.raw`"\ud800\u0041"`, '\ufffdA', 14],
    ['"é😀"', 'é😀', 8],
  ])('a string %s is unescaped', (body, text, end) => {
    expect(string(body)).toEqual({ text, end })
    expect(string(`x${body}`, 1)).toEqual({ text, end: end + 1 })
  })

  it.each([
    '',
    '"',
    '"a',
    'a"',
    '"\\"',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '"\n"',
    '"\t"',
    '"\0"',
    '1',
    '{}',
    '"\\u"',
    '"\\',
  ])('no string: %j', (body) => {
    expect(string(body)).toBeUndefined()
  })

  it.each([
    ['["a"]', 'a\n', 1],
    [' [ "a" ,\r\n"b\\"" ] \n', 'a\nb"\n', 2],
    ['["",""]', '\n\n', 2],
  ])('strings of the array %j are lines', (body, text, count) => {
    expect(lines(body)).toEqual({ text, count })
  })

  it.each([
    '',
    '[',
    '[]',
    '["a"',
    '["a",]',
    '["a"]x',
    '["a" "b"]',
    '["a",1]',
    '[1]',
    '{}',
    '["a\\n"]',
    '["\\u000A"]',
    '"a"',
    '[["a"]]',
  ])('no array of strings that are lines: %j', (body) => {
    expect(lines(body)).toBeUndefined()
  })

  it.each([
    ['', ''],
    ['a+b%20c', 'a b c'],
    ['%7B%22a%22%3A%C3%A9%7d', '{"a":é}'],
    ['%', '%'],
    ['%4', '%4'],
    ['%zz%4g%%41', '%zz%4g%A'],
    ['a\n\nb', 'a\n\nb'],
    ['%0A%00+', '\n\0 '],
  ])('a field %j says %j', (body, text) => {
    expect(field(body)).toBe(text)
  })

  it('a field is decoded in every place of a block, whole escapes and broken ones', () => {
    for (let length = 0; length < 40; length++) {
      const before = 'x'.repeat(length)
      for (const [written, meant] of [
        ['%41%42%43', 'ABC'],
        ['%4%41%', '%4A%'],
        ['%41+%zz%42', 'A %zzB'],
        ['%%41+', '%A '],
      ]) {
        const text = `${before}${written}${'y'.repeat(30)}${written}`
        expect(field(text)).toBe(`${before}${meant}${'y'.repeat(30)}${meant}`)
      }
    }
  })

  it('a field is decoded where it stands, and its neighbours stay', () => {
    const body = Buffer.from('a=%41%42+&b=%43')
    expect(textOf(unescaper.field(body, 2, 9))).toBe('AB ')
    expect(textOf(body)).toMatch(/^a=AB .{4}&b=%43$/)
  })

  it('a field ends where it is said to', () => {
    expect(field('x=a%41+&y=%42', 2, 7)).toBe('aA ')
    expect(field('a%41', 0, 3)).toBe('a%4')
    expect(field('a%41', 0, 2)).toBe('a%')
    expect(field('a+++', 0, 2)).toBe('a ')
  })

  it('what any text was written as is that text again, wherever a block of bytes ends', () => {
    for (const text of [...naughtyTexts, '"'.repeat(50), '\\'.repeat(50), 'ü"\\é😀'.repeat(20)]) {
      for (let length = 0; length < 17; length++) {
        const padded = 'x'.repeat(length) + text.toWellFormed()
        expect(string(JSON.stringify(padded))?.text).toBe(padded)
        expect(field(encodeURIComponent(padded))).toBe(padded)
        if (!padded.includes('\n')) expect(lines(JSON.stringify([padded, 'é']))?.text).toBe(`${padded}\né\n`)
      }
    }
  })
}

it('WebAssembly and JavaScript agree on anything', () => {
  const [wasm, js] = [openUnescaper(), openJsUnescaper()]
  const piece = fc.oneof(
    fc.constantFrom(
      '"',
      '\\',
      '\\u',
      '\\ud83d',
      '\\ude00',
      '\\n',
      ',',
      '[',
      ']',
      ' ',
      '\n',
      '%',
      '%4',
      '+',
      '00',
      '\0',
      'é',
      '\\"',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed()),
    fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => JSON.stringify(text)),
  )
  const body = fc.array(piece, { maxLength: 20 }).map((pieces) => Buffer.from(pieces.join('')))
  const quoted = body.map((bytes) => Buffer.from(`"${bytes}"`))
  const listed = fc.array(quoted, { maxLength: 4 }).map((texts) => Buffer.from(`[${texts.join()}]`))
  fc.assert(
    fc.property(fc.oneof(body, quoted, listed), (bytes) => {
      expect(plain(wasm.string(bytes, 0))).toEqual(plain(js.string(bytes, 0)))
      expect(plain(wasm.lines(bytes))).toEqual(plain(js.lines(bytes)))
      const [ofWasm, ofJs] = [wasm, js].map((unescaper) => unescaper.field(Buffer.from(bytes), 0, bytes.length))
      expect(textOf(ofWasm!)).toEqual(textOf(ofJs!))
    }),
    { numRuns: 5000 },
  )
})

function plain(found: { text: Uint8Array } | undefined) {
  return found && { ...found, text: textOf(found.text) }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
