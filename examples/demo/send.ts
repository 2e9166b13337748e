/** Sends data sets through the front door, a few requests at a time. */
import type { DemoApi } from './api.ts'
import type { Dataset } from './datasets.ts'

const recordsPerRequest = 500
const requestsAtOnce = 4

/** Resolves to the number of records, all of them durable. `onSent` is told after each request. */
export async function sendDatasets(
  api: DemoApi,
  datasets: readonly Dataset[],
  onSent: (records: number) => void,
): Promise<number> {
  const requests = requestsOf(datasets)
  let sent = 0
  const sendSome = async () => {
    for (const { type, records } of requests) {
      await api.send(type, records)
      sent += records.length
      onSent(records.length)
    }
  }
  await Promise.all(Array.from({ length: requestsAtOnce }, sendSome))
  return sent
}

function* requestsOf(datasets: readonly Dataset[]): Generator<Dataset> {
  for (const { type, records } of datasets)
    for (let start = 0; start < records.length; start += recordsPerRequest)
      yield { type, records: records.slice(start, start + recordsPerRequest) }
}
