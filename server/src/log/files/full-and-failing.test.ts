/** What a log does when its disk is full or fails, step by step. */
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { type FileLogSettings, openFileLog } from './file-log.ts'
import { SimDisk } from './sim-disk.ts'
import { type Fault, type Operation, randomOf } from './sim-disk-faults.ts'

const segmentBytes = 16_384

test('producers that wait share a sync', async () => {
  const { disk, log } = await opened()
  const before = { sync: disk.counts.sync ?? 0, write: disk.counts.write ?? 0 }
  await Promise.all(Array.from({ length: 64 }, () => append(log, 10)))
  expect(disk.counts.sync! - before.sync).toBe(1)
  await Promise.all(Array.from({ length: 64 }, () => append(log, 10)))
  expect(disk.counts.sync! - before.sync).toBe(2)
  await log.close()
})

test('after a failed sync nothing is acknowledged and no sync is tried again', async () => {
  let failing = false
  const { disk, log } = await opened({}, (operation) => (failing && operation === 'sync' ? 'EIO' : undefined))
  await append(log, 10)
  failing = true
  const waiting = [append(log, 10), append(log, 10)]
  for (const appended of waiting) await expect(appended).rejects.toMatchObject({ code: 'log_stopped' })
  failing = false
  const syncs = disk.counts.sync
  await expect(append(log, 10)).rejects.toMatchObject({ code: 'log_stopped' })
  await expect(log.trim(0, 1n)).rejects.toMatchObject({ code: 'log_stopped' })
  expect(log.status(0)).toMatchObject({ end: 1n, stopped: expect.stringContaining('disk failed') })
  await log.close()
  expect(disk.counts.sync).toBe(syncs)
  expect(disk.openCount).toBe(0)
})

test.each(['ENOSPC', 'EMFILE'] as const)(
  'a write that ends with %s is refused, leaves nothing, and the log goes on',
  async (kind) => {
    let fault: Fault | undefined
    const { disk, log } = await opened({}, (operation) => (operation === 'write' ? fault : undefined))
    await append(log, 10)
    fault = kind
    for (const refused of [append(log, 5000), append(log, 100)])
      await expect(refused).rejects.toMatchObject({ code: 'storage_full' })
    fault = undefined
    expect(await append(log, 10, 'accepted')).toBe(1n)
    await log.close()
    const again = await openOn(disk.powerCycle({ random: randomOf(2) }))
    expect(await bodies(again)).toEqual(['record....', 'accepted..'])
    await again.close()
  },
)

test('a write that the disk does in parts is whole when it is acknowledged', async () => {
  const faults: Fault[] = []
  const { disk, log } = await opened({}, (operation) => (operation === 'write' ? faults.shift() : undefined))
  const sizes = [10, 5000, 100, 2000]
  await append(log, sizes[0]!)
  for (const size of sizes.slice(1)) {
    faults.push('short', 'short')
    await append(log, size)
  }
  await log.close()
  const again = await openOn(disk.powerCycle({ random: randomOf(2) }))
  expect((await bodies(again)).map((body) => body.length)).toEqual(sizes)
  await again.close()
})

test('a sync that failed once is not made good by another', async () => {
  const faults: Fault[] = []
  const { disk, log } = await opened({}, (operation) => (operation === 'sync' ? faults.shift() : undefined))
  await append(log, 10)
  faults.push('EIO')
  const answer = await append(log, 10).then(
    () => 'acknowledged',
    () => 'refused',
  )
  expect(answer, 'what a failed sync dropped is lost with the power').toBe('refused')
  const again = await openOn(disk.powerCycle({ random: () => 0.5 }))
  expect(await bodies(again)).toEqual(['record....'])
  await again.close()
})

test('a record that was refused is not read when the log goes on in the next segment', async () => {
  const faults: Fault[] = []
  const fault = (operation: Operation) => (operation === 'write' ? faults.shift() : undefined)
  const disk = new SimDisk({ random: () => 0.1, fault }) // a short write does the first tenth, zeros behind the group included
  const log = await openOn(disk)
  await append(log, 10)
  faults.push('short', 'ENOSPC')
  const refused = [append(log, 100, 'refused'), append(log, 3000, 'refused')]
  for (const appended of refused) await expect(appended).rejects.toMatchObject({ code: 'storage_full' })
  await append(log, 15_500, 'too large for the rest of the segment')
  expect((await bodies(log)).map((body) => body.length)).toEqual([10, 15_500])
  await log.close()
})

test('records of two writes to the same place never pass as one', async () => {
  const { disk, log } = await opened()
  await append(log, 10)
  await log.close()
  const written = async (text: string) => {
    const copy = disk.copy({ random: randomOf(1) })
    const again = await openOn(copy)
    await Promise.all([append(again, 456, text), append(again, 456, text)])
    return copy.contentOf('/log/0/00000000000000000000.segment')
  }
  const secondRecord = 1024 + 512
  const mixed = Buffer.concat([
    (await written('new')).subarray(0, secondRecord),
    (await written('old')).subarray(secondRecord),
  ])
  disk.damage('/log/0/00000000000000000000.segment', mixed)
  const again = await openOn(disk)
  expect(again.status(0)).toMatchObject({ end: 1n, stopped: undefined })
  expect(await bodies(again)).toEqual(['record....'])
  await again.close()
})

test('a full budget is told before anything is written, and ends with a trim', async () => {
  const { disk, log } = await opened({ diskBudgetBytes: 3.5 * segmentBytes, retentionBytes: 0 })
  const refusal = await untilRefused(log)
  expect(refusal).toMatchObject({ code: 'storage_full', retryAfterSeconds: expect.any(Number) })
  const { write } = disk.counts
  await expect(append(log, 10_000)).rejects.toMatchObject({ code: 'storage_full' })
  expect(disk.counts.write).toBe(write)
  expect(log.status(0).bytes).toBeLessThanOrEqual(3.5 * segmentBytes)
  expect(log.status(0).stopped).toBeUndefined()
  await log.trim(0, log.status(0).end)
  for (let round = 0; round < 10; round++) {
    await append(log, 10_000)
    await log.trim(0, log.status(0).end)
  }
  expect(log.status(0).bytes).toBeLessThanOrEqual(3.5 * segmentBytes)
  await log.close()
})

test('a small budget is cut into segments small enough to go on for ever', async () => {
  const diskBudgetBytes = 64 * 1024
  const settings = { diskBudgetBytes, retentionAgeMs: 1e12 }
  const disk = new SimDisk({ random: randomOf(1) })
  const log = await openFileLog({ folder: '/log', partitions: 1, settings, logger: silentLogger, disk })
  let refused = 0
  for (let round = 0; round < 100; round++) {
    await append(log, 3000).catch(() => refused++)
    if (round % 2 === 0) await log.trim(0, log.status(0).end)
    expect(log.status(0).bytes).toBeLessThanOrEqual(diskBudgetBytes)
  }
  expect(refused).toBe(0)
  await log.close()
})

test('history that nobody needs makes room before appends are refused', async () => {
  const { log } = await opened({ diskBudgetBytes: 6 * segmentBytes, retentionAgeMs: 1e12 })
  for (let round = 0; round < 20; round++) {
    await append(log, 10_000)
    await log.trim(0, log.status(0).end)
  }
  expect(log.status(0).start).toBeGreaterThan(0n)
  await log.close()
})

test('a file system with hardly any space left is left alone until it has some', async () => {
  let free = 1e9
  let now = 1_700_000_000_000
  const disk = new SimDisk({ random: randomOf(1), freeBytes: () => free })
  const settings = { segmentBytes, diskBudgetBytes: 1e9 }
  const log = await openFileLog({
    folder: '/log',
    partitions: 1,
    settings,
    logger: silentLogger,
    disk,
    clock: () => now,
  })
  await append(log, 5000)
  free = 1.5 * segmentBytes
  expect(await untilRefused(log)).toMatchObject({ code: 'storage_full' })
  const { freeBytes } = disk.counts
  await expect(append(log, 10_000)).rejects.toMatchObject({ code: 'storage_full' })
  expect(disk.counts.freeBytes, 'asked at most once a second').toBe(freeBytes)
  free = 1e9
  now += 1000
  await append(log, 10_000)
  await log.close()
})

test('a record larger than a segment is refused for good', async () => {
  const { log } = await opened()
  await expect(append(log, segmentBytes)).rejects.toMatchObject({ code: 'request_too_large' })
  await append(log, segmentBytes - 1024)
  await log.close()
})

test('a folder with more partitions than are configured is not opened', async () => {
  const disk = new SimDisk({ random: randomOf(1) })
  const open = (partitions: number) =>
    openFileLog({
      folder: '/log',
      partitions,
      settings: { segmentBytes, diskBudgetBytes: 1e6 },
      logger: silentLogger,
      disk,
    })
  await (await open(2)).close()
  await expect(open(1)).rejects.toMatchObject({ code: 'conflict' })
  await (await open(3)).close()
})

test('a damaged partition leaves the others alone, and its segment is kept aside', async () => {
  const disk = new SimDisk({ random: randomOf(1) })
  const open = () =>
    openFileLog({
      folder: '/log',
      partitions: 2,
      settings: { segmentBytes, diskBudgetBytes: 1e6 },
      logger: silentLogger,
      disk,
    })
  let log = await open()
  for (const partition of [0, 1, 0, 1]) await log.append({ partition, count: 1, body: [Buffer.from('x')] })
  await log.close()
  const path = '/log/0/00000000000000000000.segment'
  const content = Buffer.from(disk.contentOf(path))
  content[512 + 56]! ^= 1
  disk.damage(path, content)

  log = await open()
  expect(log.status(0).stopped).toBe(
    `${path} is damaged at byte 512: event 0 cannot be read, but event 1 behind it is whole`,
  )
  await expect(append(log, 1)).rejects.toMatchObject({ code: 'log_corrupt' })
  await expect(bodies(log)).rejects.toMatchObject({ code: 'log_corrupt' })
  expect(await log.append({ partition: 1, count: 1, body: [] })).toBe(2n)
  expect(disk.contentOf('/log/quarantine/0-00000000000000000000.segment')).toEqual(content)
  await log.close()
})

async function opened(settings: Partial<FileLogSettings> = {}, fault?: (operation: Operation) => Fault | undefined) {
  const disk = new SimDisk({ random: randomOf(1), ...(fault && { fault }) })
  return { disk, log: await openOn(disk, settings) }
}

function openOn(disk: SimDisk, settings: Partial<FileLogSettings> = {}) {
  const all = { segmentBytes, diskBudgetBytes: 1_000_000, ...settings }
  return openFileLog({
    folder: '/log',
    partitions: 1,
    settings: all,
    logger: silentLogger,
    disk,
    clock: () => 1_700_000_000_000,
  })
}

function append(log: Log, bytes: number, text = 'record'): Promise<bigint> {
  return log.append({ partition: 0, count: 1, body: [Buffer.from(text.padEnd(bytes, '.'))] })
}

async function untilRefused(log: Log): Promise<unknown> {
  for (let round = 0; round < 20; round++) {
    const refusal = await append(log, 10_000).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (refusal) return refusal
  }
  return undefined
}

async function bodies(log: Log): Promise<string[]> {
  const found: string[] = []
  const { start, end, stopped } = log.status(0)
  for await (const { offset, body } of log.read(0, start, new AbortController().signal)) {
    found.push(Buffer.from(body).toString())
    if (offset + 1n === end && stopped === undefined) break
  }
  return found
}
