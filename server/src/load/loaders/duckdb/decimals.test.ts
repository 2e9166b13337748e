import { assert, bigInt, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimalDigits } from './decimals.ts'

const digitsOf = (text: string, scale: number) => decimalDigits(Buffer.from(`<${text}>`), 1, text.length + 1, scale)

describe('decimalDigits', () => {
  it.each([
    ['0', 0, 0n],
    ['-0', 5, 0n],
    ['1.5', 1, 15n],
    ['1.5', 4, 15000n],
    ['-0.05', 2, -5n],
    ['000123', 0, 123n],
    ['123456789012345.123456789012345', 15, 123456789012345123456789012345n],
    ['99999999999999999999999999999999999999', 0, 10n ** 38n - 1n],
  ])('%s with a scale of %i', (text, scale, expected) => {
    expect(digitsOf(text, scale)).toBe(expected)
  })

  it('agrees with BigInt wherever the point stands', () => {
    const limit = 10n ** 38n - 1n
    assert(
      property(bigInt({ min: -limit, max: limit }), integer({ min: 0, max: 38 }), (value, scale) => {
        const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
        const point = digits.length - scale
        const text = `${value < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`
        return digitsOf(text, scale) === value
      }),
    )
  })
})
