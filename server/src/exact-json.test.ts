import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactNumber, parseExactly } from './exact-json.ts'

test('numbers keep all their digits, wherever they are', () => {
  const text =
    '{"a":9007199254740993,"b":[-1234567890123456.78,1.5],"c":{"d":0.1234567890123456789},"e":"9007199254740993"}'
  expect(JSON.stringify(parseExactly(text))).toBe(text)
  expect(parseExactly(text)).toMatchObject({ b: [{}, 1.5], e: '9007199254740993' })
})

test('whatever JavaScript has written comes back as it is, and what is no JSON does not', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(JSON.stringify(parseExactly(text))).toBe(JSON.stringify(JSON.parse(text)))
    }),
  )
  expect(() => parseExactly('{')).toThrow(SyntaxError)
})

test('a number of its own is written as it is', () => {
  expect(JSON.stringify([exactNumber('18446744073709551615')])).toBe('[18446744073709551615]')
  expect(() => exactNumber('1;')).toThrow(SyntaxError)
})
