/** A disk under the log whose syncs fail from one moment on, or are slow. */
import { appendFileSync, existsSync } from 'node:fs'
import type { Replacement } from './replacement.ts'

/** `MILLRACE_SYNC_FAULT`: a file; from when it exists every sync of the log fails with EIO, and the first notes when in it. */
export const failingSyncs: readonly Replacement[] = [
  {
    file: 'log/files/disk.ts',
    find: 'sync: () => settled((done) => fs.fdatasync(descriptor, done)),',
    replace: 'sync: () => settled((done) => globalThis.__sync(fs.fdatasync, descriptor, done)),',
  },
  {
    file: 'log/files/disk.ts',
    find: 'sync: () => settled((done) => fs.fsync(descriptor, done)),',
    replace: 'sync: () => settled((done) => globalThis.__sync(fs.fsync, descriptor, done)),',
  },
]

type Sync = (descriptor: number, done: (error: Error | null) => void) => void

export function syncUntil(file: string) {
  let hasFailed = false
  return (sync: Sync, descriptor: number, done: (error: Error | null) => void): void => {
    if (!existsSync(file)) return sync(descriptor, done)
    if (!hasFailed) appendFileSync(file, `${Date.now()}\n`)
    hasFailed = true
    done(Object.assign(new Error('EIO: i/o error, fdatasync (simulated)'), { code: 'EIO' }))
  }
}
