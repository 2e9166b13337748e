import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRuns } from './run-lengths.ts'

/** The plainest way to write it: each stretch of equal values a run, or eight values and more packed. */
function written(stretches: readonly { values: readonly number[]; isPacked: boolean }[], width: number): Buffer {
  const bytes: number[] = []
  const head = (value: number) => {
    for (let rest = value; ; rest = Math.floor(rest / 128)) {
      bytes.push((rest % 128) + (rest >= 128 ? 128 : 0))
      if (rest < 128) break
    }
  }
  for (const { values, isPacked } of stretches) {
    if (isPacked) {
      head((values.length / 8) * 2 + 1)
      const bits = values.flatMap((value) =>
        Array.from({ length: width }, (_, bit) => Math.floor(value / 2 ** bit) % 2),
      )
      for (let at = 0; at < bits.length; at += 8) {
        bytes.push(bits.slice(at, at + 8).reduce((sum, bit, place) => sum + bit * 2 ** place, 0))
      }
    } else {
      head(values.length * 2)
      for (let byte = 0; byte < (width + 7) >> 3; byte++) bytes.push(Math.floor(values[0]! / 2 ** (8 * byte)) % 256)
    }
  }
  return Buffer.from(bytes)
}

const cases = fc.integer({ min: 1, max: 32 }).chain((width) => {
  const value = fc.integer({ min: 0, max: 2 ** width - 1 })
  const run = fc
    .tuple(value, fc.integer({ min: 1, max: 300 }))
    .map(([one, count]) => ({ values: Array.from({ length: count }, () => one), isPacked: false }))
  const packed = fc
    .integer({ min: 1, max: 5 })
    .chain((groups) => fc.array(value, { minLength: groups * 8, maxLength: groups * 8 }))
    .map((values) => ({ values, isPacked: true }))
  return fc.record({
    width: fc.constant(width),
    stretches: fc.array(fc.oneof(run, packed), { minLength: 1, maxLength: 8 }),
  })
})

test('what was written is read, whatever the width, and however few of the last values are asked for', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 0, max: 7 }), ({ width, stretches }, missing) => {
      const all = stretches.flatMap(({ values }) => values)
      const values = new Uint32Array(Math.max(0, all.length - missing))
      readRuns(Buffer.concat([Buffer.from('before'), written(stretches, width)]), 6, width, values)
      expect([...values]).toEqual(all.slice(0, values.length))
    }),
  )
})

test('what ends too early says so, and a run that says too much is cut', () => {
  expect(() => readRuns(Buffer.alloc(0), 0, 1, new Uint8Array(1))).toThrow(RangeError)
  expect(() => readRuns(Buffer.from([0x03]), 0, 1, new Uint8Array(8))).toThrow(RangeError)
  expect(() => readRuns(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 0, 1, new Uint8Array(8))).toThrow(RangeError)
  expect(() => readRuns(Buffer.from([0x00, 0x01]), 0, 1, new Uint8Array(8))).toThrow(RangeError)
  const values = new Uint8Array(3)
  readRuns(Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0x01]), 0, 1, values)
  expect([...values]).toEqual([1, 1, 1])
})
