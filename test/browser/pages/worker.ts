/** A worker under test: it sends as many events as it is told to, and says what became of them. */
import type { ClientOptions } from '../../../sdk/src/types.ts'
import { createClient } from '../../../sdk/src/worker.ts'

export interface Order {
  readonly options: Omit<ClientOptions, 'authKey' | 'handleSignals' | 'spool' | 'storage'>
  readonly count: number
}

addEventListener('message', async ({ data: { options, count } }: MessageEvent<Order>) => {
  const client = createClient(options)
  for (let n = 0; n < count; n++) client.track('t', { n })
  postMessage(await client.flush())
})
