/**
 * An event that comes again is stored once: ids that senders chose are remembered by input, for some days and up to a number of them.
 * The same id with other data is no repeat: the first one counts, and the other is kept aside and told.
 *
 * Ids are known from the moment a request is let in, so that the same events in two requests at a time are stored once too: the second
 * request waits for what becomes of the first.
 */
import type { EventBatch, EventFault } from '../../batch.ts'
import type { Logger } from '../../telemetry.ts'
import type { Clock } from '../clock.ts'
import { FlatWindow } from '../flat-window.ts'
import type { DecodedEvents } from '../protocol.ts'
import { type Fingerprints, fingerprintsOf, fingerprintWords } from './fingerprint.ts'
import { openIdJournal } from './id-journal.ts'
import { withConflicts, withoutRepeats } from './without-repeats.ts'

export interface EventIds {
  /** Leaves out what was stored before; waits for requests under way that bring the same. */
  admit(inputId: string, events: DecodedEvents): Promise<Admission>
  /** Writes what is not written yet. */
  close(): Promise<void>
}

export interface Admission {
  /** Without repeats; those with the id of another event are faults. */
  readonly events: DecodedEvents
  readonly duplicates: number
  /** Of all that was brought, by their places in it. */
  readonly faults: readonly EventFault[]
  /** They are in the log, whose next offset is `end`. */
  stored(end: bigint): void
  /** They are not: who brings them again brings something new. */
  forget(): void
}

/** Of events that have none: there is nothing to remember. */
export function withoutIds(events: DecodedEvents): Admission {
  return { events, duplicates: 0, faults: events.faults ?? [], stored() {}, forget() {} }
}

export interface EventIdsParts {
  /** Where the journal lies. */
  readonly folder: string
  readonly bounds: IdBounds
  readonly clock: Clock
  readonly logger: Logger
  /** First offset that can be read, and the first that is not durable yet. */
  readonly logStatus: () => { readonly start: bigint; readonly end: bigint }
  /** The batches of the log from an offset to its end of now. */
  readonly readLog: (from: bigint) => AsyncIterable<{ readonly end: bigint; readonly batch: EventBatch }>
}

export interface IdBounds {
  readonly countMax: number
  readonly ageMaxMs: number
}

/** How often fingerprints are written down. A crash costs reading that much of the log again. */
const writeEveryMs = 250
/** How often it is written down that nothing came, so that a start does not read the log for nothing. */
const coverEveryMs = 10_000

interface UnderWay {
  /** Numbers of its entries in the window, from and up to. */
  readonly from: number
  readonly to: number
  readonly ended: Promise<void>
}

/** Reads what is known: from the journal, and from the log what the journal does not have. */
export async function openEventIds(parts: EventIdsParts): Promise<EventIds> {
  const { clock, logger, bounds } = parts
  const window = new FlatWindow({ keyWords: 3, valueWords: 1, ...bounds })
  const underWay = new Set<UnderWay>()
  let unwritten: Uint32Array[] = []
  let storedEnd = 0n
  let coveredAt = clock.elapsed()

  const learn = (fingerprints: Uint32Array, time: number): void => {
    for (let at = 0; at < fingerprints.length; at += fingerprintWords) {
      window.findOrAdd(fingerprints, at, time)
    }
  }
  const { journal, covered } = await openIdJournal(parts.folder, bounds.countMax, ({ fingerprints, writtenAt }) => {
    learn(fingerprints, clock.elapsed() - Math.max(0, clock.now() - writtenAt))
  })
  let isLearned = true
  await learnFromLog().catch((error: unknown) => {
    isLearned = false
    // A damaged log is told by its status; what was read of it until there is known.
    logger.warn('event ids could not be read from the log', { folder: parts.folder, reason: error as Error })
  })

  /** What the journal does not cover; at most as many events as ids are remembered. */
  async function learnFromLog(): Promise<void> {
    const { start, end } = parts.logStatus()
    const newest = end - BigInt(bounds.countMax)
    const from = [start, covered ?? newest].reduce((one, other) => (other > one ? other : one))
    storedEnd = end
    for await (const { batch, end: batchEnd } of parts.readLog(from)) {
      // Sent again on purpose, or to take the place of what is there.
      if (batch.resent !== undefined || batch.replacement !== undefined) continue
      const { words: fingerprints } = fingerprintsOf(journal.seed, batch.input.id, batch)
      learn(fingerprints, clock.elapsed() - Math.max(0, clock.now() - batch.receivedAt))
      if (fingerprints.length > 0) unwritten.push(fingerprints)
      storedEnd = batchEnd
    }
  }

  async function writeDown(): Promise<void> {
    const isDue = clock.elapsed() - coveredAt >= coverEveryMs && underWay.size === 0
    if (unwritten.length === 0 && !isDue) return
    const end = isDue ? parts.logStatus().end : storedEnd
    const fingerprints = joined(unwritten)
    unwritten = []
    coveredAt = clock.elapsed()
    await journal.append(fingerprints, end, clock.now())
  }
  let timer: NodeJS.Timeout | undefined = setInterval(() => {
    writeDown().catch((error: unknown) => {
      clearInterval(timer) // a journal with a gap would be wrong: the next start reads the log from where it ends
      timer = undefined
      logger.warn('the journal of event ids cannot be written', { folder: parts.folder, reason: error as Error })
    })
  }, writeEveryMs).unref()
  if (!isLearned) {
    clearInterval(timer)
    timer = undefined
  }

  /** The request under way that brought an entry, if there is one. */
  function bringerOf(entry: number): UnderWay | undefined {
    for (const other of underWay) if (entry >= other.from && entry < other.to) return other
    return undefined
  }

  function forget(from: number, to: number): void {
    for (let entry = from; entry < to; entry++) window.remove(entry)
  }

  /** Or the request under way that has to be waited for: then nothing is let in. */
  function letIn(events: DecodedEvents, { places, words }: Fingerprints): Admission | UnderWay {
    const now = clock.elapsed()
    const repeats = new Set<number>()
    const conflicts = new Set<number>()
    const [from, known] = [window.next, [] as number[]]
    for (let index = 0; index < places.length; index++) {
      const at = fingerprintWords * index
      const next = window.next
      const entry = window.findOrAdd(words, at, now)
      if (entry === next) continue
      const bringer = underWay.size > 0 ? bringerOf(entry) : undefined
      if (bringer !== undefined) {
        forget(from, window.next)
        return bringer
      }
      known.push(index)
      ;(window.value(entry, 0) === words[at + 3] ? repeats : conflicts).add(places[index]!)
    }
    const to = window.next
    const count = to - from
    let end = () => {}
    const entry: UnderWay = { from, to, ended: new Promise<void>((resolve) => (end = resolve)) }
    if (count > 0) underWay.add(entry)
    const leave = () => {
      underWay.delete(entry)
      end()
    }
    const told = withConflicts(events, conflicts)
    return {
      events: withoutRepeats(told, repeats),
      duplicates: repeats.size,
      faults: told.faults ?? [],
      stored(logEnd) {
        leave()
        if (count > 0 && timer !== undefined) unwritten.push(withoutKnown(words, known))
        if (logEnd > storedEnd) storedEnd = logEnd
      },
      forget() {
        forget(from, to)
        leave()
      },
    }
  }

  return {
    async admit(inputId, events) {
      const fingerprints = fingerprintsOf(journal.seed, inputId, events)
      if (fingerprints.places.length === 0) return withoutIds(events)
      for (;;) {
        const admitted = letIn(events, fingerprints)
        if ('stored' in admitted) return admitted
        await admitted.ended
      }
    },
    async close() {
      if (timer !== undefined) {
        clearInterval(timer)
        coveredAt = Number.NEGATIVE_INFINITY
        await writeDown().catch((error: unknown) => {
          logger.warn('the journal of event ids cannot be written', { folder: parts.folder, reason: error as Error })
        })
      }
      await journal.close()
    },
  }
}

/** Words without the fingerprints at these indexes, which ascend. */
function withoutKnown(words: Uint32Array, known: readonly number[]): Uint32Array {
  if (known.length === 0) return words
  const fresh = new Uint32Array(words.length - fingerprintWords * known.length)
  let [read, written] = [0, 0]
  for (const index of [...known, words.length / fingerprintWords]) {
    const piece = words.subarray(read, fingerprintWords * index)
    fresh.set(piece, written)
    written += piece.length
    read = fingerprintWords * (index + 1)
  }
  return fresh
}

function joined(pieces: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
