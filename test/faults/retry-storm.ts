/** F20: many clients whose answers get lost, and who repeat each request until they have one. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDroppingProxy } from './dropping-proxy.ts'
import { lineOf } from './events.ts'
import { judge } from './oracle.ts'
import { type Fate, postBatch } from './producer.ts'
import { startServerProcess } from './server-process.ts'

export interface StormSettings {
  readonly seed: number
  readonly clients: number
  /** Batches that each client sends, one after the other. */
  readonly batches: number
  readonly eventsPerBatch: number
  /** For the server. */
  readonly env?: Record<string, string>
}

export interface Storm {
  /** Everything found wrong. */
  readonly wrong: readonly string[]
  readonly events: number
  /** Answers that got lost. */
  readonly dropped: number
}

const droppedShare = 0.3

export async function retryStorm({ seed, clients, batches, eventsPerBatch, env = {} }: StormSettings): Promise<Storm> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  const server = await startServerProcess({ folder, env: { MILLRACE_LOG_LEVEL: 'error', ...env } })
  const proxy = await openDroppingProxy(server.url, droppedShare, seed)
  try {
    const send = async (client: number) => {
      for (let batch = 0; batch < batches; batch++) {
        const from = (client * batches + batch) * eventsPerBatch
        await untilAnswered(
          proxy.url,
          Array.from({ length: eventsPerBatch }, (_, i) => lineOf(seed, from + i)),
        )
      }
    }
    await Promise.all(Array.from({ length: clients }, (_, client) => send(client)))
    const events = clients * batches * eventsPerBatch
    const fates = Array<Fate>(events).fill('acknowledged')
    const ledger = { fates, complaints: [], refusals: new Map(), acknowledgedAt: 0, acknowledged: events }
    return { wrong: await judge(server.url, seed, ledger), events, dropped: proxy.dropped }
  } finally {
    await proxy.close()
    server.signal('SIGKILL')
    await server.exited
    rmSync(folder, { recursive: true, force: true })
  }
}

async function untilAnswered(url: string, lines: readonly string[]): Promise<void> {
  const key = randomUUID()
  const body = lines.join('\n')
  for (;;) {
    const answer = await postBatch(url, key, body).catch(() => undefined)
    if (answer?.status === 200) return
    if (answer !== undefined && answer.status !== 503 && answer.status !== 429)
      throw new Error(`A batch was answered ${answer.status} ${JSON.stringify(answer.answer)}`)
  }
}
