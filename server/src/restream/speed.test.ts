import { expect, it } from 'vitest'
import { openSpeed } from './speed.ts'

it('speed is that of the last five seconds, and unknown where nothing was done in them', () => {
  const speed = openSpeed(0)
  expect(speed.perSecond(0)).toBeUndefined()
  expect(speed.perSecond(500)).toBeUndefined()
  for (let at = 100; at <= 10_000; at += 100) speed.note(at, at) // 1,000 a second
  expect(speed.perSecond(10_000)).toBeCloseTo(1000)
  for (let at = 10_100; at <= 20_000; at += 100) speed.note(10_000 + (at - 10_000) / 10, at) // 100 a second
  expect(speed.perSecond(20_000)).toBeCloseTo(100)
  expect(Math.round(speed.perSecond(22_500)! / 10)).toBe(5)
  expect(speed.perSecond(60_000)).toBeUndefined()
})
