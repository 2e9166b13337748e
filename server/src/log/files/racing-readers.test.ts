/** Readers beside a log that turns segments, trims them and uses them anew: each is told every record in order, or that it is gone. */
import assert from 'node:assert'
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import type { Disk } from './disk.ts'
import { openFileLog } from './file-log.ts'
import { SimDisk } from './sim-disk.ts'
import { randomOf } from './sim-disk-faults.ts'

const histories = Number(process.env['MILLRACE_SEEDS']) >= 50_000 ? 500 : 30

test('a reader is told right records without a gap, or that they are trimmed, whatever goes on meanwhile', async () => {
  const endings = { 'read to the end': 0, log_trimmed: 0 }
  for (let seed = 1; seed <= histories; seed++) {
    const random = randomOf(seed)
    const disk = slow(new SimDisk({ random, isUneven: true }), random)
    const settings = { segmentBytes: 16_384, groupBytesMax: 4400, diskBudgetBytes: 1_000_000, retentionBytes: 0 }
    const log = await openFileLog({
      folder: '/log',
      partitions: 1,
      settings,
      logger: silentLogger,
      disk,
      clock: () => 1e12 - seed * 1000 * Math.floor(random() * 9), // goes back and forth
    })
    const readers: Promise<keyof typeof endings>[] = []
    for (let burst = 0; burst < 12; burst++) {
      const appended = Array.from({ length: 14 }, () => append(log))
      const { start, end } = log.status(0)
      readers.push(readFrom(log, start + BigInt(Math.floor(random() * Number(end - start + 1n)))))
      if (burst % 2 === 1) void log.trim(0, end)
      await Promise.all(appended)
    }
    await log.close()
    for (const ending of await Promise.all(readers)) endings[ending]++
  }
  expect(endings['read to the end']).toBeGreaterThan(histories)
  expect(endings.log_trimmed).toBeGreaterThan(histories)
})

/** Records appended to a log so far. Each holds its number, which has to be its offset. */
const numbers = new WeakMap<Log, number>()

function append(log: Log): Promise<bigint> {
  const n = numbers.get(log) ?? 0
  numbers.set(log, n + 1)
  return log.append({ partition: 0, count: 1, body: [Buffer.from(`record ${n} `.padEnd(900, `${n} `))] })
}

async function readFrom(log: Log, from: bigint): Promise<'read to the end' | 'log_trimmed'> {
  let at = from
  try {
    for await (const { offset, body } of log.read(0, from, new AbortController().signal)) {
      assert.equal(offset, at)
      assert.equal(Buffer.from(body).toString(), `record ${offset} `.padEnd(900, `${offset} `))
      at = offset + 1n
    }
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'log_trimmed', String(error))
    return 'log_trimmed'
  }
  return 'read to the end'
}

/** Opens, reads and lists at its leisure, so that anything can happen in between. */
function slow(disk: Disk, random: () => number): Disk {
  const wait = async () => {
    for (let turns = Math.floor(random() ** 2 * 60); turns > 0; turns--) await undefined
  }
  return {
    ...bound(disk),
    async list(path) {
      const names = await disk.list(path)
      await wait()
      return names
    },
    async open(path, mode) {
      await wait()
      const file = await disk.open(path, mode)
      return {
        ...file,
        async read(into, place) {
          await wait()
          return file.read(into, place)
        },
      }
    },
  }
}

/** The methods of a class do not come along when its instance is spread. */
function bound(disk: Disk): Disk {
  return {
    makeFolder: (path) => disk.makeFolder(path),
    list: (path) => disk.list(path),
    open: (path, mode) => disk.open(path, mode),
    openFolder: (path) => disk.openFolder(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    freeBytes: (path) => disk.freeBytes(path),
    direct: disk.direct,
  }
}
