/** A round: a range of the log made objects, one for each input and hour that has events in it. The same range gives the same objects. */
import { gzipSync } from 'node:zlib'
import { decodeBatch } from '../batch.ts'
import { linesOf } from './event-lines.ts'
import { fileOf, folderOf } from './object-name.ts'

/** The log as it is read here. */
export interface LogToArchive {
  readonly id: string
  /** First offset that can still be read. */
  start(): bigint
  /** First offset not yet durable. */
  end(): bigint
  /** From the record that holds `from` on. A body is valid until the next record is asked for. @throws MillraceError `log_trimmed`, `log_corrupt`. */
  read(from: bigint, signal: AbortSignal): AsyncIterable<LogRecord>
}

export interface LogRecord {
  readonly offset: bigint
  readonly count: number
  /** ms since 1970 UTC. */
  readonly appendedAt: number
  readonly body: Uint8Array
}

export interface Round {
  readonly from: bigint
  /** Behind the last record. */
  readonly end: bigint
  readonly events: number
  /** Of all lines, before they were compressed. */
  readonly bytes: number
  readonly objects: readonly { readonly key: string; readonly bytes: Buffer }[]
}

export interface RoundBounds {
  readonly from: bigint
  /** Ends with the record that reaches it … */
  readonly until: bigint
  /** … or with the one by which there are so many bytes. */
  readonly bytesMax: number
}

export interface RoundPlace {
  readonly workspace: string
  /** Labels; null: all. */
  readonly inputs: ReadonlySet<string> | null
}

interface Group {
  readonly folder: string
  readonly first: bigint
  end: bigint
  readonly lines: Buffer[]
}

/** Fast rather than small: an archive that falls behind holds the log. */
const gzipLevel = 3
/** A repaired log may end in a gap, where a reader would wait for ever; a slow disk only ends the round earlier. */
const idleMs = 5_000

/** Undefined: nothing came. */
export async function readRound(
  log: LogToArchive,
  { from, until, bytesMax }: RoundBounds,
  place: RoundPlace,
  signal: AbortSignal,
): Promise<Round | undefined> {
  const groups = new Map<string, Group>()
  let [end, events, bytes] = [from, 0, 0]
  for await (const { offset, count, body } of untilIdle(log, from, signal)) {
    end = offset + BigInt(count)
    const batch = decodeBatch(body)
    const isEvent = batch.replacement?.end === undefined
    const isWanted = isEvent && (place.inputs === null || place.inputs.has(batch.input.label))
    const lines = isWanted ? linesOf(batch, offset) : Buffer.alloc(0)
    if (lines.length > 0) {
      const folder = folderOf({ workspace: place.workspace, input: batch.input.label, receivedAt: batch.receivedAt })
      const group = groups.get(folder) ?? { folder, first: offset, end, lines: [] }
      groups.set(folder, group)
      group.lines.push(lines)
      group.end = end
      events += count
      bytes += lines.length
    }
    if (end >= until || bytes >= bytesMax) break
  }
  signal.throwIfAborted()
  if (end === from) return undefined
  const objects = groups.values().map(({ folder, first, end, lines }) => ({
    key: folder + fileOf(first, end, log.id),
    bytes: gzipSync(Buffer.concat(lines), { level: gzipLevel }),
  }))
  return { from, end, events, bytes, objects: [...objects] }
}

async function* untilIdle(log: LogToArchive, from: bigint, signal: AbortSignal): AsyncGenerator<LogRecord> {
  const idle = new AbortController()
  const timer = setTimeout(() => idle.abort(), idleMs)
  try {
    for await (const record of log.read(from, AbortSignal.any([signal, idle.signal]))) {
      timer.refresh()
      yield record
    }
  } finally {
    clearTimeout(timer)
    idle.abort()
  }
}
