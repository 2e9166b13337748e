import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type DraftSettings, openDraft } from './drafts.ts'
import { dryRun } from './dry-run.ts'
import { openRestreamQueue, type RestreamQueue } from './restream/queue.ts'
import type { Failure, RestreamFilter } from './restream.ts'
import { openFakeGuests } from './transform/fake-guests.fixture.ts'
import { defaultTransformLimits } from './transform.ts'

let folder: string
let queue: RestreamQueue

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-dry-run-'))
  queue = openRestreamQueue(join(folder, 'restream.db'), { isDurable: false })
})
afterEach(() => {
  queue.close()
  rmSync(folder, { recursive: true })
})

const failure = (offset: number, more: Partial<Failure> = {}): Failure => ({
  partition: 0,
  offset: BigInt(offset),
  eventId: `id-${offset}`,
  eventType: 'order',
  input: { id: 'in1', label: 'Shop', type: 'native' },
  receivedAt: 1000,
  time: 900,
  stage: 'map',
  code: 'number_range',
  message: 'no',
  restreamCount: 0,
  raw: Buffer.from(`{"n":${offset}}`),
  ...more,
})

const grow = { name: 'main', language: 'javascript', code: 'grow' } as const
const guests = openFakeGuests({
  grow: ({ n }) => (n === 3 ? null : { n, text: 'x'.repeat(10_000) }),
})

async function run(filter: RestreamFilter, settings: Partial<DraftSettings> = {}, seen: RestreamQueue = queue) {
  const draft = await openDraft({
    deployment: undefined,
    mappings: async () => [],
    mappingMode: 'AUTO_MAP',
    guests,
    ...settings,
  })
  return dryRun({ draft, queue: seen, filter, onProgress: () => {}, signal: new AbortController().signal })
}

it('is of what the filter means, and of what waits when it begins', async () => {
  queue.append([failure(1), failure(2, { code: 'other' }), failure(3)])
  let next = 100
  const growing: RestreamQueue = {
    ...queue,
    list(...page) {
      if (next < 150) queue.append([failure(next++)])
      return queue.list(...page)
    },
  }
  expect(await run({ code: 'number_range' }, {}, growing)).toMatchObject({ total: 2, done: 2, passed: 2 })
})

it('of an event type without a mapping it says what the mode of the workspace makes of it', async () => {
  queue.append([failure(1)])
  expect(await run({}, { mappingMode: 'STRICT' })).toMatchObject({
    passed: 0,
    failed: 1,
    reasons: [{ code: 'unmapped_event_type' }],
  })
})

it('knows the tables that scheduled queries make, as the pipeline does', async () => {
  queue.append([failure(1)])
  const mapping = { eventType: 'a', mapping: { mode: 'AUTO_MAP', table: 'made', fields: [] } }
  await expect(run({}, { mapping, reservedTables: async () => ['Made'] })).rejects.toMatchObject({
    code: 'invalid_mapping',
    fields: [{ field: 'table' }],
  })
  expect(await run({}, { mapping })).toMatchObject({ passed: 1 })
})

it('goes through large events a few at a time', async () => {
  const raw = Buffer.from(`{"n":1,"text":"${'y'.repeat(1_000_000)}"}`)
  queue.append([...Array.from({ length: 12 }, (_, n) => failure(n + 10, { raw })), failure(3)])
  let most = 0
  const watched: RestreamQueue = {
    ...queue,
    list(...page) {
      const entries = queue.list(...page)
      most = Math.max(most, entries.length)
      return entries
    },
  }
  const deployment = {
    version: 0,
    modules: [grow],
    order: ['main'],
    secrets: {},
    lookups: {},
    limits: defaultTransformLimits,
  }
  expect(await run({}, { deployment }, watched)).toMatchObject({
    total: 13,
    done: 13,
    passed: 12,
    dropped: 1,
    failed: 0,
  })
  expect(most).toBeLessThan(8)
})
