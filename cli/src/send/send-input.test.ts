import { expect, it } from 'vitest'
import type { Batch } from './batches.ts'
import type { Courier, Receipt } from './deliver.ts'
import type { Input } from './input.ts'
import { startProgress } from './progress-file.ts'
import { sendInput } from './send-input.ts'

const rowsPerChunk = 10

/** An endless file that counts how much of it was read. */
function endlessInput() {
  const read = { chunks: 0 }
  async function* chunks() {
    for (;;) {
      read.chunks++
      yield Buffer.from('{"a":1}\n'.repeat(rowsPerChunk))
    }
  }
  const input: Input = {
    name: 'endless',
    path: undefined,
    fingerprint: undefined,
    size: undefined,
    bytesRead: () => 0,
    format: 'ndjson',
    chunks: chunks(),
    close() {},
  }
  return { input, read }
}

/** Holds every batch until it is let go. */
function holdingCourier() {
  const held: (() => void)[] = []
  const courier: Courier = {
    deliver: (batch: Batch) =>
      new Promise<Receipt>((resolve) => {
        held.push(() => resolve({ accepted: batch.rowLines.length, restreamed: 0, faults: [] }))
      }),
    retryCount: () => 0,
  }
  return { courier, held }
}

it('reads no further ahead than the batches under way', async () => {
  const { input, read } = endlessInput()
  const { courier, held } = holdingCourier()
  const stop = new AbortController()
  const progress = startProgress(undefined, undefined)
  const settings = { batchSize: rowsPerChunk, delimiter: ',', allText: false }
  const sending = sendInput(
    { input, settings, concurrency: 3, courier, progress, onBatch() {}, inspect() {} },
    stop.signal,
  )
  await settled()
  expect([held.length, read.chunks]).toEqual([3, 5])
  held.shift()!()
  await settled()
  expect([held.length, read.chunks]).toEqual([3, 6])
  stop.abort()
  for (const letGo of held) letGo()
  await sending
  expect(progress.totals.accepted).toBe(4 * rowsPerChunk)
})

it('does not run far ahead of a batch that nobody answers', async () => {
  const { input } = endlessInput()
  const { courier, held } = holdingCourier()
  const stop = new AbortController()
  const settings = { batchSize: rowsPerChunk, delimiter: ',', allText: false }
  const progress = startProgress(undefined, undefined)
  const sending = sendInput(
    { input, settings, concurrency: 2, courier, progress, onBatch() {}, inspect() {} },
    stop.signal,
  )
  await settled()
  for (let count = 0; count < 500 && held.length > 1; count++) {
    held.splice(1, 1)[0]!()
    await settled()
  }
  expect(progress.totals.accepted / rowsPerChunk).toBe(2 * 64 - 1)
  stop.abort()
  for (const letGo of held) letGo()
  await sending
})

/** After everything that waits for nothing but promises. */
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
