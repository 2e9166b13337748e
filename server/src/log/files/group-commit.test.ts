/** Groups of several records, one behind the other, and the way they take to the disk. */
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { openFileLog } from './file-log.ts'
import { SimDisk } from './sim-disk.ts'
import { type Fault, randomOf } from './sim-disk-faults.ts'

test('groups sent off behind one that fails get the offsets of that one', async () => {
  const faults: Fault[] = []
  const disk = new SimDisk({ random: randomOf(1), fault: (kind) => (kind === 'write' ? faults.shift() : undefined) })
  const log = await openOn(disk)
  faults.push('ENOSPC')
  const appended = [...'abcdefghij'].map((letter) => append(log, letter.repeat(1100)))
  const refused = { reason: { code: 'storage_full' } }
  expect(await Promise.allSettled(appended)).toMatchObject([
    ...[refused, refused, refused, refused],
    ...[0n, 1n, 2n, 3n, 4n, 5n].map((value) => ({ value })),
  ])
  await log.close()
  const again = await openOn(disk.powerCycle({ random: randomOf(2) }))
  expect((await texts(again)).map(([letter]) => letter)).toEqual([...'efghij'])
  await again.close()
})

test('full groups are on their way at the same time, the next is ready, and they are answered in order', async () => {
  let syncs = 0
  const disk = new SimDisk({
    random: randomOf(1),
    fault(operation) {
      if (operation === 'sync') syncs++
      return undefined
    },
  })
  const log = await openOn(disk, () => syncs)
  syncs = 0
  const answered: bigint[] = []
  const appended = [...'abcdefghijkl'].map(async (letter) => answered.push(await append(log, letter.repeat(1100))))
  await Promise.all(appended)
  // Three of four, two and two records, and two that are ready; the last two are not a full group, and wait for all of them.
  expect(await stamps(log)).toEqual([...Array(10).fill(0), 4, 4])
  expect(answered).toEqual(Array.from({ length: 12 }, (_, index) => BigInt(index)))
  await log.close()
})

test('a file system that does not write past its cache is written to in the ordinary way', async () => {
  const disk = new SimDisk({ random: randomOf(1), canWriteDirect: false })
  const log = await openOn(disk)
  expect(await append(log, 'z'.repeat(2500))).toBe(0n)
  await log.close()
  const again = await openOn(disk.powerCycle({ random: randomOf(2) }))
  expect(await texts(again)).toEqual(['z'.repeat(2500)])
  await again.close()
})

function openOn(disk: SimDisk, clock = () => 0): Promise<Log> {
  const settings = { segmentBytes: 65_536, groupBytesMax: 5000, diskBudgetBytes: 1_000_000 }
  return openFileLog({ folder: '/log', partitions: 1, settings, logger: silentLogger, disk, clock })
}

function append(log: Log, text: string): Promise<bigint> {
  return log.append({ partition: 0, count: 1, body: [Buffer.from(text)] })
}

async function texts(log: Log): Promise<string[]> {
  return (await records(log)).map(({ text }) => text)
}

async function stamps(log: Log): Promise<number[]> {
  return (await records(log)).map(({ appendedAt }) => appendedAt)
}

async function records(log: Log): Promise<{ text: string; appendedAt: number }[]> {
  const { start, end } = log.status(0)
  const read: { text: string; appendedAt: number }[] = []
  for await (const { offset, count, body, appendedAt } of log.read(0, start, new AbortController().signal)) {
    read.push({ text: Buffer.from(body).toString(), appendedAt })
    if (offset + BigInt(count) >= end) break
  }
  return read
}
