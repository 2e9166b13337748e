/**
 * A folder of this machine as a store of objects: each is a file, put whole by way of another name. Symbolic links on the way are not
 * followed out of it, whoever put them there.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { MillraceError } from '../errors.ts'
import { type ObjectStore, objectChanged, type StoredObject, storeRefused, storeUnavailable } from '../object-store.ts'

const pageObjects = 1_000
/** Of files that are not whole yet. */
const partial = '.partial'

/** @throws MillraceError `forbidden`: the operator allows no folder, or not this one. */
export function openFolderStore(root: string, folder: string): ObjectStore {
  if (root === '') {
    throw new MillraceError('forbidden', 'Nothing may be archived on this machine', {
      hint: 'An operator allows a folder by MILLRACE_ARCHIVE_ROOT.',
    })
  }
  const place = resolve(root, folder)
  if (isAbsolute(relative(root, place)) || relative(root, place).split(sep).includes('..') || folder.includes('\0')) {
    throw new MillraceError('forbidden', `${folder} is not below the folder that the operator allows`, {
      hint: 'See MILLRACE_ARCHIVE_ROOT.',
    })
  }
  const pathOf = (key: string) => {
    const path = resolve(place, key)
    if (!path.startsWith(place + sep) || key.includes('\0'))
      throw storeRefused(`${key} is no key`, 'It leads out of the folder.')
    return path
  }

  return {
    put: (key, bytes) =>
      guarded(async () => {
        const path = pathOf(key)
        await makeFolder(root, dirname(path))
        const draft = `${path}.${randomBytes(4).toString('hex')}${partial}`
        try {
          await writeDurably(draft, bytes)
          await rename(draft, path)
        } catch (error) {
          await rm(draft, { force: true })
          throw error
        }
        await syncFolder(dirname(path))
      }),
    find: (key) =>
      guarded(async () => {
        const found = await stat(pathOf(key)).catch(undefinedWhereMissing)
        return found?.isFile() ? { key, size: found.size, version: `${found.mtimeMs}` } : undefined
      }),
    read: (object, from, to) => guarded(() => readRange(pathOf(object.key), object, from, to)),
    async *list(prefix) {
      const names = (await guarded(() => filesBelow(place, ''))).filter((key) => key.startsWith(prefix)).toSorted()
      for (let at = 0; at < names.length; at += pageObjects) {
        const page = await Promise.all(names.slice(at, at + pageObjects).map((key) => this.find(key)))
        yield page.filter((object) => object !== undefined)
      }
    },
    delete: (key) => guarded(() => rm(pathOf(key), { force: true })),
  }
}

/** What is made of it is durable when this resolves. A link that leads elsewhere is refused before anything is made behind it. */
async function makeFolder(root: string, folder: string): Promise<void> {
  const realRoot = await realpath(root)
  const missing: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    const real = await realpath(at).catch(undefinedWhereMissing)
    if (real === realRoot || real?.startsWith(realRoot + sep)) break
    if (real !== undefined || at === dirname(at))
      throw new MillraceError('forbidden', 'A symbolic link leads out of the folder that the operator allows')
    missing.unshift(at)
  }
  for (const at of missing) {
    await mkdir(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error // somebody else made it meanwhile
    })
    await syncFolder(dirname(at))
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o640)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function readRange(
  path: string,
  { key, size, version }: StoredObject,
  from: number,
  to: number,
): Promise<Buffer> {
  const file = await open(path).catch(undefinedWhereMissing)
  if (file === undefined) throw objectChanged(key)
  try {
    const now = await file.stat()
    if (now.size !== size || `${now.mtimeMs}` !== version) throw objectChanged(key)
    const buffer = Buffer.alloc(to - from)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
    if (bytesRead !== buffer.length) throw objectChanged(key)
    return buffer
  } finally {
    await file.close()
  }
}

async function filesBelow(folder: string, below: string): Promise<string[]> {
  const entries = (await readdir(join(folder, below), { withFileTypes: true }).catch(undefinedWhereMissing)) ?? []
  const names = await Promise.all(
    entries.map(async (entry) => {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) return filesBelow(folder, name)
      return entry.isFile() && !name.endsWith(partial) ? [name] : []
    }),
  )
  return names.flat()
}

function undefinedWhereMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** What the file system says, in our words. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (error instanceof MillraceError || code === undefined) throw error
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw storeUnavailable('The disk of the archive’s folder is full', error)
    if (code === 'ENOENT')
      throw storeRefused('The folder of MILLRACE_ARCHIVE_ROOT is not there', 'An operator has to create it.', error)
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      throw storeRefused(
        `${path} may not be written by the server’s user (${code})`,
        'An operator has to allow it.',
        error,
      )
    throw storeUnavailable(`The archive’s folder cannot be used: ${(error as Error).message}`, error)
  }
}
