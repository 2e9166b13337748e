/** A dry run: what waits in the restream queue through a draft of code and mapping, to see what would pass now. Changes nothing. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { DryRunProgress, DryRunReason } from './control-plane/data-plane-transforms.ts'
import { arrivalOfOne, type Draft, failuresIn, looseOfEntry } from './drafts.ts'
import type { RestreamQueue } from './restream/queue.ts'
import type { Failure, RestreamFilter } from './restream.ts'

interface DryRun {
  readonly draft: Draft
  readonly queue: Pick<RestreamQueue, 'list' | 'waiting'>
  readonly filter: RestreamFilter
  readonly onProgress: (progress: DryRunProgress) => void
  readonly signal: AbortSignal
}

/** Entries looked at between two turns of others. */
const pageEntries = 200
const pageBytesMax = 4 * 1024 * 1024
const examplesMax = 3
const reasonsMax = 100

/**
 * Of what waits or is on its way when it begins; what fails meanwhile is left out, or it might never end.
 * @throws MillraceError `invalid_code`, `sandbox_unavailable`; what the queue throws; the signal's reason.
 */
export async function dryRun({ draft, queue, filter, onProgress, signal }: DryRun): Promise<DryRunProgress> {
  const { count, end } = queue.waiting(filter)
  const tally = new Tally(count)
  let after: bigint | undefined
  for (;;) {
    signal.throwIfAborted()
    const page = { ...(after !== undefined && { after }), limit: pageEntries, bytesMax: pageBytesMax }
    const entries = queue.list(filter, page).filter(({ offset }) => offset < end)
    if (entries.length === 0) return tally.progress()
    const all = entries.map((entry) => arrivalOfOne(looseOfEntry(entry)))
    const transformed = await draft.transform(all, signal)
    const arrivals = all.slice(0, transformed.inputs.length) // the others are of the next page
    const failures = failuresIn(arrivals, transformed, await draft.map(transformed))
    const dropped = transformed.counts.filter((counts) => counts?.[0] === 0).length
    tally.add(arrivals.length, dropped, failures)
    onProgress(tally.progress())
    after = arrivals.at(-1)!.firstOffset
    await othersTurn()
  }
}

class Tally {
  readonly #total: number
  readonly #reasons = new Map<string, DryRunReason>()
  #done = 0
  #dropped = 0
  #failed = 0

  constructor(total: number) {
    this.#total = total
  }

  add(done: number, dropped: number, failures: readonly Failure[]): void {
    this.#done += done
    this.#dropped += dropped
    this.#failed += failures.length
    for (const failure of failures) this.#count(failure)
  }

  #count({ stage, code, message, subject, offset, eventId, eventType }: Failure): void {
    const key = JSON.stringify([stage, code, subject])
    const known = this.#reasons.get(key)
    if (known === undefined && this.#reasons.size >= reasonsMax) return
    const reason = known ?? { stage, code, message, ...(subject !== undefined && { subject }), count: 0, examples: [] }
    const example = { offset, eventId, eventType, message }
    const examples = reason.examples.length < examplesMax ? [...reason.examples, example] : reason.examples
    this.#reasons.set(key, { ...reason, count: reason.count + 1, examples })
  }

  progress(): DryRunProgress {
    const reasons = [...this.#reasons.values()].sort((left, right) => right.count - left.count)
    const [dropped, failed] = [this.#dropped, this.#failed]
    const total = Math.max(this.#total, this.#done) // those on their way do not wait
    return { total, done: this.#done, passed: this.#done - dropped - failed, dropped, failed, reasons }
  }
}
