import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MillraceError } from '../errors.ts'
import { openOutbound } from '../outbound.ts'
import type { JobEnd, SourceState } from '../sources.ts'
import { NotRetryable } from './connector.ts'
import { connectorOf, input, job, openKept, pageOf, type Read } from './job.fixture.ts'
import { type JobParts, runJob } from './job.ts'
import { openJobFiles, openRawPage, rawPages, readJobLog } from './job-files.ts'
import { openRedaction } from './redaction.ts'

const rawBytesMax = 1024 * 1024
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-job-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function run(read: Read, parts: Partial<JobParts> & Pick<JobParts, 'store' | 'take'>): Promise<JobEnd> {
  const connector = connectorOf(read)
  const redaction = openRedaction(connector.settings, input.settings)
  const files = await openJobFiles(folder, redaction, rawBytesMax)
  const http = { request: async () => Promise.reject(new Error('there is no network in this test')) }
  const signal = new AbortController().signal
  const outbound = openOutbound([])
  const calls = { made: 0, usedUpUntil: undefined }
  const replacements = unused
  const end = runJob({
    job,
    input,
    connector,
    folder,
    replacements,
    http,
    outbound,
    calls,
    files,
    redaction,
    signal,
    retryMs: 1,
    ...parts,
  })
  return end.finally(() => files.settled())
}

/** Jobs without a range replace nothing. */
const unused: JobParts['replacements'] = {
  append: async () => {},
  end: async () => 0n,
  done: async () => undefined,
  undivided: async () => [],
}

const from = (state: SourceState) => (state['next'] as number | undefined) ?? 0
const logText = () => readFile(join(folder, 'log.ndjson'), 'utf8')

test('a page’s rows are durable before its state is kept', async () => {
  const { told, kept, store, take } = openKept()
  async function* read() {
    yield pageOf([0, 1], { next: 2 })
    yield pageOf([2], { next: 3 })
  }
  expect(await run(read, { store, take })).toEqual({ state: 'SUCCESS', error: null })
  expect(told).toEqual(['rows n0 n1', 'state {"next":2}', 'rows n2', 'state {"next":3}'])
  expect(kept).toMatchObject({ pages: 2, rowCount: 3 })
})

test('members of the state that a page leaves out stay', async () => {
  const { kept, store, take } = openKept({ orders: 7, users: 1 })
  async function* read() {
    yield pageOf([0], { users: 2 })
  }
  await run(read, { store, take })
  expect(kept.state).toEqual({ orders: 7, users: 2 })
})

test('an error is tried again from the last page, three times, and no row is doubled', async () => {
  const { kept, store, take } = openKept()
  const begun: number[] = []
  async function* read(state: SourceState) {
    begun.push(from(state))
    yield pageOf([from(state)], { next: from(state) + 1 })
    throw new Error('the line is cut')
  }
  const end = await run(read, { store, take })
  expect(begun).toEqual([0, 1, 2, 3])
  expect(end).toEqual({ state: 'FAILURE', error: { code: 'source_unavailable', message: 'the line is cut' } })
  expect([...kept.rows.keys()]).toEqual(['n0', 'n1', 'n2', 'n3'])
  expect(kept.attempts).toBe(3)
})

test.each([
  ['what says so', new NotRetryable('the password is wrong')],
  ['a refusal of ours', new MillraceError('forbidden', 'the address is private')],
  ['a pause that is too long', new MillraceError('source_unavailable', 'come tomorrow', { retryAfterSeconds: 86_400 })],
])('it is not tried again after %s', async (_, error) => {
  const { kept, store, take } = openKept()
  let begun = 0
  // biome-ignore lint/correctness/useYield: it fails before its first page
  async function* read() {
    begun++
    throw error
  }
  expect(await run(read, { store, take })).toMatchObject({ state: 'FAILURE', error: { message: error.message } })
  expect([begun, kept.attempts]).toEqual([1, 0])
})

test('why it failed is told once, with what may be done about it', async () => {
  const { store, take } = openKept()
  const cause = new Error('ends too early')
  const refused = new MillraceError('forbidden', 'the file cannot be unpacked: ends too early', {
    cause,
    hint: 'Pack it.',
  })
  // biome-ignore lint/correctness/useYield: it fails before its first page
  async function* read() {
    throw refused
  }
  const message = 'the file cannot be unpacked: ends too early. Pack it.'
  expect(await run(read, { store, take })).toMatchObject({ state: 'FAILURE', error: { message } })
  const lines = await readJobLog(folder, 0, 10)
  expect(lines.at(-1)).toMatchObject({ level: 'error', fields: { reason: message } })
})

test('a log that takes nothing for a while holds the source back, and loses nothing', async () => {
  const { told, store, take } = openKept()
  let refusals = 2
  const full: JobParts['take'] = async (...given) => {
    if (refusals-- > 0) throw new MillraceError('storage_full', 'the disk is full')
    return take(...given)
  }
  async function* read() {
    yield pageOf([0], { next: 1 })
  }
  expect(await run(read, { store, take: full })).toMatchObject({ state: 'SUCCESS' })
  expect(told).toEqual(['rows n0', 'state {"next":1}'])
})

test('what is aborted ends at once, its `finally` runs, and its state is that of the last page', async () => {
  const { kept, store, take } = openKept()
  const stop = new AbortController()
  let isClosed = false
  async function* read(_: SourceState, { signal }: { signal: AbortSignal }) {
    try {
      yield pageOf([0], { next: 1 })
      setTimeout(() => stop.abort('enough'), 5)
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    } finally {
      isClosed = true
    }
  }
  const aborted = run(read, { store, take, signal: stop.signal })
  await expect(aborted).rejects.toBe('enough')
  expect(kept.state).toEqual({ next: 1 })
  expect(isClosed).toBe(true)
}, 10_000)

test('the same page for ever is an end, not an endless job', async () => {
  const { store, take } = openKept()
  let pages = 0
  async function* read() {
    for (;;) {
      pages++
      yield pageOf([0], { next: 1 })
    }
  }
  expect(await run(read, { store, take })).toMatchObject({
    state: 'FAILURE',
    error: { message: expect.stringMatching(/for ever/) },
  })
  expect(pages).toBeLessThan(200)
})

test('secrets are in no log, no message and no error, a new one neither', async () => {
  const { kept, store, take } = openKept()
  async function* read(_: SourceState, { log, saveSettings }: Parameters<Read>[1]) {
    log.info('asking with correct horse', { url: 'http://x/?p=correct%20horse', n: 1 })
    yield pageOf([0], { next: 1 })
    await saveSettings({ password: 'battery staple' })
    throw new NotRetryable('refused: battery staple')
  }
  const { error } = await run(read, { store, take })
  expect(error?.message).toBe('refused: •••')
  expect(kept.settings).toEqual({ password: 'battery staple' })
  expect(await logText()).not.toMatch(/horse|staple/)
  expect(await readJobLog(folder, 0, 1)).toMatchObject([
    { level: 'info', message: 'asking with •••', fields: { n: 1 } },
  ])
})

test('pages are kept as they were retrieved, and as lines of JSON where the connector keeps none', async () => {
  const { store, take } = openKept()
  async function* read() {
    yield {
      ...pageOf([0], { next: 1 }),
      raw: {
        name: '../a b.csv',
        contentType: 'text/csv',
        bytes: Buffer.from('n\n0\n'),
        metadata: { report: 'clicks', total: 3 },
      },
    }
    yield pageOf([1, 2], { next: 3 })
  }
  await run(read, { store, take })
  expect(await rawPages(folder)).toEqual([
    { name: '000001-_a_b.csv', bytes: 4, metadata: { report: 'clicks', total: 3 } },
    { name: '000002-page.ndjson', bytes: 16 },
  ])
  expect(await readdir(join(folder, 'raw'))).toHaveLength(2)
})

test('a row that cannot be read goes to the restream queue with its reason, and costs only itself', async () => {
  const { store } = openKept()
  const faults: unknown[] = []
  const take: JobParts['take'] = async (_, events) => {
    faults.push(...(events.faults ?? []))
    return { accepted: events.starts.length, restreamed: 0 }
  }
  async function* read() {
    const drafts = [
      { type: 'a', data: {} },
      { type: ' ', data: {} },
      { type: 'a', data: {}, id: 'x'.repeat(200) },
      { type: 'b', data: { text: 'x'.repeat(2 ** 20) } },
      { type: 'b', data: {}, time: Number.NaN },
    ]
    yield { drafts, state: {} }
  }
  expect(await run(read, { store, take })).toMatchObject({ state: 'SUCCESS' })
  expect(faults).toMatchObject([
    { index: 1, code: 'invalid_event_type' },
    { index: 2, code: 'invalid_request' },
    { index: 3, code: 'event_too_large' },
    { index: 4, code: 'invalid_event_time' },
  ])
})

test('rows that were to replace others go to the log again where that has lost them, as another attempt', async () => {
  const { store, take } = openKept()
  const appended: [attempt: string, events: number][] = []
  const ended: string[] = []
  const range = { start: '2026-01-01', end: '2026-01-02' }
  const replacements: JobParts['replacements'] = {
    append: async (_, { starts }, { attempt }) => void appended.push([attempt, starts.length]),
    async end(_, { attempt }) {
      ended.push(attempt)
      return BigInt(ended.length)
    },
    async done() {
      return ended.length === 2 ? { rows: 3, replaced: 1 } : null
    },
    undivided: async () => [],
  }
  let reads = 0
  async function* read() {
    reads++
    yield pageOf([0, 1, 2], { next: 3 })
  }
  const end = await run(read, { store, take, replacements, job: { ...job, range } })
  expect([end.state, reads]).toEqual(['SUCCESS', 1])
  expect(appended).toEqual(ended.map((attempt) => [attempt, 3]))
  expect(new Set(ended).size).toBe(2)
})

test('what a job retrieved is kept up to a bound, from the beginning and without gaps; the log says from where on it is not', async () => {
  const files = await openJobFiles(folder, openRedaction(connectorOf(nothing).settings, {}), 1_000)
  const page = (length: number) => ({ name: 'page', contentType: 'text/plain', bytes: new Uint8Array(length) })
  await files.keep(1, page(600))
  await files.keep(2, page(600))
  await files.keep(3, page(1))
  await files.settled()
  expect((await rawPages(folder)).map(({ bytes }) => bytes)).toEqual([600])
  const warned = (await readJobLog(folder, 0, 10)).filter(({ level }) => level === 'warn')
  expect(warned).toMatchObject([{ fields: { number: 2, keptBytes: 600 } }])
  expect((await openRawPage(folder, '000001-page')).bytes).toBe(600)
  for (const name of ['000001-page.part', '../log.ndjson', '..', '000002-page'])
    await expect(openRawPage(folder, name)).rejects.toMatchObject({ code: 'not_found' })
})

async function* nothing() {}
