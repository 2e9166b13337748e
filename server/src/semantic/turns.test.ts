import { expect, test } from 'vitest'
import { resolve, resolveInTurns } from './resolve.ts'
import { atOnce, inTurns } from './turns.ts'

function* busy(steps: number, stepMs: number): Generator<void, string> {
  for (let step = 0; step < steps; step++) {
    const end = performance.now() + stepMs
    while (performance.now() < end);
    yield
  }
  return 'done'
}

test('others have turns while work goes on, and none where it is done at once', async () => {
  let turns = 0
  const others = setInterval(() => turns++, 0)
  try {
    expect(atOnce(busy(5, 4))).toBe('done')
    expect(turns).toBe(0)
    expect(await inTurns(busy(20, 4))).toBe('done')
    expect(turns).toBeGreaterThan(1)
  } finally {
    clearInterval(others)
  }
})

test('what fails on the way fails the work', async () => {
  const failing = function* (): Generator<void, never> {
    yield
    throw new Error('on the way')
  }
  await expect(inTurns(failing())).rejects.toThrow('on the way')
})

test('a layer is the same, resolved at once or in turns', async () => {
  const columns = [{ name: 'a', type: 'DOUBLE' as const }]
  const tables = Array.from({ length: 4 }, (_, place) => ({ name: `t${place}`, columns }))
  const calculatedMeasurements = Array.from({ length: 60 }, (_, place) => {
    const formula = place % 3 === 0 ? 'sum(nothing)' : `sum(a) + ${place}`
    return { id: `${place}`, name: `m${place}`, formula, tables: null }
  })
  const model = { columns: [], patterns: [], harmonisedDimensions: [], calculatedMeasurements }
  expect(await resolveInTurns(model, tables)).toEqual(resolve(model, tables))
})
