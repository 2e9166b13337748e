import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import { openFileLog } from './file-log.ts'
import { openFileLogReader } from './reader.ts'
import { SimDisk } from './sim-disk.ts'
import { randomOf } from './sim-disk-faults.ts'

test('another thread is told of every record, and of the end when the log is closed', async () => {
  const folder = await mkdtemp(`${tmpdir()}/millrace-log-`)
  const settings = { segmentBytes: 8192, diskBudgetBytes: 1e7 }
  const log = await openFileLog({ folder, partitions: 1, settings, logger: silentLogger })
  const thread = new Worker(new URL('./reader-thread.fixture.ts', import.meta.url), { workerData: log.shared })
  const told: { offset: bigint; text: string }[] = []
  thread.on('message', (record) => told.push(record))
  const ended = once(thread, 'exit')
  const texts = Array.from({ length: 50 }, (_, index) => `record ${index}`.padEnd(index * 20))
  for (const text of texts) await log.append({ partition: 0, count: 1, body: [Buffer.from(text)] })
  await expect.poll(() => told.length, { interval: 2, timeout: 10_000 }).toBe(50)
  await log.close()
  await ended
  expect(told).toEqual(texts.map((text, index) => ({ offset: BigInt(index), text })))
  await rm(folder, { recursive: true })
})

test('a reader whose segment is trimmed and used anew is told right records, then that the rest is gone', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const disk = new SimDisk({ random: randomOf(seed) })
    const settings = { segmentBytes: 8192, diskBudgetBytes: 1e6, retentionBytes: 0 }
    const log = await openFileLog({ folder: '/log', partitions: 1, settings, logger: silentLogger, disk })
    const append = (from: number) =>
      Promise.all(
        Array.from({ length: 5 }, (_, more) =>
          log.append({ partition: 0, count: 1, body: [Buffer.from(`record ${from + more} `.padEnd(900))] }),
        ),
      )
    for (let number = 0; number < 30; number += 5) await append(number)
    const reading = log.read(0, 0n, new AbortController().signal)[Symbol.asyncIterator]()
    let next = 0n
    let error: unknown
    for (let number = 30; error === undefined && number < 120; number += 5) {
      for (let reads = seed % 4; reads >= 0 && error === undefined; reads--) {
        const result = await reading.next().catch((caught: unknown) => {
          error = caught
        })
        if (!result?.value) break
        expect(result.value.offset).toBe(next)
        expect(Buffer.from(result.value.body).toString()).toMatch(new RegExp(`^record ${next} `))
        next++
      }
      await append(number)
      await log.trim(0, log.status(0).end)
    }
    if (error) expect(error).toMatchObject({ code: 'log_trimmed' })
    await reading.return?.()
    await log.close()
    expect(disk.openCount).toBe(0)
  }
})

test('a reader that stops in the middle of waiting gives its file back', async () => {
  const disk = new SimDisk({ random: randomOf(1) })
  const settings = { segmentBytes: 8192, diskBudgetBytes: 1e6 }
  const log = await openFileLog({ folder: '/log', partitions: 1, settings, logger: silentLogger, disk })
  await log.append({ partition: 0, count: 1, body: [Buffer.from('x')] })
  const before = disk.openCount
  const abort = new AbortController()
  const reading = openFileLogReader(log.shared, disk).read(0, 0n, abort.signal)[Symbol.asyncIterator]()
  await reading.next()
  const waiting = reading.next()
  abort.abort()
  expect((await waiting).done).toBe(true)
  expect(disk.openCount).toBe(before)
  await log.close()
})
