/** What a job holds while it runs: a source may have more pages than fit into memory, and a log may refuse some of a page. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MillraceError } from '../errors.ts'
import { openOutbound } from '../outbound.ts'
import { connectorOf, input, job, openKept, type Read } from './job.fixture.ts'
import { type JobParts, runJob } from './job.ts'
import { openJobFiles } from './job-files.ts'
import { packedPage } from './packed-rows.ts'
import { openRedaction } from './redaction.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-job-'))
})
afterEach(() => rm(folder, { recursive: true }))

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const numbersOf = (from: number, to: number) =>
  Buffer.from(Array.from({ length: to - from }, (_, index) => `{"n":${from + index}}\n`).join(''))

test('pages that are durable are let go while the job goes on', async () => {
  const { kept, store, take } = openKept()
  const payloads: WeakRef<Buffer>[] = []
  let held = Number.NaN
  await run(
    async function* () {
      for (let page = 0; page < 50; page++) {
        const payload = numbersOf(page, page + 1)
        payloads.push(new WeakRef(payload))
        yield packedPage({ type: 'number', payload, count: 1, ids: [`n${page}`] }, { page })
      }
      await turn()
      collect()
      held = payloads.filter((payload) => payload.deref() !== undefined).length
    },
    { store, take },
  )
  expect(kept.rowCount).toBe(50)
  expect(held).toBeLessThan(5)
})

test('of a page of many batches the log may refuse some: those alone are given to it again', async () => {
  const { kept, store, take } = openKept()
  let [calls, refused] = [0, 0]
  const result = await run(
    async function* () {
      yield packedPage({ type: 'number', payload: numbersOf(0, 9_000), count: 9_000 }, { isDone: true })
    },
    {
      store,
      async take(snapshot, events) {
        if (++calls % 2 === 0 && refused < 3) {
          refused++
          throw new MillraceError('storage_full', 'the disk is full', { retryAfterSeconds: 0.001 })
        }
        return take(snapshot, events)
      },
    },
  )
  expect(result.state).toBe('SUCCESS')
  expect(refused).toBe(3)
  const numbers = [...kept.rows.values()].map((row) => (row as { n: number }).n)
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 9_000 }, (_, n) => n))
})

async function run(read: Read, parts: Pick<JobParts, 'store' | 'take'>) {
  const connector = connectorOf(read)
  const redaction = openRedaction(connector.settings, input.settings)
  const files = await openJobFiles(folder, redaction)
  const { signal } = new AbortController()
  return runJob({
    ...{ job, input, connector, folder, files, redaction, signal, retryMs: 1, ...parts },
    http: { request: () => Promise.reject(new Error('there is no network in this test')) },
    outbound: openOutbound([]),
    calls: { made: 0, usedUpUntil: undefined },
    replacements: {
      append: async () => {},
      end: async () => 0n,
      done: async () => undefined,
      undivided: async () => [],
    },
  }).finally(() => files.settled())
}
