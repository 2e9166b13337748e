import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OutcomeWindow } from './outcome-window.ts'

/** Few first words and few table places, so that keys collide. */
const keyOf = (n: number) => Uint32Array.of(n % 5, n, 0, 7)
const outcomeOf = (n: number) => ({ accepted: n, restreamed: 2 * n, checksum: 3 * n })

test('the window agrees with a plain list of what was added, whatever is added when', () => {
  const steps = fc.array(fc.record({ key: fc.nat(40), wait: fc.constantFrom(0, 1, 3, 30) }), { maxLength: 300 })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), (all, countMax) => {
      const window = new OutcomeWindow({ countMax, ageMaxMs: 20 })
      const model: { key: number; at: number }[] = []
      let now = 0
      for (const { key, wait } of all) {
        now += wait
        const known = model.slice(-countMax).some((entry) => entry.key === key && now - entry.at <= 20)
        expect(window.find(keyOf(key), now)).toEqual(known ? outcomeOf(key) : undefined)
        if (known) continue
        window.add(keyOf(key), outcomeOf(key), now)
        model.push({ key, at: now })
      }
      expect(window.count).toBeLessThanOrEqual(countMax)
    }),
  )
})

test('a hundred thousand keys are kept, the one before them is not', () => {
  const window = new OutcomeWindow({ countMax: 100_000, ageMaxMs: 1000 })
  const words = (n: number) => Uint32Array.of(Math.imul(n, 2654435761), n, n, n)
  for (let n = 0; n <= 100_000; n++) window.add(words(n), outcomeOf(n), 0)
  expect(window.find(words(0), 0)).toBeUndefined()
  for (const n of [1, 2, 50_000, 100_000]) expect(window.find(words(n), 0)).toEqual(outcomeOf(n))
})

test('a clock that goes back ages nothing', () => {
  const window = new OutcomeWindow({ countMax: 10, ageMaxMs: 100 })
  window.add(keyOf(1), outcomeOf(1), 1000)
  window.add(keyOf(2), outcomeOf(2), 10)
  expect(window.find(keyOf(1), 1100)).toEqual(outcomeOf(1))
  expect(window.find(keyOf(2), 1100)).toEqual(outcomeOf(2))
})
