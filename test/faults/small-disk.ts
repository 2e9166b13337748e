/** A file system of a few megabytes in memory, for tests that fill it. Mounting one takes a right that not everybody has. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  readonly folder: string
  unmount(): void
}

export function canMount(): boolean {
  const disk = mountSmallDisk(1)
  disk?.unmount()
  return disk !== undefined
}

/** Undefined where we may not mount. */
export function mountSmallDisk(mebibytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    rmdirSync(folder)
    return undefined
  }
  return {
    folder,
    unmount() {
      execFileSync('umount', ['--lazy', folder])
      rmdirSync(folder)
    },
  }
}

/** Takes all space of the folder's file system but so many bytes; what is answered gives it back. */
export function fillUp(folder: string, leaveBytes: number): () => void {
  const filler = join(folder, 'filler')
  for (let tries = 0, isDone = false; !isDone && tries < 100; tries++) {
    const { bavail, bsize } = statfsSync(folder)
    const bytes = bavail * bsize - leaveBytes
    // It takes nothing where somebody was faster.
    isDone = bytes <= 0 || spawnSync('fallocate', ['--length', String(bytes), filler]).status === 0
  }
  return () => rmSync(filler, { force: true })
}
