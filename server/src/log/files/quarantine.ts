/** Keeps a copy of a damaged segment, so that whatever is done to it later, the evidence stays. */
import type { Disk } from './disk.ts'
import { makeFolder, syncFolder } from './folders.ts'
import { readFully, writeFully } from './transfer.ts'

const stepBytes = 1024 * 1024

/** Copies the file to `<log>/quarantine/<partition>-<name>` unless there is a copy. Tells where it is. */
export async function keepCopy(disk: Disk, logFolder: string, partition: number, path: string): Promise<string> {
  const name = `${partition}-${path.slice(path.lastIndexOf('/') + 1)}`
  const quarantine = `${logFolder}/quarantine`
  await makeFolder(disk, quarantine)
  const copy = `${quarantine}/${name}`
  if (!path.endsWith('.segment') || (await disk.list(quarantine)).includes(name)) return copy
  await copyFile(disk, path, `${copy}.part`)
  await disk.rename(`${copy}.part`, copy)
  await syncFolder(disk, quarantine)
  return copy
}

async function copyFile(disk: Disk, from: string, to: string): Promise<void> {
  const source = await disk.open(from, 'read')
  try {
    const target = await disk.open(to, 'create')
    try {
      const step = Buffer.allocUnsafe(stepBytes)
      for (let place = 0; ; place += stepBytes) {
        const length = await readFully(source, step, place)
        if (length === 0) break
        await writeFully(target, [step.subarray(0, length)], place)
      }
      await target.sync()
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}
