/** A disk under the log whose syncs fail from one moment on. What they should have made durable is gone, as on a real one. */
import { appendFileSync, existsSync, fdatasync, fsync, writeSync, writev } from 'node:fs'
import type { Replacement } from './replacement.ts'

/** The log's own calls turned to the disk of {@link openFailingDisk}. */
export const failingDisk: readonly Replacement[] = [
  {
    file: 'log/files/disk.ts',
    find: 'fs.writev(descriptor, pieces, place, done)',
    replace: 'globalThis.__failingDisk.write(descriptor, pieces, place, done)',
  },
  {
    file: 'log/files/disk.ts',
    find: 'return syncThread.write(descriptor, pieces, place)',
    replace: 'return undefined',
  },
  {
    file: 'log/files/disk.ts',
    find: 'if (syncThread?.isFree) return syncThread.sync(descriptor)\n',
    replace: '',
  },
  {
    file: 'log/files/disk.ts',
    find: 'fs.fdatasync(descriptor, done)',
    replace: 'globalThis.__failingDisk.syncFile(descriptor, done)',
  },
  {
    file: 'log/files/disk.ts',
    find: 'fs.fsync(descriptor, done)',
    replace: 'globalThis.__failingDisk.syncFolder(descriptor, done)',
  },
]

type Done = (error: Error | null) => void

interface Range {
  readonly place: number
  readonly length: number
}

/** Every sync fails with EIO from when there is a file of this name; the first of them notes in it when, ms since 1970 UTC. */
export function openFailingDisk(file: string) {
  const unsynced = new Map<number, Range[]>()
  let hasFailed = false
  const fails = () => {
    if (!hasFailed && !existsSync(file)) return false
    if (!hasFailed) appendFileSync(file, `${Date.now()}`)
    hasFailed = true
    return true
  }
  const note = (descriptor: number, pieces: readonly Uint8Array[], place: number) => {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    unsynced.set(descriptor, [...(unsynced.get(descriptor) ?? []), { place, length }])
  }
  return {
    write(descriptor: number, pieces: readonly Uint8Array[], place: number, done: Done): void {
      note(descriptor, pieces, place)
      writev(descriptor, pieces, place, done)
    },
    syncFile(descriptor: number, done: Done): void {
      const ranges = unsynced.get(descriptor) ?? []
      unsynced.delete(descriptor)
      if (!fails()) {
        fdatasync(descriptor, done)
        return
      }
      for (const { place, length } of ranges) writeSync(descriptor, Buffer.alloc(length), 0, length, place)
      done(failure())
    },
    syncFolder(descriptor: number, done: Done): void {
      if (fails()) done(failure())
      else fsync(descriptor, done)
    },
  }
}

function failure(): Error {
  return Object.assign(new Error('EIO: i/o error, fdatasync (simulated)'), { code: 'EIO' })
}
