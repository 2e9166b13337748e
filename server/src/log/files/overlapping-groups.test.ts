/** Groups that are on their way at the same time when power goes: one that was lost takes those behind it along, for ever. */
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { openFileLog } from './file-log.ts'
import { checkLog } from './inspect.ts'
import { repairLog } from './repair.ts'
import { SimDisk } from './sim-disk.ts'
import { randomOf } from './sim-disk-faults.ts'

const path = '/log/0/00000000000000000000.segment'
const letters = [...'abcdefghijkl']

test('a group behind one that was lost does not count, nor when another stands where that one was', async () => {
  const disk = await withLost('those that overlap')
  const log = await openOn(disk)
  expect(await texts(log)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  // As long as what was lost, so that what stands behind it would be next.
  await Promise.all(['x', 'y'].map((letter) => append(log, letter)))
  expect(await texts(log)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'x', 'y'])
  const killed = await openOn(disk.restart({ random: randomOf(2) }))
  expect(await texts(killed)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'x', 'y'])
  await killed.close()
})

test('a repair does not bring it back', async () => {
  const disk = await withLost('those that overlap')
  const log = await openOn(disk)
  await Promise.all(['x', 'y'].map((letter) => append(log, letter)))
  await log.close()
  const content = Buffer.from(disk.contentOf(path))
  content[content.indexOf('bbbb')]! ^= 1
  disk.damage(path, content)
  expect((await checkLog('/log', disk)).partitions[0]!.damage?.offset).toBe(1n)
  await repairLog('/log', disk)
  const repaired = await openOn(disk)
  expect(await texts(repaired)).toEqual(['a', 'c', 'd', 'e', 'f', 'x', 'y'])
  await repaired.close()
})

test('a group that was lost although a later one was written when it was durable is damage', async () => {
  const disk = await withLost('and a later one')
  const damaged = await openOn(disk)
  expect(damaged.status(0)).toMatchObject({
    end: 6n,
    stopped: expect.stringContaining('event 6 cannot be read, but event 10 behind it is whole'),
  })
  await damaged.close()
})

/** Groups of four, two, two and two records at the same time, the third of which never got to the disk; and one when they are durable. */
async function withLost(left: 'those that overlap' | 'and a later one'): Promise<SimDisk> {
  const disk = new SimDisk({ random: randomOf(1) })
  const log = await openOn(disk)
  await Promise.all(letters.map((letter) => append(log, letter)))
  const cut = disk.copy({ random: randomOf(1) })
  await log.close()
  const content = Buffer.from(cut.contentOf(path))
  const groupOf = (letter: string) => Math.floor(content.indexOf(letter.repeat(8)) / 512) * 512
  if (left === 'those that overlap') content.fill(0, groupOf('k'))
  content.fill(0, groupOf('g'), groupOf('i'))
  cut.damage(path, content)
  return cut
}

function openOn(disk: SimDisk): Promise<Log> {
  const settings = { segmentBytes: 65_536, groupBytesMax: 5000, diskBudgetBytes: 1_000_000 }
  return openFileLog({ folder: '/log', partitions: 1, settings, logger: silentLogger, disk, clock: () => 0 })
}

function append(log: Log, letter: string): Promise<bigint> {
  return log.append({ partition: 0, count: 1, body: [Buffer.from(letter.repeat(1100))] })
}

async function texts(log: Log): Promise<string[]> {
  const { start, end } = log.status(0)
  const read: string[] = []
  for await (const { offset, body } of log.read(0, start, new AbortController().signal)) {
    read.push(String.fromCharCode(body[0]!))
    if (offset + 1n >= end) break
  }
  return read
}
