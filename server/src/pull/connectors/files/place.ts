/** Where reading a file begins: not at all, where it was left, behind what was there before it grew, or anew. */
import type { FileBytes } from './file-bytes.ts'
import { printOf } from './file-bytes.ts'
import type { Part } from './parts.ts'
import type { FileState } from './settings.ts'

const newlines = [0x0a, 0x0d, 0]

/** Undefined: nothing is new. */
export async function placeOf(
  file: FileBytes,
  parts: readonly Part[],
  known: FileState | undefined,
): Promise<FileState | undefined> {
  const print = await printOf(file)
  const now = { size: file.size, version: file.version, print, isDone: false }
  if (known !== undefined && file.size === known.size && isSame(file, known, print)) {
    return known.isDone ? undefined : { ...known, ...now }
  }
  if (known !== undefined && file.size > known.size && parts[0]?.canGrow && (await isGrown(file, known))) {
    return { ...known, ...now }
  }
  return { ...now, part: 0, offset: 0, row: 0 }
}

/** Where nobody says which version it is, its bytes do. */
function isSame({ version }: FileBytes, known: FileState, print: string): boolean {
  return version === known.version && (version !== '' || print === known.print)
}

/** What was there is still there, and its last line had ended: one that was torn would be read from its middle. */
async function isGrown(file: FileBytes, known: FileState): Promise<boolean> {
  if (known.size === 0) return true
  if ((await printOf(file, known.size)) !== known.print) return false
  const border = await file.read(known.size - 1, known.size + 1)
  return !known.isDone || border.some((byte) => newlines.includes(byte))
}
