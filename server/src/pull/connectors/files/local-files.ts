/**
 * Files of a folder on this machine: only below the folder that the operator allows, whatever names and symbolic links say. What was
 * opened is looked at again, so that a link that is put there in between leads nowhere either.
 */
import { constants, type Dirent } from 'node:fs'
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, matchesGlob, relative, resolve, sep } from 'node:path'
import { MillraceError } from '../../../errors.ts'
import type { Logger } from '../../../telemetry.ts'
import { type FileBytes, UnreadableFile } from './file-bytes.ts'

const filesMax = 100_000
const depthMax = 32

export interface LocalFolder {
  /** Paths below the folder, with / between, in order. */
  readonly names: readonly string[]
  /** Undefined: it is gone. @throws UnreadableFile */
  open(name: string): Promise<FileBytes | undefined>
  close?(): void
}

/** @throws MillraceError `forbidden`: the operator does not allow it; `not_found`: there is no such folder. */
export async function openLocalFolder(
  root: string | undefined,
  folder: string,
  pattern: string,
  log: Logger,
): Promise<LocalFolder> {
  const { realRoot, realFolder } = await allowedFolder(root, folder)
  const names: string[] = []
  await walk('', 0)
  return { names: names.toSorted(), open: (name) => openFile(realRoot, realFolder, name) }

  async function walk(below: string, depth: number): Promise<void> {
    for (const entry of await readdir(join(realFolder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory() && depth < depthMax) await walk(name, depth + 1)
      else if (matchesGlob(name, pattern) && (await isFileInside(entry, name))) names.push(name)
      if (names.length > filesMax) {
        throw new MillraceError('invalid_request', `There are more than ${filesMax} files in ${folder}`, {
          hint: 'Name a folder further down, or a narrower pattern.',
        })
      }
    }
  }

  async function isFileInside(entry: Dirent, name: string): Promise<boolean> {
    if (!entry.isSymbolicLink()) return entry.isFile()
    const target = await realpath(join(realFolder, name)).catch(() => undefined)
    if (target !== undefined && isInside(realRoot, target)) return (await stat(target)).isFile()
    log.warn('a symbolic link leads out of the folder that is allowed, and is left out', { file: name })
    return false
  }
}

async function allowedFolder(root: string | undefined, folder: string) {
  const refused = (message: string, hint: string) => new MillraceError('forbidden', message, { hint })
  if (root === undefined || root === '') {
    throw refused('Sources may not read files of this machine', 'An operator allows a folder by MILLRACE_FILES_ROOT.')
  }
  const realRoot = await realpath(root).catch(() => {
    throw refused('The folder of MILLRACE_FILES_ROOT is not there', 'An operator has to create it.')
  })
  // Names first, so that an answer never tells what there is elsewhere.
  const path = resolve(realRoot, isAbsolute(folder) ? relative(root, folder) : folder)
  const outside = () =>
    refused(`${folder} is not below the folder that the operator allows`, 'See MILLRACE_FILES_ROOT.')
  if (!isInside(realRoot, path)) throw outside()
  const realFolder = await realpath(path).catch(() => undefined)
  if (realFolder !== undefined && !isInside(realRoot, realFolder)) throw outside()
  if (realFolder === undefined || !(await stat(realFolder)).isDirectory()) {
    throw new MillraceError('not_found', `There is no folder ${folder} below the one that the operator allows`)
  }
  return { realRoot, realFolder }
}

async function openFile(realRoot: string, folder: string, name: string): Promise<FileBytes | undefined> {
  let handle: FileHandle | undefined
  try {
    const path = await realpath(join(folder, name))
    if (!isInside(realRoot, path)) throw new UnreadableFile('it leads out of the folder that is allowed')
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    return await bytesOf(handle, realRoot, path, name)
  } catch (error) {
    await handle?.close()
    const { code } = error as { code?: string }
    if (code === 'ENOENT') return undefined
    if (code === 'EACCES' || code === 'EPERM') throw new UnreadableFile('it may not be read by the server’s user')
    throw error
  }
}

async function bytesOf(handle: FileHandle, realRoot: string, path: string, name: string): Promise<FileBytes> {
  const opened = await handle.stat()
  const nowAt = await realpath(path)
  const now = await stat(nowAt)
  const isSame = now.ino === opened.ino && now.dev === opened.dev && isInside(realRoot, nowAt)
  if (!isSame || !opened.isFile()) throw new UnreadableFile('it is no file, or was replaced while it was opened')
  return {
    name,
    size: opened.size,
    version: `${opened.mtimeMs}`,
    modifiedAt: opened.mtimeMs,
    async read(from, to, into) {
      const size = to - from
      const buffer = into !== undefined && into.length >= size ? into.subarray(0, size) : Buffer.allocUnsafe(size)
      let length = 0
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, from + length)
        if (bytesRead === 0) throw new MillraceError('source_unavailable', `${name} became shorter while it was read`)
        length += bytesRead
      }
      return buffer
    },
    async isUnchanged() {
      const now = await handle.stat()
      return now.size === opened.size && now.mtimeMs === opened.mtimeMs
    },
    close: () => handle.close(),
  }
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)
}
