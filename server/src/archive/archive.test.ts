/** An archive over failures and deaths of every kind: each event is in it once, by the names of objects. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ArchiveFailure, ArchiveProgress } from '../archive.ts'
import { encodeBatch } from '../batch.ts'
import { MillraceError } from '../errors.ts'
import { type ObjectStore, storeRefused, storeUnavailable } from '../object-store.ts'
import { silentLogger } from '../telemetry.ts'
import { type Archive, openArchive } from './archive.ts'
import type { LogRecord, LogToArchive } from './round.ts'
import { readState, stateFileIn, writeState } from './state-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-archive-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const hour = 3_600_000
const noon = Date.UTC(2026, 0, 1, 12)

/** A log in memory: a reader at its end waits. */
function openLog(id = 'log-1') {
  let records: LogRecord[] = []
  let end = 0n
  let start = 0n
  const log: LogToArchive = {
    id,
    start: () => start,
    end: () => end,
    async *read(from, signal) {
      if (from < start) throw new MillraceError('log_trimmed', 'gone')
      yield* records.filter(({ offset, count }) => offset + BigInt(count) > from)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  }
  return {
    log,
    append(count: number, { label = 'native', receivedAt = noon, isResent = false } = {}) {
      const events = Array.from({ length: count }, (_, index) =>
        Buffer.from(JSON.stringify({ n: Number(end) + index })),
      )
      let at = 0
      const ends = events.map((event) => {
        at += event.length
        return at
      })
      const resent = events.map(() => ({ offset: '0', count: 1, receivedAt }))
      const body = encodeBatch({
        input: { id: 'i', label, type: 'native' },
        receivedAt,
        idBase: new Uint8Array(16),
        types: ['t'],
        starts: Uint32Array.from([0, ...ends.slice(0, -1)]),
        ends: Uint32Array.from(ends),
        payload: Buffer.concat(events),
        ...(isResent && { resent }),
      })
      records.push({ offset: end, count, appendedAt: receivedAt, body: Buffer.concat(body) })
      end += BigInt(count)
    },
    trim(to: bigint) {
      start = to
      records = records.filter(({ offset }) => offset >= to)
    },
  }
}

/** Fails, or never answers, where it is told to. */
function openMemoryStore() {
  const objects = new Map<string, Buffer>()
  const store = {
    objects,
    puts: [] as string[],
    before: async (_key: string): Promise<void> => {},
    async put(key: string, bytes: Uint8Array) {
      await store.before(key)
      store.puts.push(key)
      objects.set(key, Buffer.from(bytes))
    },
  }
  return store
}

interface Opened {
  readonly archive: Archive
  readonly failures: ArchiveFailure[]
  readonly progress: ArchiveProgress[]
  readonly lost: number[]
}

const opened: Archive[] = []
afterEach(async () => {
  for (const archive of opened.splice(0)) await archive.close()
})

function open(
  log: LogToArchive,
  store: ReturnType<typeof openMemoryStore>,
  config: { inputs?: string[]; rollBytes?: number; rollSeconds?: number } = {},
): Opened {
  const told = { failures: [] as ArchiveFailure[], progress: [] as ArchiveProgress[], lost: [] as number[] }
  const archive = openArchive({
    workspace: 'w',
    config: { inputs: null, rollBytes: 1_000_000, rollSeconds: 0, ...config },
    log,
    openStore: () => store as unknown as ObjectStore,
    stateFile: stateFileIn(folder),
    inTurn: (job) => job(),
    onProgress: (progress) => told.progress.push(progress),
    onFailure: (failure) => told.failures.push(failure),
    onLost: (events) => told.lost.push(events),
    logger: silentLogger,
    pauses: { lookMs: 2, retryMs: 2, retryMaxMs: 5 },
  })
  opened.push(archive)
  return { archive, ...told }
}

const numbersIn = (objects: ReadonlyMap<string, Buffer>) =>
  [...objects.values()]
    .flatMap((bytes) => gunzipSync(bytes).toString().trim().split('\n'))
    .map((line) => (JSON.parse(line) as { data: { n: number } }).data.n)
    .toSorted((a, b) => a - b)
const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, index) => from + index)
const patience = { timeout: 20_000, interval: 5 }
const reached = (archive: Archive, position: bigint) =>
  expect.poll(async () => (await archive.status()).position, patience).toBe(position)

describe('an archive', () => {
  it('has every event once, by input and hour, and goes on with what comes', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    append(3)
    append(2, { label: 'shop' })
    append(4, { receivedAt: noon + hour })
    const { archive } = open(log, store)
    await reached(archive, 9n)
    expect([...store.objects.keys()].toSorted()).toEqual([
      'w/native/2026/01/01/12/00000000000000000000-00000000000000000003-log-1.ndjson.gz',
      'w/native/2026/01/01/13/00000000000000000005-00000000000000000009-log-1.ndjson.gz',
      'w/shop/2026/01/01/12/00000000000000000003-00000000000000000005-log-1.ndjson.gz',
    ])
    append(1)
    await reached(archive, 10n)
    expect(numbersIn(store.objects)).toEqual(upTo(10))
    expect(await archive.status()).toMatchObject({ events: 10, objects: 4, lagEvents: 0, lagMs: 0, lost: 0 })
  })

  it('ends objects where they are large enough', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    for (let index = 0; index < 50; index++) append(100)
    const { archive } = open(log, store, { rollBytes: 20_000 })
    await reached(archive, 5_000n)
    expect(store.objects.size).toBeGreaterThan(10)
    expect(numbersIn(store.objects)).toEqual(upTo(5_000))
  })

  it('waits for more where there is little, and does not where there is much', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    append(10)
    const { archive } = open(log, store, { rollSeconds: 3_600, rollBytes: 100_000 })
    await reached(archive, 10n)
    append(10)
    for (let looks = 0; looks < 20; looks++) expect((await archive.status()).position).toBe(10n)
    expect((await archive.status()).lagEvents).toBe(10)
    append(1_500)
    await reached(archive, 1_520n)
  })

  it('leaves out other inputs, and events that are sent through again', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    append(2)
    append(3, { label: 'shop' })
    append(4, { label: 'shop', isResent: true })
    const { archive } = open(log, store, { inputs: ['shop'] })
    await reached(archive, 9n)
    expect(numbersIn(store.objects)).toEqual([2, 3, 4])
    expect(await archive.status()).toMatchObject({ events: 3, objects: 1 })
  })
})

describe('a store that fails', () => {
  it('is tried again until it does not, and each event is there once', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    let tries = 0
    store.before = async () => {
      if (++tries % 3 !== 0) throw tries % 2 === 0 ? storeUnavailable('503') : storeRefused('No such key', 'Check it.')
    }
    for (let index = 0; index < 20; index++) append(10, { label: `input ${index % 4}` })
    const { archive, failures } = open(log, store, { rollBytes: 2_000 })
    await reached(archive, 200n)
    expect(numbersIn(store.objects)).toEqual(upTo(200))
    expect(failures.map(({ code }) => code)).toContain('object_store_unavailable')
    expect(failures.map(({ message }) => message)).toContain('No such key. Check it.')
    expect((await archive.status()).failure).toBeUndefined()
  })

  it('is told of, with how long already and how much waits', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    store.before = async () => {
      throw storeRefused('Access denied', 'Give the key the right to write.')
    }
    append(5)
    const { archive, failures } = open(log, store)
    await expect.poll(() => failures.length, patience).toBeGreaterThan(3)
    const { failure, lagEvents, lagMs } = await archive.status()
    expect(failure).toMatchObject({ code: 'object_store_refused', since: failures[0]!.since })
    expect(failure!.at).toBeGreaterThanOrEqual(failure!.since)
    expect(lagEvents).toBe(5)
    expect(lagMs).toBeGreaterThan(0)
  })

  it('loses nothing of what was read already, when the log gives it up', async () => {
    const { log, append, trim } = openLog()
    const store = openMemoryStore()
    let isDown = true
    store.before = async () => {
      if (isDown) throw storeUnavailable('503')
    }
    append(5)
    const { archive, failures, lost } = open(log, store)
    await expect.poll(() => failures.length, patience).toBeGreaterThan(0)
    append(5)
    append(5)
    trim(10n)
    isDown = false
    await reached(archive, 15n)
    expect(numbersIn(store.objects)).toEqual([...upTo(5), ...upTo(15, 10)])
    expect(lost).toEqual([5])
    expect(await archive.status()).toMatchObject({ lost: 5, events: 10 })
  })
})

describe('a process that dies', () => {
  it('leaves each event once, wherever it was in a round and however the next one would be cut', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    for (let index = 0; index < 30; index++) append(10, { label: `input ${index % 3}` })
    for (let death = 1; (readState(stateFileIn(folder))?.position ?? 0n) < 300n; death++) {
      const died = Promise.withResolvers<void>()
      let puts = 0
      store.before = async () => {
        if (++puts < 1 + (death % 4)) return
        died.resolve()
        await new Promise(() => {}) // the object is never there, nothing is noted any more
      }
      const { archive } = open(log, store, { rollBytes: 1_000 + 700 * (death % 5) })
      await Promise.race([died.promise, reached(archive, log.end())])
      opened.length = 0
      append(1)
      if (puts < 1 + (death % 4)) await archive.close()
      const after = readState(stateFileIn(folder))!
      store.before = async () => {}
      const next = open(log, store, { rollBytes: 800 })
      await expect.poll(async () => (await next.archive.status()).position, patience).toBeGreaterThan(after.position)
      await next.archive.close()
    }
    const last = open(log, store)
    await expect.poll(async () => (await last.archive.status()).lagEvents, patience).toBe(0)
    const { position } = await last.archive.status()
    expect(numbersIn(store.objects)).toEqual(upTo(Number(position)))
  })

  it('makes the same objects again, though the disk is slow and a read of it ends too early', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    append(2)
    append(3)
    const counts = { events: 0, objects: 0, bytes: 0, lost: 0, archivedAt: undefined }
    writeState(stateFileIn(folder), { logId: log.id, position: 0n, end: 5n, ...counts })
    let reads = 0
    const slow: LogToArchive = {
      ...log,
      async *read(from, signal) {
        const isShort = ++reads === 1
        for await (const record of log.read(from, signal)) {
          yield record
          if (isShort) return
        }
      },
    }
    const { archive } = open(slow, store)
    await reached(archive, 5n)
    expect([...store.objects.keys()]).toEqual([
      'w/native/2026/01/01/12/00000000000000000000-00000000000000000005-log-1.ndjson.gz',
    ])
  })

  it('goes on where it was, and counts on', async () => {
    const { log, append } = openLog()
    const store = openMemoryStore()
    append(5)
    const first = open(log, store)
    await reached(first.archive, 5n)
    await first.archive.close()
    append(5)
    const { archive } = open(log, store)
    await reached(archive, 10n)
    expect(store.puts).toHaveLength(2)
    expect(await archive.status()).toMatchObject({ events: 10, objects: 2 })
  })
})

describe('a log that is another one', () => {
  it('is archived from its start on, beside what is there', async () => {
    const [one, two] = [openLog('log-1'), openLog('log-2')]
    const store = openMemoryStore()
    one.append(5)
    two.append(3)
    const first = open(one.log, store)
    await reached(first.archive, 5n)
    await first.archive.close()
    const { archive } = open(two.log, store)
    await reached(archive, 3n)
    expect(numbersIn(store.objects)).toEqual([0, 0, 1, 1, 2, 2, 3, 4])
  })

  it('is archived from its end of now on, where it was put back from a copy', async () => {
    const store = openMemoryStore()
    const whole = openLog()
    whole.append(10)
    const first = open(whole.log, store)
    await reached(first.archive, 10n)
    await first.archive.close()
    const copy = openLog()
    copy.append(4)
    const { archive } = open(copy.log, store)
    await reached(archive, 4n)
    copy.append(2)
    await reached(archive, 6n)
  })
})

it('says so where the file of its position cannot be read, and touches nothing', async () => {
  const { log, append } = openLog()
  const store = openMemoryStore()
  append(1)
  writeFileSync(stateFileIn(folder), '{"position":')
  const { failures } = open(log, store)
  await expect.poll(() => failures.length, patience).toBeGreaterThan(0)
  expect(failures[0]!.message).toContain('archive.json cannot be read')
  expect(readFileSync(stateFileIn(folder), 'utf8')).toBe('{"position":')
  expect(store.puts).toEqual([])
})
