/** Files are written and made durable by a thread of its own, and what fails there is told as anywhere. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
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

test('pieces are written behind one another at their place', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sync-'))
  const path = join(folder, 'file')
  const file = openSync(path, 'w')
  const thread = new SyncThread()
  expect(await thread.write(file, [Buffer.from('one '), Buffer.from('two')], 8)).toBe(7)
  expect(await thread.write(file, [Buffer.from('before  ')], 0)).toBe(8)
  await thread.sync(file)
  expect(readFileSync(path, 'utf8')).toBe('before  one two')
  closeSync(file)
  rmSync(folder, { recursive: true })
})

test('a write that fails is not taken for a sync that failed', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sync-'))
  const path = join(folder, 'file')
  closeSync(openSync(path, 'w'))
  const file = openSync(path, 'r')
  const thread = new SyncThread()
  await expect(thread.write(file, [Buffer.from('x')], 0)).rejects.toMatchObject({ code: 'EBADF', syscall: 'write' })
  await expect(thread.sync(2 ** 30)).rejects.toMatchObject({ code: 'EBADF', syscall: 'fdatasync' })
  closeSync(file)
  rmSync(folder, { recursive: true })
})
