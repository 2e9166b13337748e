import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FlatWindow } from './flat-window.ts'

/** A key of few, of which many begin at the same place of the table. */
function wordsOf(key: number, value: number): Uint32Array {
  return Uint32Array.of(key % 3, key % 7 === 0 ? key : key << 20, value)
}

interface Known {
  readonly entry: number
  readonly key: number
  readonly value: number
  readonly at: number
}

test('finding or adding is finding and, where nothing is found, adding; whatever left before or was taken back', () => {
  const step = fc.record({
    key: fc.nat(40),
    waits: fc.nat(3),
    how: fc.constantFrom('find', 'find or add', 'remove the last') as fc.Arbitrary<string>,
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.integer({ min: 1, max: 100 }), (steps, countMax) => {
      const ageMaxMs = 60
      const window = new FlatWindow({ keyWords: 2, valueWords: 1, countMax, ageMaxMs })
      let standing: Known[] = []
      let now = 0
      for (const [value, { key, waits, how }] of steps.entries()) {
        now += waits
        const words = wordsOf(key, value)
        const known = standing.findLast((one) => one.key === key && now - one.at <= ageMaxMs)
        const next = window.next
        if (how === 'find') expect(window.find(words, 0, now)).toBe(known?.entry ?? -1)
        if (how === 'find or add') {
          const entry = window.findOrAdd(words, 0, now)
          expect(entry).toBe(known?.entry ?? next)
          expect(window.value(entry, 0)).toBe(known?.value ?? value)
          if (known === undefined) standing.push({ entry, key, value, at: now })
          // What is too old leaves before its place in the ring is needed; one that was taken back holds it until it is the oldest.
          standing = standing.filter((one) => one.entry > window.next - 1 - countMax && one.entry < window.next)
        }
        const last = standing.at(-1)
        if (how === 'remove the last' && last !== undefined && now - last.at <= ageMaxMs) {
          window.remove(last.entry)
          standing.pop()
        }
      }
    }),
  )
})

test('it grows without a loss, by fours and by twos', () => {
  const count = 600_000
  const window = new FlatWindow({ keyWords: 2, valueWords: 1, countMax: count, ageMaxMs: 1 })
  const words = new Uint32Array(3)
  const set = (key: number) => words.set([Math.imul(key, 0x9e3779b1), Math.imul(key, 0x85ebca6b), key])
  for (let key = 0; key < count + 10; key++) {
    set(key)
    if (window.findOrAdd(words, 0, 0) !== key) throw new Error(`${key} is another one`)
  }
  expect(window.count).toBe(count)
  for (let key = 0; key < count + 10; key++) {
    set(key)
    if (window.find(words, 0, 0) !== (key < 10 ? -1 : key)) throw new Error(`${key} is found at another place`)
  }
})
