/**
 * What is left of a token's calls, shared by all processes on a machine that use it: a small file for each token in the user's cache
 * folder, written under a lock that lasts a moment. Where the folder cannot be written each process counts alone.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Allowances } from './rate-limit.ts'

export interface AllowanceFile {
  /** Changes what is known, alone among all processes. */
  change<T>(work: (known: Allowances) => { known: Allowances; result: T }): Promise<T>
}

const lockStaleMs = 5_000
const lockRetryMs = 10
/** One may hold it for a moment only, so that whoever waits this long counts alone. */
const lockTriesMax = 300

/** Of one token at one server. Nothing in the file or in its name tells the token. */
export function openAllowanceFile(folder: string, url: string, token: string): AllowanceFile {
  const name = createHash('sha256').update(`${url}\n${token}`).digest('hex').slice(0, 32)
  const path = join(folder, `${name}.json`)
  let alone: Allowances | undefined
  let last: Promise<unknown> = Promise.resolve()

  const changeShared = async <T>(work: (known: Allowances) => { known: Allowances; result: T }): Promise<T> => {
    if (!existsSync(path)) {
      const { known, result } = work(alone ?? {})
      if (Object.keys(known).length === 0) return result // of a token without limits there is nothing to share
    }
    const unlock = alone === undefined ? await lock(folder, path) : undefined
    if (unlock === undefined) {
      const { known, result } = work(alone ?? {})
      alone = known
      return result
    }
    try {
      const { known, result } = work(await read(path))
      await write(path, known)
      return result
    } finally {
      await unlock()
    }
  }

  return {
    change(work) {
      const done = last.then(() => changeShared(work))
      last = done.catch(() => {})
      return done
    },
  }
}

/** As each system has it (XDG Base Directory Specification elsewhere). */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  { home = homedir(), platform = process.platform }: { home?: string; platform?: NodeJS.Platform } = {},
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'millrace')
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'millrace', 'cache')
  return join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'millrace')
}

/** Undefined where it cannot be had. */
async function lock(folder: string, path: string): Promise<(() => Promise<void>) | undefined> {
  const file = `${path}.lock`
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (let tries = 0; tries < lockTriesMax; tries++) {
      if (await create(file)) return () => unlink(file).catch(() => {})
      await removeStale(file)
      await delay(lockRetryMs * (0.5 + Math.random()))
    }
  } catch {
    // A folder that cannot be written keeps nobody from calling.
  }
  return undefined
}

async function create(file: string): Promise<boolean> {
  try {
    await (await open(file, 'wx', 0o600)).close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Left by a process that died in the moment that it held it. */
async function removeStale(file: string): Promise<void> {
  const held = await stat(file).catch(() => undefined)
  if (held !== undefined && Date.now() - held.mtimeMs > lockStaleMs) await unlink(file).catch(() => {})
}

async function read(path: string): Promise<Allowances> {
  try {
    const known: unknown = JSON.parse(await readFile(path, 'utf8'))
    return typeof known === 'object' && known !== null ? (known as Allowances) : {}
  } catch {
    return {}
  }
}

async function write(path: string, known: Allowances): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(known), { mode: 0o600 })
  await rename(`${path}.new`, path)
}
