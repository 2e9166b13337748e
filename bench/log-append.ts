/**
 * Durable appends to the log in files, against `lmdb` doing the same with sync, in turns in one process; and how long the log
 * takes to open with 1 GB in it. Records a second of wall clock and of CPU (all threads).
 *
 *   node bench/log-append.ts [seconds of each run] [runs]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { type FileLog, openFileLog } from '../server/src/log/files/file-log.ts'
import { silentLogger } from '../server/src/telemetry.ts'
import { median } from './child.ts'

const secondsPerRun = Number(process.argv[2] ?? 3)
const runs = Number(process.argv[3] ?? 3)
const retainedBytes = 512 * 1024 * 1024
const producers = 64

interface Store {
  /** Resolves when the record is durable. */
  append(body: Uint8Array): Promise<unknown>
  close(): Promise<void>
}

type OpenStore = (folder: string) => Promise<Store>

/** As a server's log is after its first half gigabyte: segments that were trimmed are used again. */
const openRecycling: OpenStore = async (folder) => {
  const log = await openLog(folder, retainedBytes)
  let bytes = 0
  return {
    append(body) {
      bytes += body.length
      if (bytes > retainedBytes / 16) {
        bytes = 0
        void log.trim(0, log.status(0).end)
      }
      return log.append({ partition: 0, count: 1, body: [body] })
    },
    close: () => log.close(),
  }
}

/** Every segment is new, so each byte is written twice: as a zero ahead of time, and as itself. */
const openGrowing: OpenStore = async (folder) => {
  const log = await openLog(folder)
  return { append: (body) => log.append({ partition: 0, count: 1, body: [body] }), close: () => log.close() }
}

/** `overlappingSync: false`: the promise of a write settles when its transaction is synced, as ours does. */
const openLmdb: OpenStore = async (folder) => {
  const database = open<Uint8Array, number>({
    path: join(folder, 'lmdb'),
    encoding: 'binary',
    overlappingSync: false,
    compression: false,
  })
  let key = 0
  return { append: (body) => database.put(key++, body), close: () => database.close() }
}

/** The same where flushing overlaps the next transaction, and each write waits for its own flush. */
const openLmdbOverlapping: OpenStore = async (folder) => {
  const database = open<Uint8Array, number>({
    path: join(folder, 'lmdb'),
    encoding: 'binary',
    separateFlushed: true,
    compression: false,
  })
  let key = 0
  return {
    async append(body) {
      const committed = database.put(key++, body)
      await committed
      await (committed as unknown as { flushed: Promise<void> }).flushed
    },
    close: () => database.close(),
  }
}

function openLog(folder: string, retentionBytes?: number): Promise<FileLog> {
  const settings = { diskBudgetBytes: 64 * 2 ** 30, ...(retentionBytes && { retentionBytes }) }
  return openFileLog({ folder, partitions: 1, settings, logger: silentLogger })
}

interface Rate {
  readonly perSecond: number
  readonly perCpuSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

async function measure(openStore: OpenStore, recordBytes: number, count: number): Promise<Rate> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  const store = await openStore(folder)
  const body = Buffer.alloc(recordBytes, 'millrace')
  const latencies: number[] = []
  const run = async (until: number) => {
    for (let now = performance.now(); now < until; ) {
      await store.append(body)
      const after = performance.now()
      latencies.push(after - now)
      now = after
    }
  }
  const runAll = (ms: number) => Promise.all(Array.from({ length: count }, () => run(performance.now() + ms)))
  await runAll(secondsPerRun * 500) // warms up, and fills what is retained
  latencies.length = 0
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  await runAll(secondsPerRun * 1000)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await store.close()
  rmSync(folder, { recursive: true })
  latencies.sort((a, b) => a - b)
  const records = latencies.length
  const at = (share: number) => latencies[Math.floor(records * share)]!
  return {
    perSecond: records / seconds,
    perCpuSecond: (records / (user + system)) * 1e6,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  }
}

const stores = {
  'log, recycled': openRecycling,
  'log, new files': openGrowing,
  lmdb: openLmdb,
  'lmdb, overlapping': openLmdbOverlapping,
}

async function compare(recordBytes: number, count: number): Promise<void> {
  const rates = new Map<string, Rate[]>(Object.keys(stores).map((name) => [name, []]))
  for (let run = 0; run < runs; run++)
    for (const [name, openStore] of Object.entries(stores))
      rates.get(name)!.push(await measure(openStore, recordBytes, count))
  const medianOf = (name: string, field: keyof Rate) => median(rates.get(name)!.map((rate) => rate[field]))
  const best = Math.max(medianOf('lmdb', 'perSecond'), medianOf('lmdb, overlapping', 'perSecond'))
  const bestCpu = Math.max(medianOf('lmdb', 'perCpuSecond'), medianOf('lmdb, overlapping', 'perCpuSecond'))
  console.log(
    `\nrecords of ${recordBytes / 1024} KB, ${count} producers, medians of ${runs} runs of ${secondsPerRun} s`,
  )
  console.table(
    Object.fromEntries(
      Object.keys(stores).map((name) => [
        name,
        {
          'records/s': Math.round(medianOf(name, 'perSecond')),
          'MB/s': Math.round((medianOf(name, 'perSecond') * recordBytes) / 1e6),
          'times the better lmdb': (medianOf(name, 'perSecond') / best).toFixed(2),
          'records/CPU s': Math.round(medianOf(name, 'perCpuSecond')),
          'times (CPU)': (medianOf(name, 'perCpuSecond') / bestCpu).toFixed(2),
          'p50 ms': medianOf(name, 'p50Ms').toFixed(2),
          'p99 ms': medianOf(name, 'p99Ms').toFixed(2),
        },
      ]),
    ),
  )
}

async function measureOpening(recordBytes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  let log = await openLog(folder)
  const body = Buffer.alloc(recordBytes, 'millrace')
  const count = Math.ceil(2 ** 30 / recordBytes)
  for (let written = 0; written < count; written += 256)
    await Promise.all(
      Array.from({ length: 256 }, () =>
        log.append({ partition: 0, count: 1, body: [body], tag: body.subarray(0, 16) }),
      ),
    )
  await log.close()
  const times: number[] = []
  const tagTimes: number[] = []
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now()
    log = await openLog(folder)
    const openedAt = performance.now()
    let tags = 0
    for await (const _ of log.recentTags(0, 0)) tags++
    times.push(openedAt - startedAt)
    tagTimes.push(performance.now() - openedAt)
    if (tags < count) throw new Error(`${tags} tags of ${count} records`)
    await log.close()
  }
  rmSync(folder, { recursive: true })
  console.log(
    `1 GB of records of ${recordBytes / 1024} KB opens in ${median(times).toFixed(0)} ms, its ${count} tags are told in ${median(tagTimes).toFixed(0)} ms`,
  )
}

await compare(64 * 1024, producers)
await compare(4 * 1024, producers)
await compare(4 * 1024, 1)
await measureOpening(64 * 1024)
await measureOpening(4 * 1024)
