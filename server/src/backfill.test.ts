import { expect, it } from 'vitest'
import { type BackfillParts, runBackfill } from './backfill.ts'
import { emptyBooks } from './rows.ts'
import { refuseGuests } from './transform/fake-guests.fixture.ts'

const parts: BackfillParts = {
  partition: 0,
  log: { read: () => Promise.reject(new Error('Nothing is to be read')) as never },
  logStart: () => 0n,
  destination: {
    books: async () => ({ position: 10n, books: emptyBooks }),
    evolve: async () => {},
    fill: async () => 0,
  },
  mapper: { mappings: () => [] },
  guests: refuseGuests('Nothing is to be run'),
  deployment: undefined,
  betweenBatches: (job) => job(),
}
const run = { eventType: 'visit', columns: ['page'], onProgress: () => {} }

it('can be stopped while the pipeline cannot write its batch', async () => {
  const stop = new AbortController()
  const stuck = new Promise<never>(() => {})
  const running = runBackfill({ ...parts, betweenBatches: () => stuck }, { ...run, signal: stop.signal })
  stop.abort(new Error('It was stopped'))
  await expect(running).rejects.toThrow('It was stopped')
})

it('has nothing to do where the log begins behind the rows', async () => {
  const seen: number[] = []
  const onProgress = ({ total }: { total: number }) => void seen.push(total)
  const { signal } = new AbortController()
  await runBackfill({ ...parts, logStart: () => 12n }, { ...run, onProgress, signal })
  expect(seen).toEqual([0])
})
