import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openReasons, patternOf } from './fingerprint.ts'

const reasonOf = (one: Parameters<ReturnType<typeof openReasons>>[0]) => openReasons()(one)

const failure = (message: string, more: { code?: string; subject?: string } = {}) => ({
  stage: 'map' as const,
  code: 'number_range',
  message,
  ...more,
})

describe('the pattern of a message', () => {
  it.each([
    ['1e400 is beyond -3.5 and 1_000,5 at 12:30', '<n> is beyond <n> and <n> at <n>'],
    ['line 3, column 17: took 250ms', 'line <n>, column <n>: took <n>ms'],
    ['items[3].price_2 of column_7 is utf8', 'items[<n>].price_2 of column_7 is utf8'],
    ['"Müller \\"x\\" 7" is no number, \'a b\' neither', '<text> is no number, <text> neither'],
    ["a string's closing quote of the sender's", "a string's closing quote of the sender's"],
    ['user 5f0c8c1e-7d0b-4b52-9d1c-0a8d6f3f2a11 failed', 'user <uuid> failed'],
    ['0xDEADbeef and 9f86d081884c7d65 of deadbeef', '<hex> and <hex> of deadbeef'],
    ['“quoted” ‘so’ `and so 1`', '<text> <text> <text>'],
    ['cut off "in the midd', 'cut off <text>'],
  ])('%s', (message, pattern) => {
    expect(patternOf(message)).toBe(pattern)
  })

  it('is found in time for whatever a sender makes of it', () => {
    const hostile = ['"\\', "'", '0x', '1,', 'deadbeef-', 'a1', '“', '-'].map((part) => part.repeat(500_000))
    const startedAt = performance.now()
    for (const message of hostile) patternOf(message)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })
})

describe('a fingerprint', () => {
  it('is the same for other values, and another for another code, subject or text', () => {
    const { fingerprint } = reasonOf(failure('5 is "a"'))
    expect(reasonOf(failure('17.5 is "b"')).fingerprint).toBe(fingerprint)
    const others = [
      failure('5 is not "a"'),
      failure('5 is "a"', { code: 'value_too_large' }),
      failure('5 is "a"', { subject: 'price' }),
    ]
    for (const other of others) expect(reasonOf(other).fingerprint).not.toBe(fingerprint)
  })

  it('is the same whether it was remembered or not', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '1', '"', '\0', '~', '=') })
    fc.assert(
      fc.property(fc.array(fc.record({ message: text, subject: text, code: text }), { maxLength: 20 }), (failures) => {
        const reasonFor = openReasons()
        for (const { message, ...more } of [...failures, ...failures])
          expect(reasonFor(failure(message, more))).toEqual(reasonOf(failure(message, more)))
      }),
    )
  })
})
