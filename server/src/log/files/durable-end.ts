/**
 * A lower bound of what was acknowledged, in a file of its own: with it, damage at the very end of the log can be told from a
 * write that power cut short. Noted at most once a second and when the log is closed, and nobody waits for it: an older bound
 * is still true, and without one only damage to the last group of all goes for a torn one.
 *
 *   0   8  "MLRACKED"
 *   8  16  id of the log
 *  24   8  offset behind the last event that was acknowledged
 *  32   4  CRC-32C of bytes 0 to 31
 */
import { crc32c } from '@node-rs/crc32'
import type { Disk, DiskFile } from './disk.ts'
import { readFully, writeFully } from './transfer.ts'

const fileName = 'acknowledged'
const magic = Buffer.from('MLRACKED')
const fileBytes = 36
const intervalMs = 1000

/** Undefined where nothing is noted. */
export async function readDurableEnd(disk: Disk, folder: string, logId: string): Promise<bigint | undefined> {
  const names = await disk.list(folder)
  if (!names.includes(fileName)) return undefined
  const file = await disk.open(`${folder}/${fileName}`, 'read')
  try {
    const bytes = Buffer.alloc(fileBytes)
    await readFully(file, bytes, 0)
    const isOurs = bytes.subarray(0, 8).equals(magic) && bytes.toString('hex', 8, 24) === logId
    return isOurs && crc32c(bytes.subarray(0, 32)) === bytes.readUInt32LE(32) ? bytes.readBigInt64LE(24) : undefined
  } finally {
    await file.close()
  }
}

/** Opens the file to note the end in, making it where there is none. */
export async function openDurableEnd(disk: Disk, folder: string, logId: string): Promise<DurableEnd> {
  const mode = (await disk.list(folder)).includes(fileName) ? 'write' : 'create'
  return new DurableEnd(await disk.open(`${folder}/${fileName}`, mode), logId)
}

export class DurableEnd {
  readonly #file: DiskFile
  readonly #logId: string
  #notedAt = Number.NEGATIVE_INFINITY

  constructor(file: DiskFile, logId: string) {
    this.#file = file
    this.#logId = logId
  }

  /** Whether the last note is old enough for another. */
  isDue(now: number): boolean {
    return Math.abs(now - this.#notedAt) >= intervalMs
  }

  /** @throws the error of the disk. */
  async note(end: bigint, now: number): Promise<void> {
    this.#notedAt = now
    const bytes = Buffer.alloc(fileBytes)
    magic.copy(bytes)
    bytes.write(this.#logId, 8, 'hex')
    bytes.writeBigInt64LE(end, 24)
    bytes.writeUInt32LE(crc32c(bytes.subarray(0, 32)), 32)
    await writeFully(this.#file, [bytes], 0)
  }

  async sync(): Promise<void> {
    await this.#file.sync()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
