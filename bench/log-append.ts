/**
 * Durable appends to the log in files, against `lmdb` doing the same with sync, in turns in one process; and how long the log
 * takes to open with 1 GB in it. Records a second of wall clock and of CPU (all threads). Two more rows tell what is possible at all,
 * without a checksum, a format or a copy: `bare` writes everything that waits through the system's cache, each time with one sync;
 * `direct` writes past it and syncs as much as the log does at a time, with as many on their way.
 *
 *   node bench/log-append.ts [seconds of each run] [runs]
 */
import { closeSync, fdatasync, mkdtempSync, openSync, rmSync, writev } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { open } from 'lmdb'
import { openDisk } from '../server/src/log/files/disk.ts'
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

/** What has been appended to a folder that is empty at first. */
const openGrowing: OpenStore = async (folder) => {
  const log = await openLog(folder)
  return { append: (body) => log.append({ partition: 0, count: 1, body: [body] }), close: () => log.close() }
}

/** As a log is once it holds what it retains: the segments it trims are used again. */
const openRetaining: OpenStore = async (folder) => {
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

const openLmdbGrowing: OpenStore = async (folder) => {
  const database = openLmdb(folder)
  let key = 0
  return { append: (body) => database.put(key++, body), close: () => database.close() }
}

/** Each write removes the record that is no longer retained, in the same transaction; its pages are used again. */
const openLmdbRetaining: OpenStore = async (folder) => {
  const database = openLmdb(folder)
  let key = 0
  return {
    append(body) {
      const old = key - Math.floor(retainedBytes / body.length)
      if (old >= 0) void database.remove(old)
      return database.put(key++, body)
    },
    close: () => database.close(),
  }
}

/** Into a file that grows, or that begins again where it holds what is retained. */
function openBare(fileBytesMax: number): OpenStore {
  return async (folder) => {
    const file = openSync(join(folder, 'bare'), 'w')
    let waiting: { body: Uint8Array; done: () => void }[] = []
    let place = 0
    let isRunning = false
    const run = async () => {
      isRunning = true
      for (await nextTurn(); waiting.length > 0; await nextTurn()) {
        const group = waiting
        waiting = []
        const bodies = group.map(({ body }) => body)
        const { bytesWritten } = await write(file, bodies, place)
        await sync(file)
        place = place + 2 * bytesWritten > fileBytesMax ? 0 : place + bytesWritten
        for (const { done } of group) done()
      }
      isRunning = false
    }
    return {
      append: (body) =>
        new Promise<void>((done) => {
          waiting.push({ body, done })
          if (!isRunning) void run()
        }),
      close: async () => closeSync(file),
    }
  }
}

/** As many bytes as a group of the log's has while others are on their way, and as many of them. */
const directBytes = 1024 * 1024
const directsAtOnce = 3

/** Memory that lies ready is written in place of the bodies. */
function openDirect(fileBytesMax: number): OpenStore {
  return async (folder) => {
    const disk = openDisk()
    if (disk.direct === undefined) throw new Error('This system does not write past its cache')
    const file = await disk.open(join(folder, 'direct'), 'create')
    const memory = disk.direct.allocate(directBytes).fill('millrace')
    const waiting: (() => void)[] = []
    let place = 0
    let underWay = 0
    const run = async (recordBytes: number) => {
      underWay++
      for (await nextTurn(); waiting.length > 0; ) {
        const group = waiting.splice(0, directBytes / recordBytes)
        const bytes = group.length * recordBytes
        const at = place
        place = place + bytes + directBytes > fileBytesMax ? 0 : place + bytes
        const written = await file.writeDirect(memory.subarray(0, bytes), at)
        if (written !== bytes) throw new Error('This file system does not write past its cache')
        await file.sync()
        for (const done of group) done()
        await nextTurn()
      }
      underWay--
    }
    return {
      append: (body) =>
        new Promise<void>((done) => {
          waiting.push(done)
          const isFull = waiting.length * body.length >= directBytes
          if (underWay === 0 || (isFull && underWay < directsAtOnce)) void run(body.length)
        }),
      close: () => file.close(),
    }
  }
}

const write = promisify(writev)
const sync = promisify(fdatasync)
const nextTurn = promisify(setImmediate)

/** `overlappingSync: false`: the promise of a write settles when its transaction is synced, as ours does. */
function openLmdb(folder: string) {
  const path = join(folder, 'lmdb')
  return open<Uint8Array, number>({ path, encoding: 'binary', overlappingSync: false, compression: false })
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

const pairs = {
  'from empty': {
    log: openGrowing,
    lmdb: openLmdbGrowing,
    bare: openBare(Number.POSITIVE_INFINITY),
    direct: openDirect(Number.POSITIVE_INFINITY),
  },
  [`retaining ${retainedBytes / 2 ** 20} MB`]: {
    log: openRetaining,
    lmdb: openLmdbRetaining,
    bare: openBare(retainedBytes),
    direct: openDirect(retainedBytes),
  },
}

const stores = ['log', 'lmdb', 'bare', 'direct'] as const
type Name = (typeof stores)[number]

async function compare(recordBytes: number, count: number): Promise<void> {
  const rows: Record<string, Record<string, string | number>> = {}
  for (const [how, pair] of Object.entries(pairs)) {
    const rates = { log: [] as Rate[], lmdb: [] as Rate[], bare: [] as Rate[], direct: [] as Rate[] }
    for (let run = 0; run < runs; run++)
      for (const name of stores) rates[name].push(await measure(pair[name], recordBytes, count))
    const of = (name: Name, field: keyof Rate) => median(rates[name].map((rate) => rate[field]))
    for (const name of stores)
      rows[`${name}, ${how}`] = {
        'records/s': Math.round(of(name, 'perSecond')),
        'MB/s': Math.round((of(name, 'perSecond') * recordBytes) / 1e6),
        '× lmdb': (of(name, 'perSecond') / of('lmdb', 'perSecond')).toFixed(2),
        '× bare': (of(name, 'perSecond') / of('bare', 'perSecond')).toFixed(2),
        '× direct': (of(name, 'perSecond') / of('direct', 'perSecond')).toFixed(2),
        'records/CPU s': Math.round(of(name, 'perCpuSecond')),
        '× lmdb (CPU)': (of(name, 'perCpuSecond') / of('lmdb', 'perCpuSecond')).toFixed(2),
        'p50 ms': of(name, 'p50Ms').toFixed(2),
        'p99 ms': of(name, 'p99Ms').toFixed(2),
      }
  }
  console.log(
    `\nrecords of ${recordBytes / 1024} KB, ${count} producers, medians of ${runs} runs of ${secondsPerRun} s`,
  )
  console.table(rows)
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
