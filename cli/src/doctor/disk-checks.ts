/** Whether the data folder can be written, has room, and syncs fast enough. */
import { constants } from 'node:fs'
import { access, mkdtemp, open, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatBytes } from '../quantities.ts'
import type { Check } from './check.ts'

export async function checkDataFolder(folder: string): Promise<Check> {
  const name = 'data folder'
  const place = await nearestFolder(folder)
  try {
    await access(place, constants.W_OK | constants.X_OK)
  } catch {
    return {
      name,
      state: 'fail',
      found: `${place} cannot be written by this user`,
      advice: 'Choose another with --data or MILLRACE_DATA, or change its owner.',
    }
  }
  if (place !== folder) return { name, state: 'ok', found: `${folder} will be made` }
  const mode = (await stat(folder)).mode & 0o777
  if ((mode & 0o077) === 0) return { name, state: 'ok', found: folder }
  return {
    name,
    state: 'warn',
    found: `${folder} is open to other users (mode ${mode.toString(8)})`,
    advice: `It holds secrets: chmod 700 ${folder}`,
  }
}

const spareBytes = 1024 ** 3

export async function checkFreeSpace(folder: string, logBytesMax: number): Promise<Check> {
  const name = 'free space'
  const { bavail, bsize } = await statfs(await nearestFolder(folder))
  const free = bavail * bsize
  const found = `${formatBytes(free)}, of which the log may use ${formatBytes(logBytesMax)}`
  if (free >= logBytesMax + spareBytes) return { name, state: 'ok', found }
  if (free >= spareBytes) {
    return {
      name,
      state: 'warn',
      found,
      advice: 'Make room, or lower MILLRACE_LOG_BYTES_MAX: tables and log share the disk.',
    }
  }
  return { name, state: 'fail', found, advice: 'Make room first.' }
}

const syncs = 25
const slowSyncMs = 20

/** The median of a few small writes, each synced: intake waits for one of them per group of requests. */
export async function checkSync(folder: string): Promise<Check> {
  const name = 'disk sync'
  const place = await mkdtemp(join(await nearestFolder(folder), '.millrace-doctor-')).catch(() => undefined)
  if (place === undefined)
    return {
      name,
      state: 'fail',
      found: 'not measured: the folder cannot be written',
      advice: 'See the data folder above.',
    }
  try {
    const median = await medianSyncMs(join(place, 'probe'))
    const found = `fdatasync takes ${median.toFixed(2)} ms`
    if (median <= slowSyncMs) return { name, state: 'ok', found }
    return {
      name,
      state: 'warn',
      found,
      advice: 'Every acknowledgement waits for that: a local SSD answers in about 1 ms.',
    }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

async function medianSyncMs(path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    const block = Buffer.alloc(4096, 1)
    const times: number[] = []
    for (let count = 0; count < syncs; count++) {
      const startedAt = performance.now()
      await file.write(block)
      await file.datasync()
      times.push(performance.now() - startedAt)
    }
    return times.sort((one, other) => one - other)[Math.floor(syncs / 2)]!
  } finally {
    await file.close()
  }
}

/** The folder itself, or the nearest one above it that exists. */
async function nearestFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return isThere || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}
