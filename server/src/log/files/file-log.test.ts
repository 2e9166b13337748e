import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import { testLog } from '../log.suite.ts'
import { openFileLog } from './file-log.ts'

async function openIn(segmentBytes: number) {
  const folder = await mkdtemp(`${tmpdir()}/millrace-log-`)
  const settings = { segmentBytes, diskBudgetBytes: 64 * 1024 * 1024, retentionBytes: 0 }
  const open = () => openFileLog({ folder, partitions: 2, settings, logger: silentLogger })
  let log = await open()
  return {
    log,
    async reopen() {
      await log.close()
      log = await open()
      return log
    },
    async release() {
      await log.close()
      await rm(folder, { recursive: true })
    },
  }
}

testLog('log in files, one segment', () => openIn(4 * 1024 * 1024))
testLog('log in files, small segments', () => openIn(304 * 1024))

test('large groups go past the cache, small ones through it, and are read as one log', async () => {
  const { log, reopen, release } = await openIn(8 * 1024 * 1024)
  const sizes = Array.from({ length: 120 }, (_, index) => (index % 50 < 45 ? 65_536 + index : index))
  const bodyOf = (index: number) => Buffer.alloc(sizes[index]!, `${index} `)
  const append = (index: number) => log.append({ partition: 0, count: 1, body: [bodyOf(index)] })
  await Promise.all(sizes.slice(0, 50).map((_, index) => append(index)))
  for (let index = 50; index < 60; index++) await append(index)
  await Promise.all(sizes.slice(60).map((_, index) => append(60 + index)))
  for (const next of [async () => log, reopen]) {
    const opened = await next()
    let at = 0
    for await (const { body, offset } of opened.read(0, 0n, new AbortController().signal)) {
      expect(Buffer.compare(body, bodyOf(at)), `record ${at}`).toBe(0)
      expect(offset).toBe(BigInt(at))
      if (++at === sizes.length) break
    }
    expect(at).toBe(sizes.length)
  }
  await release()
})
