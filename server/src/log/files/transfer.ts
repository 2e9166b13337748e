/** Reading and writing whole where the system may do less at a time, and what a failure means. */
import { MillraceError } from '../../errors.ts'
import type { DiskFile } from './disk.ts'
import { pageBytes } from './record.ts'

/** Seconds after which there may be space again. */
const retryAfterSeconds = 2

/** Reads until `into` is full or the file ends; tells how many bytes. */
export async function readFully(file: DiskFile, into: Uint8Array, place: number): Promise<number> {
  let length = 0
  while (length < into.length) {
    const read = await file.read(into.subarray(length), place + length)
    if (read === 0) break
    length += read
  }
  return length
}

/**
 * Writes all pieces, however few bytes the system takes at a time: near a full disk it takes less without an error. With
 * `bytes`, what lies behind so many may stay unwritten.
 */
export async function writeFully(
  file: DiskFile,
  pieces: readonly Uint8Array[],
  place: number,
  bytes = pieces.reduce((sum, piece) => sum + piece.length, 0),
): Promise<void> {
  await writeOn(file, pieces, place, { written: await file.write(pieces, place), bytes })
}

async function writeOn(
  file: DiskFile,
  pieces: readonly Uint8Array[],
  place: number,
  { written, bytes }: { written: number; bytes: number },
): Promise<void> {
  while (written < bytes) written += await writeRest(file, pieces, place, written)
}

/** As {@link writeFully}, and synced if the disk does so in one go, which is told. @throws MillraceError `log_stopped` where a sync failed. */
export async function writeFullyAndSync(
  file: DiskFile,
  pieces: readonly Uint8Array[],
  place: number,
  bytes: number,
  halt: Halt,
): Promise<boolean> {
  const all = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const written = (await halt.writtenAndSynced(file, pieces, place)) ?? 0
  if (written === all) return true
  await writeOn(file, pieces, place, { written, bytes })
  return false
}

/**
 * As {@link writeFully} past the system's cache, as far as that goes; in parts that are written at the same time, each up to the last
 * page that ends within `partBytes`, so that no two write to the same page. Fails when none of them is under way any more. Tells
 * whether all of it went past the cache.
 */
export async function writeFullyDirect(
  file: DiskFile,
  bytes: Uint8Array,
  place: number,
  partBytes: number,
): Promise<boolean> {
  const parts: Promise<boolean>[] = []
  for (let from = 0, to = 0; from < bytes.length; from = to) {
    to = Math.min(bytes.length, Math.floor((place + from + partBytes) / pageBytes) * pageBytes - place)
    parts.push(writePartDirect(file, bytes.subarray(from, to), place + from))
  }
  let arePast = true
  for (const part of await Promise.allSettled(parts)) {
    if (part.status === 'rejected') throw part.reason
    arePast &&= part.value
  }
  return arePast
}

async function writePartDirect(file: DiskFile, bytes: Uint8Array, place: number): Promise<boolean> {
  const written = (await file.writeDirect(bytes, place)) ?? 0
  if (written === bytes.length) return true
  await writeFully(file, [bytes.subarray(written)], place + written)
  return false
}

async function writeRest(
  file: DiskFile,
  pieces: readonly Uint8Array[],
  place: number,
  written: number,
): Promise<number> {
  const rest: Uint8Array[] = []
  let skip = written
  for (const piece of pieces) {
    if (skip < piece.length) rest.push(piece.subarray(skip))
    skip = Math.max(0, skip - piece.length)
  }
  const more = await file.write(rest, place + written)
  if (more === 0) throw Object.assign(new Error('The disk took no more bytes'), { code: 'ENOSPC' })
  return more
}

/** The one switch of a log: once a disk failed, nothing is written any more until the log is opened again. */
export class Halt {
  #reason: MillraceError | undefined
  readonly #onStop: (reason: MillraceError) => void

  constructor(onStop: (reason: MillraceError) => void) {
    this.#onStop = onStop
  }

  get reason(): MillraceError | undefined {
    return this.#reason
  }

  /** @throws MillraceError `log_stopped`. */
  check(): void {
    if (this.#reason) throw this.#reason
  }

  stop(cause: unknown): MillraceError {
    if (this.#reason) return this.#reason
    const detail = cause instanceof Error ? cause.message : String(cause)
    this.#reason = new MillraceError('log_stopped', `The log stopped because its disk failed: ${detail}`, {
      cause,
      hint: 'Check the disk, then restart: the log verifies what is on it before it takes more.',
    })
    this.#onStop(this.#reason)
    return this.#reason
  }

  /**
   * A sync that failed is never repeated: the system may have dropped the pages and would say "done" the next time.
   * @throws MillraceError `log_stopped`.
   */
  async synced(target: { sync(): Promise<void> }): Promise<void> {
    this.check()
    try {
      await target.sync()
    } catch (error) {
      throw this.stop(error)
    }
  }

  /** As `writeAndSync` of the file: a sync that failed stops the log, a write may pass. @throws MillraceError `log_stopped`, or the disk's. */
  async writtenAndSynced(file: DiskFile, pieces: readonly Uint8Array[], place: number): Promise<number | undefined> {
    this.check()
    try {
      return await file.writeAndSync(pieces, place)
    } catch (error) {
      throw (error as NodeJS.ErrnoException).syscall === 'fdatasync' ? this.stop(error) : error
    }
  }

  /** What to tell of a failure that is not a sync's: full is full and passes, anything else stops the log. */
  failure(error: unknown): MillraceError {
    if (error instanceof MillraceError) return error
    if (isFull(error)) return storageFull('The disk of the log is full', error)
    return this.stop(error)
  }
}

export function storageFull(message: string, cause?: unknown): MillraceError {
  return new MillraceError('storage_full', message, { cause, retryAfterSeconds })
}

/** What to tell of a failure to read what is in `folder`: our own errors are told as they are. */
export function readFailure(error: unknown, folder: string): unknown {
  const code = codeOf(error)
  if (error instanceof MillraceError || !/^E[A-Z0-9]+$/.test(code)) return error
  const message = `${folder} cannot be read: ${(error as Error).message}`
  if (code !== 'EMFILE' && code !== 'ENFILE') return new MillraceError('log_corrupt', message, { cause: error })
  return new MillraceError('overloaded', message, { cause: error, retryAfterSeconds })
}

/** No space, or no file descriptor: both pass by themselves. */
function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'].includes(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
