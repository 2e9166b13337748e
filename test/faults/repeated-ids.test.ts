/** F20 without Idempotency-Key: the events' own ids are enough, whatever dies and however often they are sent again. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { mulberry } from './events.ts'
import { rowsOf } from './requests.ts'
import { ingestKey, type ServerProcess, startServerProcess } from './server-process.ts'

const clients = 12
const batchesEach = 60
const eventsPerBatch = 50
const kills = 10

it(`${clients} clients that repeat events by their ids leave each once, over ${kills} kills`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  const random = mulberry(42)
  let server: ServerProcess = await startServerProcess({ folder, env: { MILLRACE_LOG_LEVEL: 'error' } })
  let repeats = 0
  const duplicates = { told: 0 }

  const send = async (client: number) => {
    for (let batch = 0; batch < batchesEach; batch++) {
      const first = (client * batchesEach + batch) * eventsPerBatch
      const body = Array.from({ length: eventsPerBatch }, (_, i) => lineOf(first + i)).join('\n')
      for (let attempt = 0; ; attempt++) {
        const answer = await post(() => server.url, body)
        if (answer === undefined) {
          repeats++
          await delay(10)
          continue
        }
        duplicates.told += answer.duplicates ?? 0
        if (random() < 0.7 || attempt > 5) break // as often as not it has not heard the answer, and asks again
      }
    }
  }
  try {
    const sending = Promise.all(Array.from({ length: clients }, (_, client) => send(client)))
    const killing = (async () => {
      for (let kill = 0; kill < kills; kill++) {
        await delay(100 + random() * 300)
        server.signal('SIGKILL')
        await server.exited
        server = await startServerProcess({ folder, env: { MILLRACE_LOG_LEVEL: 'error' } })
      }
    })()
    await Promise.all([sending, killing])
    const events = clients * batchesEach * eventsPerBatch
    const count = async () =>
      (await rowsOf(server.url, 'SELECT count(*), count(DISTINCT n), count(DISTINCT _id) FROM ids'))[0]
    await expect.poll(count, { timeout: 60_000, interval: 100 }).toEqual([events, events, events])
    expect([repeats > 0, duplicates.told > 0]).toEqual([true, true])
  } finally {
    server.signal('SIGKILL')
    await server.exited
    rmSync(folder, { recursive: true, force: true })
  }
})

function lineOf(n: number): string {
  return JSON.stringify({ type: 'ids', id: `event-${n}`, data: { n, words: `event number ${n}` } })
}

/** Undefined where there was no answer, or one that asks for patience. */
async function post(url: () => string, body: string): Promise<{ duplicates?: number } | undefined> {
  try {
    const response = await fetch(`${url()}/api/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/x-ndjson' },
      body,
      signal: AbortSignal.timeout(10_000),
    })
    const answer = (await response.json()) as { duplicates?: number }
    if (response.status === 200) return answer
    if (response.status < 500) throw new Refused(JSON.stringify(answer))
    return undefined
  } catch (error) {
    if (error instanceof Refused) throw error
    return undefined
  }
}

class Refused extends Error {}
