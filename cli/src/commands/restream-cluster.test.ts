import { expect, test } from 'vitest'
import { timeLine } from './restream-cluster.ts'

test('failures are a line of 48 hours, the running one last, higher where there were more', () => {
  const now = Date.parse('2026-01-03T12:34:56Z')
  const line = timeLine(
    [
      { hour: '2026-01-03T12:00:00.000Z', count: 80 },
      { hour: '2026-01-03T11:00:00.000Z', count: 40 },
      { hour: '2026-01-03T09:00:00.000Z', count: 1 },
      { hour: '2026-01-01T13:00:00.000Z', count: 10 },
      { hour: '2026-01-01T12:00:00.000Z', count: 10 }, // one hour too long ago
    ],
    now,
  )
  expect(line).toBe(`▁${'·'.repeat(43)}▁·▄█`)
  expect(timeLine([], now)).toBe('·'.repeat(48))
})
