import { expect, it } from 'vitest'
import { type IsolationLevel, openIsolationLevel } from './isolation-level.ts'

it('is measured once somebody asks, and answered at once meanwhile', async () => {
  const measured = Promise.withResolvers<{ level: IsolationLevel }>()
  let measurements = 0
  const level = openIsolationLevel(() => {
    measurements++
    return measured.promise
  })
  expect([level(), level()]).toEqual(['measuring', 'measuring'])
  measured.resolve({ level: 'partial' })
  await expect.poll(level).toBe('partial')
  expect(measurements).toBe(1)
})

it('that could not be measured is tried again, but not each time somebody asks', async () => {
  let now = 0
  const outcomes: (() => Promise<{ level: IsolationLevel }>)[] = [
    () => Promise.reject(new Error('no process starts')),
    async () => ({ level: 'full' }),
  ]
  const level = openIsolationLevel(
    () => outcomes.shift()!(),
    () => now,
  )
  level()
  await expect.poll(level).toBe('unavailable')
  now = 59_999
  expect(level()).toBe('unavailable')
  expect(outcomes).toHaveLength(1)
  now = 60_000
  level()
  await expect.poll(level).toBe('full')
})
