/**
 * The fingerprints of a workspace's last events on disk, so that a start need not read the log for them: `ids-<number>.journal`, of
 * which the last two are kept. Nothing here is synced: what a crash takes away is read from the log again, from the offset on that
 * the last whole chunk names. Little endian.
 *
 *   head, 24 bytes
 *      0  8  "MLREVIDS"
 *      8 16  seed of the fingerprints; another seed: another journal
 *   chunk
 *      0  4  CRC-32 of the head and the rest of the chunk
 *      4  4  fingerprints in it
 *      8  8  when it was written, ms since 1970 UTC, a double
 *     16  8  offset: every event before it that has an id is in the journal, or was trimmed from it
 *     24 16  each fingerprint
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

export interface IdJournal {
  /** Four words. */
  readonly seed: Uint32Array
  /** Writes fingerprints, and how far the log is covered by then. Writes follow one another; a failed one ends the journal. */
  append(fingerprints: Uint32Array, end: bigint, now: number): Promise<void>
  close(): Promise<void>
}

export interface LoadedChunk {
  readonly fingerprints: Uint32Array
  /** ms since 1970 UTC. */
  readonly writtenAt: number
}

const magic = Buffer.from('MLREVIDS')
const headBytes = 24
const chunkHeadBytes = 24
const fingerprintBytes = 16
const namePattern = /^ids-(\d+)\.journal$/

/**
 * Opens the journal in a folder; tells what is in it to `load`, oldest first, and returns how far it covers the log; undefined where
 * there is none. `idsMax` fingerprints of the last file and all of the one before are kept.
 * @throws Error of the file system.
 */
export async function openIdJournal(
  folder: string,
  idsMax: number,
  load: (chunk: LoadedChunk, seed: Uint32Array) => void,
): Promise<{ journal: IdJournal; covered: bigint | undefined }> {
  const numbers = journalNumbers(folder)
  const files = numbers.map((number) => readJournal(pathOf(folder, number)))
  const seed = files.findLast((file) => file !== undefined)?.seed ?? randomBytes(16)
  let covered: bigint | undefined
  let isBroken = false
  for (const file of files) {
    if (file === undefined || !file.seed.equals(seed)) {
      isBroken = true // what it covered is read from the log again
      continue
    }
    for (const { end, ...chunk } of file.chunks) {
      load(chunk, wordsOf(seed))
      if (!isBroken) covered = end
    }
    if (!file.isWhole) isBroken = true
  }
  numbers.forEach((number, index) => {
    if (files[index]?.seed.equals(seed) !== true) rmSync(pathOf(folder, number))
  })
  const kept = numbers.filter((_, index) => files[index]?.seed.equals(seed))
  const last = files.findLast((file) => file?.seed.equals(seed))
  const goesOn = last && { number: kept.at(-1)!, at: last.endsAt, count: last.count }
  const journal = openWriter({ folder, idsMax, seed, number: (kept.at(-1) ?? 0) + 1, goesOn })
  return { journal, covered }
}

interface Writer {
  readonly folder: string
  readonly idsMax: number
  readonly seed: Buffer
  /** Of the next file. */
  readonly number: number
  /** The file that is written on, where its last whole chunk ends, and the fingerprints in it. */
  readonly goesOn: { readonly number: number; readonly at: number; readonly count: number } | undefined
}

function openWriter({ folder, idsMax, seed, number: firstNumber, goesOn }: Writer): IdJournal {
  let number = firstNumber
  let file: FileHandle | undefined
  let { at, count } = goesOn ?? { at: 0, count: 0 }
  /** Where the last chunk stands, if it only tells how far the log is covered: the next one may take its place. */
  let coverAt: number | undefined
  let writing: Promise<void> = Promise.resolve()
  const head = Buffer.concat([magic, seed])
  const headSum = crc32(head)

  const current = async (): Promise<FileHandle> => {
    if (file === undefined && goesOn !== undefined) {
      file = await open(pathOf(folder, goesOn.number), 'r+')
      await file.truncate(goesOn.at)
    }
    return file === undefined || count >= idsMax ? next() : file
  }
  const next = async (): Promise<FileHandle> => {
    await file?.close()
    file = await open(pathOf(folder, number), 'w', 0o600)
    for (const old of journalNumbers(folder)) if (old < number - 1) rmSync(pathOf(folder, old), { force: true })
    await file.write(head, 0, head.length, 0)
    number++
    at = headBytes
    count = 0
    coverAt = undefined
    return file
  }
  const write = async (fingerprints: Uint32Array, end: bigint, now: number): Promise<void> => {
    const target = await current()
    const bytes = chunkOf(headSum, fingerprints, end, now)
    const place = coverAt ?? at
    for (let done = 0; done < bytes.length; ) {
      done += (await target.write(bytes, done, bytes.length - done, place + done)).bytesWritten
    }
    coverAt = fingerprints.length === 0 ? place : undefined
    at = place + bytes.length
    count += fingerprints.length / 4
  }
  return {
    seed: wordsOf(seed),
    append(fingerprints, end, now) {
      writing = writing.then(() => write(fingerprints, end, now))
      return writing
    },
    async close() {
      await writing.catch(() => {})
      await file?.close()
    },
  }
}

function chunkOf(headSum: number, fingerprints: Uint32Array, end: bigint, now: number): Buffer {
  const chunk = Buffer.alloc(chunkHeadBytes + fingerprints.byteLength)
  chunk.writeUInt32LE(fingerprints.length / 4, 4)
  chunk.writeDoubleLE(now, 8)
  chunk.writeBigInt64LE(end, 16)
  Buffer.from(fingerprints.buffer, fingerprints.byteOffset, fingerprints.byteLength).copy(chunk, chunkHeadBytes)
  chunk.writeUInt32LE(crc32(chunk.subarray(4), headSum), 0)
  return chunk
}

interface JournalFile {
  readonly seed: Buffer
  readonly chunks: readonly (LoadedChunk & { readonly end: bigint })[]
  readonly count: number
  /** Where its last whole chunk ends. */
  readonly endsAt: number
  /** Nothing follows that chunk. */
  readonly isWhole: boolean
}

/** Undefined for a file that is none of ours. What follows the last whole chunk does not count. */
function readJournal(path: string): JournalFile | undefined {
  const bytes = readFileSync(path)
  if (!bytes.subarray(0, 8).equals(magic) || bytes.length < headBytes) return undefined
  const chunks: (LoadedChunk & { end: bigint })[] = []
  const headSum = crc32(bytes.subarray(0, headBytes))
  let at = headBytes
  let count = 0
  while (at + chunkHeadBytes <= bytes.length) {
    const end = at + chunkHeadBytes + bytes.readUInt32LE(at + 4) * fingerprintBytes
    if (end > bytes.length || crc32(bytes.subarray(at + 4, end), headSum) !== bytes.readUInt32LE(at)) break
    chunks.push({
      fingerprints: wordsOf(bytes.subarray(at + chunkHeadBytes, end)),
      writtenAt: bytes.readDoubleLE(at + 8),
      end: bytes.readBigInt64LE(at + 16),
    })
    count += bytes.readUInt32LE(at + 4)
    at = end
  }
  return { seed: bytes.subarray(8, headBytes), chunks, count, endsAt: at, isWhole: at === bytes.length }
}

function journalNumbers(folder: string): number[] {
  if (!existsSync(folder)) return []
  const numbers = readdirSync(folder).flatMap((name) => Number(namePattern.exec(name)?.[1] ?? []))
  return numbers.filter((number) => Number.isInteger(number) && number > 0).sort((one, other) => one - other)
}

function pathOf(folder: string, number: number): string {
  return join(folder, `ids-${number}.journal`)
}

/** A copy, so that the numbers in it are aligned. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer)
}
