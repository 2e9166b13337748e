import { expect, it } from 'vitest'
import { type BackfillWork, openBackfillRuns } from './backfill-runs.ts'
import { MillraceError } from './errors.ts'
import { silentLogger } from './telemetry.ts'

const request = { eventType: 'visit', columns: ['page'] }
const nothing = { total: 0, done: 0, updated: 0, failed: 0 }

function untilStopped(): BackfillWork {
  return ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
}

it('tells how far it is and when it will be done', async () => {
  let now = 1_000
  const runs = openBackfillRuns(silentLogger, () => now)
  const goOn = Promise.withResolvers<void>()
  const { id } = runs.start(request, async ({ onProgress }) => {
    now += 2_000
    onProgress({ total: 100, done: 20, updated: 5, failed: 1 }, 'The disk is full')
    await goOn.promise
    onProgress({ total: 100, done: 100, updated: 50, failed: 1 }, null)
  })
  expect(runs.get(id)).toMatchObject({ state: 'RUNNING', done: 20, rate: 10, etaMs: 8_000, error: 'The disk is full' })
  goOn.resolve()
  await expect.poll(() => runs.get(id).state).toBe('DONE')
  expect(runs.get(id)).toMatchObject({ updated: 50, endedAt: 3_000, etaMs: null, error: null })
})

it('runs one at a time, and the next once it is stopped', async () => {
  const runs = openBackfillRuns(silentLogger)
  const { id } = runs.start(request, untilStopped())
  expect(() => runs.start(request, untilStopped())).toThrow(expect.objectContaining({ code: 'conflict' }))
  expect(await runs.stop(id)).toMatchObject({ state: 'STOPPED', error: null })
  const next = runs.start({ ...request, eventType: 'other' }, untilStopped())
  expect(runs.list('visit').map((run) => run.id)).toEqual([id])
  await runs.close()
  expect(runs.get(next.id).state).toBe('STOPPED')
  expect(await runs.stop(id)).toMatchObject({ state: 'STOPPED' })
})

it('says why it failed, but not what is ours', async () => {
  const runs = openBackfillRuns(silentLogger)
  const failed = async (error: Error) => {
    const { id } = runs.start(request, async ({ onProgress }) => {
      onProgress(nothing, null)
      throw error
    })
    await expect.poll(() => runs.get(id).state).toBe('FAILED')
    return runs.get(id).error
  }
  expect(await failed(new MillraceError('invalid_code', 'No such module'))).toBe('No such module')
  expect(await failed(new Error('secret detail'))).not.toContain('secret')
})
