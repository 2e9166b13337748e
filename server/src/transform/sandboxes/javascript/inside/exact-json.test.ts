import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { needsExactness, parseExactly } from './exact-json.js'

/** A JSON text with what it says. */
interface Pair {
  readonly json: string
  readonly value: unknown
}

const characters = ['a', '"', '\\', '\n', '\u0001', 'é', '😀', '\ud800', ':', ',', '1', '{', ' ']
const text = fc.string({ unit: fc.constantFrom(...characters) })
const name = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '1', '0', '', 'toString'))
const gap = fc.constantFrom('', ' ', '\t \r\n')
const integer = fc.stringMatching(/^(0|-?[1-9][0-9]{0,24})$/)
const number = fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20}([eE][+-]?[0-9]{1,2})?|[eE][0-9])$/)

const pair = fc.letrec<{ pair: Pair; leaf: Pair; array: Pair; object: Pair }>((tie) => ({
  pair: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('array'), tie('object')),
  leaf: fc.oneof(
    fc.oneof(text, integer).map((value) => ({ json: JSON.stringify(value), value })),
    integer.map((json) => ({ json, value: Number.isSafeInteger(Number(json)) ? Number(json) : BigInt(json) })),
    number.map((json) => ({ json, value: Number(json) })),
    fc.constantFrom(true, false, null).map((value) => ({ json: `${value}`, value })),
  ),
  array: fc.tuple(fc.array(tie('pair'), { maxLength: 4 }), gap).map(([items, gap]) => ({
    json: `[${gap}${items.map(({ json }) => json).join(`${gap},${gap}`)}${gap}]`,
    value: items.map(({ value }) => value),
  })),
  object: fc.tuple(fc.array(fc.tuple(name, tie('pair')), { maxLength: 4 }), gap).map(([members, gap]) => ({
    json: `{${gap}${members.map(([name, { json }]) => `${JSON.stringify(name)}${gap}:${gap}${json}`).join(`${gap},${gap}`)}${gap}}`,
    value: Object.fromEntries(members.map(([name, { value }]) => [name, value])),
  })),
})).pair

describe('JSON read exactly', () => {
  test('says what was written: integers of any length, keys with escapes, `__proto__` as a key', () => {
    fc.assert(
      fc.property(pair, ({ json, value }) => {
        expect(isDeepStrictEqual(parseExactly(json), value)).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  test('where it is said not to be needed, JSON.parse reads the same', () => {
    let needed = 0
    fc.assert(
      fc.property(pair, ({ json, value }) => {
        if (needsExactness(json)) needed++
        else expect(isDeepStrictEqual(JSON.parse(json), value)).toBe(true)
      }),
      { numRuns: 3_000 },
    )
    expect(needed).toBeGreaterThan(100)
    expect(needed).toBeLessThan(2_900)
  })

  test.each([
    ['{"a":"x\\ny","b":"\\\\"}', false],
    ['{"a":9007199254740991}', false],
    ['{"a":0.1234567890123456789}', false],
    ['{"a":"12345678901234567890"}', false],
    ['{"a":1234567890123456789e2}', false],
    ['{"a":9007199254740992}', true],
    ['{"a":[-12345678901234567890]}', true],
    ['{"a\\n" : 1}', true],
  ])('%s: needed is %s', (json, isNeeded) => {
    expect(needsExactness(json)).toBe(isNeeded)
  })

  test.each([
    ['escapes', `{"a":"${'\\"'.repeat(500_000)}"}`],
    ['backslashes', `{"a":"${'\\\\'.repeat(500_000)}"}`],
    ['digits', `{"a":"${'1'.repeat(1_000_000)}"}`],
    ['short strings', `[${'"a",'.repeat(250_000)}"\\n"]`],
    ['runs of digits', `[${'1234567890123456,'.repeat(60_000)}1]`],
  ])('a megabyte of %s takes no more than a moment', (_, json) => {
    const began = performance.now()
    needsExactness(json)
    expect(parseExactly(json)).toStrictEqual(JSON.parse(json))
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})
