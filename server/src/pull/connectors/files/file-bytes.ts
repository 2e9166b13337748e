/** A file, wherever it lies: its bytes by ranges, and whether it is still the one that was read before. */
import { createHash } from 'node:crypto'
import { NotRetryable } from '../../connector.ts'

export interface FileBytes {
  readonly name: string
  /** As it was when it was opened: what is appended since belongs to the next run. */
  readonly size: number
  readonly version: string
  /** When it was last changed, ms since 1970 UTC; undefined where nobody knows. */
  readonly modifiedAt?: number
  /**
   * At most to the file's end. Where `into` has the room, the bytes may lie in it.
   * @throws MillraceError `source_unavailable`: it has changed meanwhile.
   */
  read(from: number, to: number, into?: Buffer): Promise<Buffer>
  /** As far as one can see. */
  isUnchanged(): Promise<boolean>
  close(): Promise<void>
}

/** A file that no repeat makes readable: it ends with this error, and the others go on. */
export class UnreadableFile extends NotRetryable {}

export const blockBytes = 1024 * 1024
const printBytes = 4 * 1024

/** With memory for a block, each is good until the next is asked for. */
export async function* blocksFrom(
  file: FileBytes,
  from: number,
  to = file.size,
  memory?: Buffer,
): AsyncGenerator<Buffer> {
  for (let at = from; at < to; ) {
    const block = await file.read(at, Math.min(to, at + blockBytes), memory)
    if (block.length === 0) return
    yield block
    at += block.length
  }
}

/** Of the first and the last 4 KiB of the beginning of that size. */
export async function printOf(file: FileBytes, size = file.size): Promise<string> {
  const head = await file.read(0, Math.min(size, printBytes))
  const tail = await file.read(Math.max(0, size - printBytes), size)
  return createHash('sha256').update(`${size} `).update(head).update(tail).digest('base64url').slice(0, 16)
}
