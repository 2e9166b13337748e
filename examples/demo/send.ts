/** Sends data sets through the front door, as any program would: by the SDK. */
import { createClient } from '@millrace/sdk'
import type { Dataset } from './datasets.ts'

/**
 * Resolves to the number of records, all of them durable. `onSent` is told after each request.
 * @throws Error where one of them is refused.
 */
export async function sendDatasets(
  { url, ingestKey }: { readonly url: string; readonly ingestKey: string },
  datasets: readonly Dataset[],
  onSent: (records: number) => void,
): Promise<number> {
  let refusal: string | undefined
  // The data sets lie in files anyway, so that nothing has to be kept for a later run.
  await using client = createClient({ endpoint: url, apiKey: ingestKey, batchSize: 500, workers: 4, spool: false })
  client.on('flush', ({ count }) => onSent(count))
  client.on('error', ({ message }) => {
    refusal ??= message
  })
  client.on('drop', ({ reason, count, sample }) => {
    refusal ??= `${count} records were not taken, the first a ${sample.stream}: ${reason}`
  })
  for (const { type, records } of datasets) {
    for (const record of records) if (!client.track(type, record)) await client.ready()
  }
  await client.flush()
  if (refusal !== undefined) throw new Error(refusal)
  return client.stats().acked
}
