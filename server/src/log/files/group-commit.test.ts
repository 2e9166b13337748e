/** Groups of several records, one behind the other, and the way they take to the disk. */
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { openFileLog } from './file-log.ts'
import { type Fault, randomOf, SimDisk } from './sim-disk.ts'

test('a group made ready behind one that fails gets the offsets of that one', async () => {
  const faults: Fault[] = []
  const disk = new SimDisk({ random: randomOf(1), fault: (kind) => (kind === 'write' ? faults.shift() : undefined) })
  const log = await openOn(disk)
  faults.push('ENOSPC')
  const appended = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => append(log, letter.repeat(1100)))
  expect(await Promise.allSettled(appended)).toMatchObject([
    { reason: { code: 'storage_full' } },
    { reason: { code: 'storage_full' } },
    { value: 0n },
    { value: 1n },
    { value: 2n },
    { value: 3n },
  ])
  await log.close()
  const again = await openOn(disk.powerCycle({ random: randomOf(2) }))
  expect((await texts(again)).map(([letter]) => letter)).toEqual(['c', 'd', 'e', 'f'])
  await again.close()
})

test('the next group is made ready while a full one is on its way to the disk', async () => {
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
  await Promise.all(Array.from({ length: 8 }, (_, index) => append(log, `${index}`.repeat(1100))))
  // Groups of two: the second before the first is synced, the third before the second; the last is not full, and waits for more.
  expect(await stamps(log)).toEqual([0, 0, 0, 0, 1, 1, 3, 3])
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
  const settings = { segmentBytes: 16_384, groupBytesMax: 2500, diskBudgetBytes: 1_000_000 }
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
