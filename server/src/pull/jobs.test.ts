/** Which jobs run, when somebody stops them at the moment at which they begin. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openOutbound } from '../outbound.ts'
import type { SourceStore } from '../sources.ts'
import { silentLogger } from '../telemetry.ts'
import { connectorOf, input, job } from './job.fixture.ts'
import { type Jobs, openJobs } from './jobs.ts'

let folder: string
let jobs: Jobs | undefined
/** What was told of the job, in its order. */
let told: string[]
let begun: PromiseWithResolvers<boolean>
let beginAsked: PromiseWithResolvers<void>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-jobs-'))
  told = []
  begun = Promise.withResolvers()
  beginAsked = Promise.withResolvers()
})
afterEach(async () => {
  await jobs?.close()
  await rm(folder, { recursive: true })
})

/** Of one job that waits until it has begun. */
function storeOf(): SourceStore {
  let isWaiting = true
  const limits = { daysPerJob: null, jobsAtOnce: null, callsPerDay: null }
  const some: Partial<SourceStore> = {
    voidOthers: async () => {},
    inputIds: async () => new Set([input.id]),
    renew: async () => [job.id],
    toRun: async () => [],
    due: async () => [],
    waitingSources: async () =>
      isWaiting ? [{ workspace: job.workspace, source: job.source, isBackFill: false }] : [],
    waiting: async () => (isWaiting ? [job] : []),
    limitsOf: async () => limits,
    begin() {
      isWaiting = false
      told.push('taken')
      beginAsked.resolve()
      return begun.promise
    },
    stateOf: async () => ({}),
    release: async () => void told.push('waits again'),
    end: async (_, __, ___, { state }) => {
      told.push(state)
      return []
    },
    progressed: async () => {},
    countCalls: async () => 0,
  }
  return some as SourceStore
}

function open(): Jobs {
  const endless = connectorOf(async function* (_, { signal }) {
    told.push('reads')
    signal.throwIfAborted()
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  })
  const unused = () => Promise.reject(new Error('not in this test'))
  return openJobs({
    connectors: { [input.type]: endless },
    inputs: { ofType: () => [input], offOfType: () => [] },
    store: storeOf(),
    take: unused,
    replacements: { append: unused, end: unused, done: unused, undivided: unused },
    outbound: openOutbound([]),
    folderOf: () => folder,
    workspaces: () => [job.workspace],
    notify: () => {},
    logger: silentLogger,
    rawBytesMax: 1_000_000,
  })
}

test.each([
  ['paused', (running: Jobs) => running.pause(job.workspace, [job.id]), 'waits again'],
  ['cancelled', (running: Jobs) => running.cancel(job.workspace, job.id), 'CANCELLED'],
  ['put to rest with its workspace', (running: Jobs) => running.rest(job.workspace), 'waits again'],
])('a job that is %s while it is being taken does not run on', async (_, stop, end) => {
  jobs = open()
  await beginAsked.promise
  const stopped = stop(jobs)
  begun.resolve(true)
  await stopped
  await expect.poll(() => told.at(-1), { timeout: 10_000 }).toBe(end)
})

test('a job that another process took first is nothing to stop', async () => {
  jobs = open()
  await beginAsked.promise
  const stopped = jobs.pause(job.workspace, [job.id])
  begun.resolve(false)
  await stopped
  expect(told).toEqual(['taken'])
})
