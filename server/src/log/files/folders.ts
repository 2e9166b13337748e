/** Folders whose names are durable. */
import { dirname } from 'node:path'
import type { Disk } from './disk.ts'

/**
 * Makes a folder and those above it, and sees to it that a power cut leaves them: also those that exist, for they may have
 * been made by a process that was killed before it synced.
 */
export async function makeFolder(disk: Disk, path: string): Promise<void> {
  await disk.makeFolder(path)
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder))
    await syncFolder(disk, dirname(folder)).catch(ignoreForeign)
}

/** Makes the names in a folder durable that is not open. */
export async function syncFolder(disk: Disk, path: string): Promise<void> {
  const folder = await disk.openFolder(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A folder that we may not read is not one that we made; and some file systems sync names without being asked. */
function ignoreForeign(error: NodeJS.ErrnoException): void {
  if (!['EACCES', 'EPERM', 'EROFS', 'EINVAL'].includes(error.code ?? '')) throw error
}
