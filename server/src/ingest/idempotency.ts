/**
 * Idempotency-Key: a request that comes again is answered as it was first, and stored once. What is known of a key travels in the
 * tag of the log record that its events went into, durable in the same moment, and is read back from there after a restart.
 *
 * Tag:
 *   u8         2; 1 in those that have no CRC
 *   16 bytes   start of the SHA-256 of the key
 *   u32        accepted, little endian as is
 *   u32        restreamed
 *   u32        CRC-32 of the types and what the request held
 *   the rest   id of the input, UTF-8
 */
import { hash } from 'node:crypto'
import { crc32 } from '@node-rs/crc32'
import { MillraceError } from '../errors.ts'
import type { Clock } from './clock.ts'
import { type KeyWords, OutcomeWindow, type StoredCounts, type StoredOutcome } from './outcome-window.ts'

export const idempotencyWindow = { countMax: 100_000, ageMaxMs: 24 * 60 * 60 * 1000 }

export interface Idempotency {
  /**
   * Stores by `append`, with the tag it is given, unless a request of this input with this key was stored within the window;
   * then tells what became of that one. Waits for one under way. What `append` throws makes the key forgotten.
   * @throws MillraceError `idempotency_key_reused`: that request held something else.
   */
  once(inputId: string, request: KeyedRequest, append: (tag: Uint8Array) => Promise<unknown>): Promise<Once>
}

export interface KeyedRequest {
  readonly key: string
  /** The event types, and what it holds: other events under the same key are no repeat. Undefined where the key itself tells. */
  readonly types: readonly string[]
  readonly content: Uint8Array | undefined
  readonly counts: StoredCounts
}

interface Once extends StoredCounts {
  readonly isRepeat: boolean
}

export interface RecentTag {
  /** ms since 1970 UTC. */
  readonly appendedAt: number
  readonly tag: Uint8Array
}

/** Reads what the log still knows; `recentTags` tells the tags appended at or after a time, of each input oldest first. */
export async function openIdempotency(
  recentTags: (since: number) => AsyncIterable<RecentTag>,
  clock: Clock,
  window = idempotencyWindow,
): Promise<Idempotency> {
  const windows = new Map<string, OutcomeWindow>()
  const underWay = new Map<string, Promise<unknown>>()
  const windowOf = (inputId: string) => {
    const known = windows.get(inputId)
    if (known !== undefined) return known
    const opened = new OutcomeWindow(window)
    windows.set(inputId, opened)
    return opened
  }

  const [now, elapsed] = [clock.now(), clock.elapsed()]
  for await (const { appendedAt, tag } of recentTags(now - window.ageMaxMs)) {
    const entry = decodeTag(tag)
    if (entry === undefined) continue
    const at = elapsed - Math.max(0, now - appendedAt)
    const outcomes = windowOf(entry.inputId)
    if (outcomes.find(entry.key, at) === undefined) outcomes.add(entry.key, entry, at)
  }

  return {
    async once(inputId, { key, types, content, counts: given }, append) {
      const checksum = content === undefined ? noChecksum : crc32(content, crc32(types.join('\n')))
      const counts = { ...given, checksum }
      const digest = hash('sha256', key, 'buffer').subarray(0, 16)
      const words = wordsOf(digest)
      const name = `${inputId} ${digest.toString('latin1')}`
      for (let first = underWay.get(name); first !== undefined; first = underWay.get(name)) {
        await first.catch(() => {}) // the one who sent it is told; this one finds the key known, or forgotten and free
      }
      const stored = windowOf(inputId).find(words, clock.elapsed())
      if (stored !== undefined) {
        const isComparable = stored.checksum !== noChecksum && checksum !== noChecksum
        if (isComparable && stored.checksum !== checksum) throw reused()
        return { ...stored, isRepeat: true }
      }
      const appended = append(encodeTag(inputId, digest, counts))
      underWay.set(name, appended)
      try {
        await appended
        windowOf(inputId).add(words, counts, clock.elapsed())
      } finally {
        underWay.delete(name)
      }
      return { ...counts, isRepeat: false }
    },
  }
}

const tagVersion = 2
const tagHeadBytes = 29
/** Of a tag that has none, or whose key is a digest. */
const noChecksum = 0

function reused(): MillraceError {
  return new MillraceError(
    'idempotency_key_reused',
    'A request with this Idempotency-Key but other events was stored before',
    {
      hint: 'Give every request a key of its own, and repeat it unchanged.',
    },
  )
}

function encodeTag(inputId: string, digest: Uint8Array, { accepted, restreamed, checksum }: StoredOutcome): Uint8Array {
  const tag = Buffer.alloc(tagHeadBytes + Buffer.byteLength(inputId))
  tag[0] = tagVersion
  tag.set(digest, 1)
  tag.writeUInt32LE(accepted, 17)
  tag.writeUInt32LE(restreamed, 21)
  tag.writeUInt32LE(checksum, 25)
  tag.write(inputId, tagHeadBytes)
  return tag
}

/** Undefined for a tag that is not ours. */
function decodeTag(bytes: Uint8Array): (StoredOutcome & { inputId: string; key: KeyWords }) | undefined {
  const tag = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headBytes = tag[0] === 1 ? tagHeadBytes - 4 : tagHeadBytes
  if (tag.length < headBytes || (tag[0] !== 1 && tag[0] !== tagVersion)) return undefined
  return {
    inputId: tag.toString('utf8', headBytes),
    key: wordsOf(tag.subarray(1, 17)),
    accepted: tag.readUInt32LE(17),
    restreamed: tag.readUInt32LE(21),
    checksum: tag[0] === 1 ? noChecksum : tag.readUInt32LE(25),
  }
}

/** The 16 bytes as numbers, aligned whatever they were a part of. */
function wordsOf(digest: Uint8Array): KeyWords {
  return new Uint32Array(new Uint8Array(digest).buffer)
}
