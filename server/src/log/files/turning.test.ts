/** From one segment to the next: without a pause where groups overlap, and without anything left behind when a disk fails meanwhile. */
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { openFileLog } from './file-log.ts'
import { SimDisk } from './sim-disk.ts'
import { type Fault, type Operation, randomOf } from './sim-disk-faults.ts'

const segmentBytes = 32_768
/** Records after which one more full group fits. */
const filled = 16n

test('groups are made for the next segment and written to it before it has its name', async () => {
  const { disk, operations } = observed()
  const log = await openOn(disk, () => operations.filter((operation) => operation === 'rename').length)
  await fill(log)
  operations.length = 0
  await Promise.all(letters(20).map((letter) => append(log, letter)))
  // The last group of the full segment in two parts, the header of the next, and the group behind it.
  const writtenBefore = operations.slice(0, operations.indexOf('rename')).filter((operation) => operation === 'write')
  expect(writtenBefore.length).toBeGreaterThan(3)
  const [base] = (await bases(disk)).slice(1)
  expect(await stampAt(log, BigInt(base!))).toBe(0)
  await log.close()
  const again = await openOn(disk.powerCycle({ random: randomOf(2) }))
  expect(again.status(0)).toMatchObject({ end: filled + 20n, stopped: undefined })
  await again.close()
})

test('where a group in front of it fails, the file of the next segment is a spare again', async () => {
  const faults = new Map<Operation, Fault[]>()
  const { disk, operations } = observed((operation) => faults.get(operation)?.shift())
  const log = await openOn(disk)
  await fill(log)
  faults.set('write', ['ENOSPC'])
  const answers = await Promise.allSettled(letters(20).map((letter) => append(log, letter)))
  const refused = answers.filter(({ status }) => status === 'rejected').length
  expect(refused).toBeGreaterThan(0)
  expect(operations).toContain('rename')
  const end = filled + 20n - BigInt(refused)
  expect(log.status(0)).toMatchObject({ end, stopped: undefined })
  await log.close()
  expect(disk.openCount).toBe(0)
  const again = await openOn(disk.powerCycle({ random: randomOf(2) }))
  expect(again.status(0)).toMatchObject({ end, stopped: undefined })
  await again.close()
})

test('a segment that gets no name costs what was written to it, and is tried again', async () => {
  const faults = new Map<Operation, Fault[]>()
  const { disk } = observed((operation) => faults.get(operation)?.shift())
  const log = await openOn(disk)
  await fill(log)
  faults.set('rename', ['ENOSPC'])
  const answers = await Promise.allSettled(letters(20).map((letter) => append(log, letter)))
  const refused = answers.filter(({ status }) => status === 'rejected').length
  expect(refused).toBeGreaterThan(0)
  expect(log.status(0)).toMatchObject({ end: filled + 20n - BigInt(refused), stopped: undefined })
  await log.close()
  expect(disk.openCount).toBe(0)
})

test('a segment that is trimmed as soon as it is full leaves no index behind', async () => {
  const { disk } = observed()
  const log = await openOn(disk)
  for (let round = 0; round < 6; round++) {
    const appended = letters(30).map((letter) => append(log, letter))
    for (let step = 0; step < 20; step++) {
      await appended[step]
      void log.trim(0, log.status(0).end)
    }
    await Promise.all(appended)
  }
  await log.trim(0, log.status(0).end)
  await log.close()
  expect((await disk.list('/log/0')).filter((name) => name.endsWith('.index'))).toEqual([])
})

/** A disk whose operations are noted. */
function observed(fault: (operation: Operation) => Fault | undefined = () => undefined) {
  const operations: Operation[] = []
  const disk = new SimDisk({
    random: randomOf(1),
    fault(operation) {
      operations.push(operation)
      return fault(operation)
    },
  })
  return { disk, operations }
}

/** Fills a segment so far that the next one is ready. */
async function fill(log: Log): Promise<void> {
  for (const letter of letters(Number(filled))) await append(log, letter)
}

function openOn(disk: SimDisk, clock = () => 0): Promise<Log> {
  const settings = { segmentBytes, groupBytesMax: 5000, diskBudgetBytes: 1_000_000, retentionBytes: 0 }
  return openFileLog({ folder: '/log', partitions: 1, settings, logger: silentLogger, disk, clock })
}

function append(log: Log, letter: string): Promise<bigint> {
  return log.append({ partition: 0, count: 1, body: [Buffer.from(letter.repeat(1100))] })
}

function letters(count: number): string[] {
  return [...'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'].slice(0, count)
}

async function bases(disk: SimDisk): Promise<string[]> {
  const names = await disk.list('/log/0')
  return names.filter((name) => name.endsWith('.segment')).map((name) => name.slice(0, 20))
}

async function stampAt(log: Log, from: bigint): Promise<number | undefined> {
  for await (const { appendedAt } of log.read(0, from, new AbortController().signal)) return appendedAt
  return undefined
}
