import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isNumberInRange,
  type NumberFacts,
  numberFacts,
  readBigint,
  readDate,
  readDecimalText,
  readDouble,
  readTimestamp,
} from './scalar.ts'

describe('the facts of a number', () => {
  const fact = (
    integer: boolean,
    intDigits: number,
    scale: number,
    doubleExact = true,
    inRange = true,
  ): NumberFacts => ({
    integer,
    intDigits,
    scale,
    doubleExact,
    inRange,
  })

  it.each<[string, NumberFacts]>([
    ['0', fact(true, 1, 0)],
    ['-0', fact(false, 1, 0)],
    ['0.000', fact(false, 1, 0)],
    ['0e999', fact(false, 1, 0)],
    ['7', fact(true, 1, 0)],
    ['-120', fact(true, 3, 0)],
    ['1.0', fact(false, 1, 0)],
    ['1e3', fact(false, 4, 0)],
    ['1.50', fact(false, 1, 1)],
    ['0.05', fact(false, 1, 2)],
    ['125E-2', fact(false, 1, 2)],
    ['0.1', fact(false, 1, 1)],
    ['0.30000000000000004', fact(false, 1, 17)],
    ['0.3000000000000000444', fact(false, 1, 19, false)],
    ['9007199254740992', fact(true, 16, 0)],
    ['9007199254740993', fact(true, 16, 0, false)],
    ['18446744073709551616', fact(true, 20, 0, false)],
    ['1e300', fact(false, 301, 0)],
    ['5e-324', fact(false, 1, 324)],
    ['4e-324', fact(false, 1, 324, false)],
    ['2e-324', fact(false, 1, 324, false, false)],
    ['1.7976931348623159e308', fact(false, 309, 0, false, false)],
    ['-1e400', fact(false, 401, 0, false, false)],
    [`1e${'9'.repeat(400)}`, fact(false, Infinity, 0, false, false)],
    [`1e-${'9'.repeat(400)}`, fact(false, 1, Infinity, false, false)],
  ])('%s', (token, facts) => {
    expect(numberFacts(token)).toEqual(facts)
    expect(isNumberInRange(token)).toBe(facts.inRange)
    expect(readDouble(token) !== undefined).toBe(facts.doubleExact)
  })

  it('take no longer than the token is long', () => {
    const started = performance.now()
    for (const token of [`${'1'.repeat(1e6)}`, `0.${'0'.repeat(1e6)}1`, `1${'0'.repeat(1e6)}.${'0'.repeat(1e6)}`]) {
      numberFacts(token)
      readDecimalText(token, 38)
      readBigint(token)
    }
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('numbers come back as they were', () => {
  it('every double, from its shortest text', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const token = Object.is(value, -0) ? '-0' : JSON.stringify(value)
        expect(readDouble(token)).toBe(value)
      }),
    )
  })

  it('every integer of 64 bits, and none beyond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }), (value) => {
        const isWithin = value >= -(2n ** 63n) && value < 2n ** 63n
        expect(readBigint(String(value))).toBe(isWithin ? value : undefined)
      }),
    )
  })

  it('every decimal that fits, however its exponent is written', () => {
    const decimal = fc.record({
      value: fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
      point: fc.nat(60),
      scale: fc.nat(38),
    })
    fc.assert(
      fc.property(decimal, ({ value, point, scale }) => {
        const text = readDecimalText(`${value}e-${point}`, scale)
        const isFine = point <= scale || value % 10n ** BigInt(point - scale) === 0n
        const isSmall = (value < 0n ? -value : value) < 10n ** BigInt(38 - scale + point)
        expect(text !== undefined).toBe(isFine && isSmall)
        if (text === undefined) return
        expect(text).toMatch(/^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/)
        const [whole, fraction = ''] = text.split('.')
        expect(BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, point - fraction.length))).toBe(
          value * 10n ** BigInt(Math.max(0, fraction.length - point)),
        )
      }),
    )
  })
})

describe('times', () => {
  const anyDate = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })

  it('are read as Date reads them', () => {
    fc.assert(
      fc.property(anyDate, (date) => {
        expect(readTimestamp(date.toISOString())).toBe(BigInt(date.getTime()) * 1000n)
        expect(readDate(date.toISOString().slice(0, 10))).toBe(Math.floor(date.getTime() / 86_400_000))
      }),
    )
  })

  it('are the same moment in every zone', () => {
    const zone = fc.record({ hours: fc.nat(23), minutes: fc.nat(59), isAhead: fc.boolean() })
    const inner = fc.date({ min: new Date('0002-01-01'), max: new Date('9998-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(inner, zone, (date, { hours, minutes, isAhead }) => {
        const offset = (hours * 60 + minutes) * 60_000 * (isAhead ? 1 : -1)
        const local = new Date(date.getTime() + offset).toISOString().slice(0, -1)
        const digits = (value: number) => String(value).padStart(2, '0')
        const written = `${local}${isAhead ? '+' : '-'}${digits(hours)}:${digits(minutes)}`
        expect(readTimestamp(written)).toBe(BigInt(date.getTime()) * 1000n)
      }),
    )
  })

  it('refuse anything else without an error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readTimestamp(text)).toBe(undefined)
        expect(readDate(text)).toBe(undefined)
      }),
    )
  })
})
