import { openJsExtractor } from '@millrace/json/extract-js'
import { rowFlags } from '@millrace/json/extraction'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../rows.ts'
import { columnType, type FieldType, join, numberType, settled, textType, widens } from './field-type.ts'
import { extractorSettings } from './mapping.ts'
import { anyToken, anyTokens, convert, type Fact, factOf, isSameMeaning, readCell, typeOfToken } from './meaning.ts'

const anyFieldType: fc.Arbitrary<FieldType> = fc.oneof(
  anyToken.map(typeOfToken),
  anyTokens.map((tokens) => tokens.map(typeOfToken).reduce((left, right) => join(left, right))),
)

describe('join', () => {
  it('is commutative, associative and idempotent, and nothing seen is neutral', () => {
    fc.assert(
      fc.property(anyFieldType, anyFieldType, anyFieldType, (a, b, c) => {
        expect(join(a, b)).toEqual(join(b, a))
        expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))
        expect(join(a, a)).toEqual(a)
        expect(join(undefined, a)).toEqual(a)
      }),
    )
  })

  it('goes by the same laws for settled facts, and settles once', () => {
    fc.assert(
      fc.property(anyFieldType, anyFieldType, (a, b) => {
        const stepwise = settled(join(settled(a), b))
        expect(settled(stepwise)).toEqual(stepwise)
        expect(join(stepwise, settled(a))).toEqual(stepwise)
        expect(columnType(settled(a))).toEqual(columnType(a))
      }),
    )
  })
})

describe('the type of a column', () => {
  it('only widens, whatever comes after whatever', () => {
    fc.assert(
      fc.property(anyTokens, (tokens) => {
        let held: FieldType | undefined
        for (const token of tokens) {
          const next = settled(join(held, typeOfToken(token)))
          if (held) expect(widens(columnType(held), columnType(next))).toBe(true)
          held = next
        }
      }),
    )
  })

  it('takes every value that its facts were read from, without a flag and with its meaning', () => {
    fc.assert(
      fc.property(anyTokens, (tokens) => {
        const type = columnType(tokens.map(typeOfToken).reduce((left, right) => join(left, right)))
        for (const token of tokens) expectHeld(token, type)
      }),
      { numRuns: 300 },
    )
  })

  it('takes over everything that it held before it widened', () => {
    fc.assert(
      fc.property(anyTokens, anyTokens, (before, after) => {
        const held = settled(before.map(typeOfToken).reduce((left, right) => join(left, right)))
        const next = after.map(typeOfToken).reduce((left, right) => join(left, right), held)
        const [from, to] = [columnType(held), columnType(settled(next))]
        for (const token of before) {
          const cell = convert(expectHeld(token, from), from, to)
          expect(isSameMeaning(factOf(token), { type: to, cell })).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  it.each<[string, ColumnType]>([
    ['9223372036854775807', 'BIGINT'],
    ['-9223372036854775808', 'BIGINT'],
    ['9223372036854775808', 'DECIMAL(38,0)'],
    ['1.0', 'DOUBLE'],
    ['-0', 'DOUBLE'],
    ['1e5', 'DOUBLE'],
    ['0.1', 'DOUBLE'],
    ['0.10000000000000000555', 'DECIMAL(38,20)'],
    [`0.${'1'.repeat(37)}`, 'DECIMAL(38,37)'],
    [`0.${'1'.repeat(38)}`, 'VARCHAR'],
    ['9'.repeat(38), 'DECIMAL(38,0)'],
    ['9'.repeat(39), 'VARCHAR'],
    ['5e-324', 'DOUBLE'],
  ])('of the number %s is %s', (token, type) => {
    expect(columnType(numberType(token)!)).toBe(type)
  })

  it.each(['1e309', '-1e309', '1e-400', `1${'0'.repeat(400)}`])('is none for %s', (token) => {
    expect(numberType(token)).toBeUndefined()
  })

  it.each<[string, ColumnType]>([
    ['2024-02-29', 'DATE'],
    ['2023-02-29', 'VARCHAR'],
    ['2024-02-29T00:00', 'TIMESTAMP'],
    ['2024-02-29 00:00:00.123456+05:30', 'TIMESTAMP'],
    ['2024-02-29T00:00:00.1234567Z', 'VARCHAR'],
    ['300000-01-01T00:00:00Z', 'VARCHAR'],
    ['2016-12-31T23:59:60Z', 'VARCHAR'],
    ['1700000000', 'VARCHAR'],
    ['true', 'VARCHAR'],
    ['', 'VARCHAR'],
  ])('of the text %j is %s', (text, type) => {
    expect(columnType(textType(text))).toBe(type)
  })

  it.each<[ColumnType, ColumnType]>([
    ['DOUBLE', 'DECIMAL(38,9)'],
    ['DOUBLE', 'BIGINT'],
    ['DECIMAL(38,2)', 'DECIMAL(38,1)'],
    ['DECIMAL(38,2)', 'DOUBLE'],
    ['VARCHAR', 'TIMESTAMP'],
    ['JSON', 'VARCHAR'],
    ['TIMESTAMP', 'DATE'],
    ['BOOLEAN', 'BIGINT'],
  ])('never goes from %s to %s', (from, to) => {
    expect(widens(from, to)).toBe(false)
  })
})

/** The value as a column of this type holds it. */
function expectHeld(token: string, type: ColumnType) {
  const payload = Buffer.from(`{"a":${token}}`)
  const extractor = openJsExtractor(extractorSettings([{ path: ['a'], type }]))
  const part = { payload, starts: Uint32Array.of(0), ends: Uint32Array.of(payload.length) }
  const { columns, flags } = extractor.extract([part])
  expect(flags[0]! & ~rowFlags.sanitized).toBe(0)
  const cell = readCell(type, columns[0]!, 0)!
  const fact: Fact = factOf(token)
  expect(isSameMeaning(fact, { type, cell })).toBe(true)
  return cell
}
