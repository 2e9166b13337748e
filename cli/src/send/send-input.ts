/** Sends an input: reads, gathers, delivers several batches at a time, and notes what is acknowledged. */
import { type Batch, gatherBatches } from './batches.ts'
import { readCsv } from './csv.ts'
import type { Courier, Receipt } from './deliver.ts'
import type { Input } from './input.ts'
import { readJsonValues } from './json-values.ts'
import { readLines } from './lines.ts'
import type { Progress, RunSettings } from './progress-file.ts'
import type { Row } from './rows.ts'

export interface Sending {
  readonly input: Input
  readonly settings: Pick<RunSettings, 'batchSize' | 'delimiter' | 'allText'>
  readonly concurrency: number
  readonly courier: Courier
  readonly progress: Progress
  /** Told of each batch that is acknowledged now, not of those of an earlier run. */
  readonly onBatch: (batch: Batch, receipt: Receipt) => void
  /** Looks at a batch before it is sent; what it throws ends the run. */
  readonly inspect: (batch: Batch) => void
}

const saveEveryMs = 200
/** How far deliveries may run ahead of the oldest one that is not acknowledged: this many times the concurrency. */
const aheadMax = 64

/**
 * Ends when everything is acknowledged, or when the signal aborts and the requests under way are answered.
 * @throws as {@link Courier.deliver}.
 */
export async function sendInput(sending: Sending, signal: AbortSignal): Promise<void> {
  const { input, settings, concurrency, progress } = sending
  const underWay = new Set<Promise<void>>()
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  let savedAt = performance.now()
  await progress.save()

  const send = async (batch: Batch) => {
    try {
      await sendBatch(sending, batch, stop)
      if (performance.now() - savedAt < saveEveryMs) return
      savedAt = performance.now()
      await progress.save()
    } catch (error) {
      if (!stop.aborted) failed.abort(error)
    }
  }
  const isFull = (next: Batch) =>
    underWay.size >= concurrency || next.index - progress.acknowledged >= aheadMax * concurrency

  for await (const batch of until(stop, gatherBatches(readRows(input, settings), settings.batchSize))) {
    if (progress.isDone(batch.index)) continue
    while (underWay.size > 0 && isFull(batch)) await Promise.race(underWay)
    if (stop.aborted) break
    const delivery = send(batch).finally(() => underWay.delete(delivery))
    underWay.add(delivery)
  }
  await Promise.all(underWay)
  if (stop.aborted) await progress.save()
  failed.signal.throwIfAborted()
}

/** What the source yields before the signal aborts: standard input may stay silent for hours. */
async function* until<T>(signal: AbortSignal, source: AsyncGenerator<T>): AsyncGenerator<T> {
  const { promise: aborted, resolve: abort } = Promise.withResolvers<undefined>()
  const onAbort = () => abort(undefined)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    while (!signal.aborted) {
      const next = await Promise.race([source.next(), aborted])
      if (next === undefined || next.done) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    source.return(undefined).catch(() => {})
  }
}

async function sendBatch({ courier, progress, onBatch, inspect }: Sending, batch: Batch, signal: AbortSignal) {
  inspect(batch)
  const receipt = batch.rowLines.length === 0 ? nothingSent : await courier.deliver(batch, signal)
  progress.note(batch, receipt)
  onBatch(batch, receipt)
}

const nothingSent: Receipt = { accepted: 0, restreamed: 0, faults: [] }

function readRows({ format, chunks }: Input, { delimiter, allText }: Sending['settings']): AsyncIterable<Row> {
  if (format === 'ndjson') return readLines(chunks)
  if (format === 'json') return readJsonValues(chunks)
  return readCsv(chunks, { delimiter, allText })
}
