/** What of the spool is forced to the disk, in each mode: of that alone a power cut leaves something. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { SpoolOptions } from '../types.ts'
import { eventOf, useSpoolPlace } from './spool-place.fixture.ts'

/** Bytes of files that were forced to the disk, by what the file held then; and names of folders that were. */
const synced = vi.hoisted(() => ({ data: [] as number[], folders: 0 }))

vi.mock('node:fs', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs')>()
  return {
    ...original,
    fdatasyncSync(descriptor: number) {
      original.fdatasyncSync(descriptor)
      synced.data.push(original.fstatSync(descriptor).size)
    },
    fsyncSync(descriptor: number) {
      original.fsyncSync(descriptor)
      synced.folders++
    },
  }
})

const place = useSpoolPlace()

beforeEach(() => {
  synced.data.length = 0
  synced.folders = 0
})
afterEach(() => {
  vi.useRealTimers()
  expect(place.told).toEqual([])
})

const open = (options: SpoolOptions) => place.open('c', options)

/** Of all spool files together. */
function written(): number {
  return fs
    .readdirSync(place.dir, { recursive: true, withFileTypes: true })
    .filter(({ name }) => /\.(queue|copy)$/.test(name))
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(join(parentPath, name)).size, 0)
}

it('batch: what is queued is on the disk before it counts as taken, and so is the name of its file', () => {
  const spool = open({ fsync: 'batch' })
  for (let n = 1; n <= 3; n++) {
    expect(spool.queue([eventOf(`e${n}`)])).toBe(true)
    expect(synced.data).toHaveLength(n)
    expect(synced.data.at(-1)).toBe(written())
  }
  expect(synced.folders).toBeGreaterThan(0)
})

it('batch, always: copies are on the disk as soon as 64 of them are together', () => {
  const spool = open({ fsync: 'batch', mode: 'always' })
  for (let n = 0; n < 64; n++) spool.copy([eventOf(`e${n}`)])
  expect(synced.data.at(-1)).toBe(written())
  expect(written()).toBeGreaterThan(64 * 20)
})

it('interval: what was written is on the disk within a second', () => {
  vi.useFakeTimers()
  const spool = open({ fsync: 'interval' })
  spool.queue([eventOf('a')])
  spool.queue([eventOf('b')])
  expect(synced.data).toEqual([])
  vi.advanceTimersByTime(1000)
  expect(synced.data).toEqual([written()])
  vi.advanceTimersByTime(5000)
  expect(synced.data).toHaveLength(1) // nothing was written since
  spool.queue([eventOf('c')])
  vi.advanceTimersByTime(1000)
  expect(synced.data).toEqual([expect.any(Number), written()])
})

it('never: the system decides, but what `sync` was asked for', async () => {
  vi.useFakeTimers()
  const spool = open({ fsync: 'never', mode: 'always' })
  spool.queue([eventOf('a')])
  spool.copy([eventOf('b')])
  vi.advanceTimersByTime(60_000)
  expect(synced.data).toEqual([])
  await spool.sync()
  expect(synced.data.reduce((sum, bytes) => sum + bytes, 0)).toBe(written())
  expect(synced.folders).toBeGreaterThan(0)
})
