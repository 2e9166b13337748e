/** Files are made durable by a thread of its own, and what fails there is told as anywhere. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SyncThread } from './sync-thread.ts'

test('one sync after the other is done, and one at a time', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sync-'))
  const file = openSync(join(folder, 'file'), 'w')
  const thread = new SyncThread()
  for (let count = 0; count < 100; count++) {
    writeSync(file, 'x')
    expect(thread.isFree).toBe(true)
    const synced = thread.sync(file)
    expect(thread.isFree).toBe(false)
    await synced
  }
  closeSync(file)
  rmSync(folder, { recursive: true })
})

test('a sync that fails is told by its code, and the next one is its own', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sync-'))
  const file = openSync(join(folder, 'file'), 'w')
  const thread = new SyncThread()
  await expect(thread.sync(2 ** 30)).rejects.toMatchObject({ code: 'EBADF' })
  expect(thread.isFree).toBe(true)
  await thread.sync(file)
  closeSync(file)
  rmSync(folder, { recursive: true })
})
