import { expect, it } from 'vitest'
import { lookRepeatedly } from './repeated-look.ts'

const rarely = { everyMs: 3_600_000, onFailure: () => {} }

it('looks at once, and once more behind a look during which it was woken, however often', async () => {
  let looks = 0
  const gates: (() => void)[] = []
  const repeated = lookRepeatedly(() => {
    looks++
    return new Promise((resolve) => gates.push(resolve))
  }, rarely)
  for (let count = 0; count < 5; count++) repeated.wake()
  expect(looks).toBe(1)
  gates[0]!()
  await expect.poll(() => looks).toBe(2)
  const closed = repeated.close()
  repeated.wake()
  gates[1]!()
  await closed
  expect(looks).toBe(2)
})

it('goes on after a look that failed, and tells of it', async () => {
  const failures: string[] = []
  let looks = 0
  const repeated = lookRepeatedly(
    async () => {
      looks++
      throw new Error('no store')
    },
    { everyMs: 5, onFailure: ({ message }) => failures.push(message) },
  )
  await expect.poll(() => failures.length).toBeGreaterThan(1)
  await repeated.close()
  expect(looks).toBe(failures.length)
})
