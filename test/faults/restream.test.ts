/** F34: a server dies while it sends the restream queue through again, and nothing comes in any more afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { postBatch } from './producer.ts'
import { ask, askWell } from './requests.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

interface Entry {
  readonly isSent: boolean
  readonly restreamCount: number
}

interface SentRun {
  readonly id: string
  readonly state: string
  readonly total: number
  readonly sent: number
  readonly error: string | null
}

describe('a server that dies while it sends the restream queue', () => {
  it.each([
    ['before it has put anything into the log', 'restream.send.taken:1', { isSent: false, restreamCount: 0 }],
    ['when it has put everything into the log', 'restream.send.appended:1', { isSent: false, restreamCount: 1 }],
  ])('%s has each event waiting once when it is started again', async (_, failpoint, expected) => {
    await withFolder(async (start) => {
      let server = await start({ MILLRACE_FAILPOINT: failpoint })
      expect((await postBatch(server.url, 'k', '{"n":1,"ratio":1e400}\n{"n":2')).status).toBe(200)
      const waiting = await until(server, (entries) => entries.length === 2)
      expect(waiting).toMatchObject(Array(2).fill({ isSent: false, restreamCount: 0 }))
      await ask(server.url, '/api/v1/restream/runs', {}).catch(() => {})
      await server.exited

      server = await start()
      const entries = await until(server, (entries) => entries.every(({ isSent }) => !isSent) && entries.length === 2)
      expect(entries).toMatchObject(Array(2).fill(expected))
      expect(await askWell(server.url, '/api/v1/restream/runs', {})).toMatchObject({ total: 2 })
    })
  })

  /** Rounds are of 20 entries here: see `small-limits.ts`. */
  it.each([
    ['taken', 'restream.send.taken:8'],
    ['appended', 'restream.send.appended:8'],
  ])('in the middle (%s) has every event once, and the run is shown as stopped', async (_, failpoint) => {
    const events = 400
    await withFolder(async (start) => {
      let server = await start({ MILLRACE_FAILPOINT: failpoint })
      const lines = Array.from({ length: events }, (_, n) => `{"n":${n},"ratio":1e400}`)
      expect((await postBatch(server.url, 'k', lines.join('\n'))).status).toBe(200)
      await untilCounted(server, events)
      await ask(server.url, '/api/v1/restream/runs', {}).catch(() => {})
      await server.exited

      server = await start()
      const { items } = await askWell<{ items: SentRun[] }>(server.url, '/api/v1/restream/runs')
      expect(items).toMatchObject([{ state: 'STOPPED', total: events, error: 'The server ended while it ran' }])
      await untilNoneIsSent(server, events)
      expect(await eventsOf(server)).toEqual(new Set(lines))
      await balanced(server)

      const run = await askWell<SentRun>(server.url, '/api/v1/restream/runs', {})
      expect(run.total).toBe(events)
      await expect.poll(() => stateOf(server, run), patience).toBe('DONE')
      await untilNoneIsSent(server, events)
      expect(await eventsOf(server)).toEqual(new Set(lines))
      await balanced(server)
    })
  })
})

const patience = { timeout: 20_000, interval: 50 }

/** Starts servers on one folder, one after the other. */
async function withFolder(
  work: (start: (env?: Record<string, string>) => Promise<ServerProcess>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  let server: ServerProcess | undefined
  try {
    await work(async (env = {}) => {
      server = await startServerProcess({ folder, env })
      return server
    })
  } finally {
    server?.signal('SIGKILL')
    await server?.exited
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Status {
  readonly restream: { readonly count: number; readonly sent: number }
  readonly partitions: readonly { readonly lagEvents: number }[]
}

async function untilCounted({ url }: ServerProcess, events: number): Promise<void> {
  const count = async () => (await askWell<Status>(url, '/api/v1/status')).restream.count
  await expect.poll(count, patience).toBe(events)
}

/** Until the pipeline has read the whole log, and what was not sent waits again. */
async function untilNoneIsSent({ url }: ServerProcess, events: number): Promise<void> {
  const state = async () => {
    const { restream, partitions } = await askWell<Status>(url, '/api/v1/status')
    return { count: restream.count, sent: restream.sent, lag: partitions[0]!.lagEvents }
  }
  await expect.poll(state, patience).toEqual({ count: events, sent: 0, lag: 0 })
}

async function stateOf({ url }: ServerProcess, { id }: SentRun): Promise<string> {
  return (await askWell<SentRun>(url, `/api/v1/restream/runs/${id}`)).state
}

/** What the queue holds; fails where an event is there twice. */
async function eventsOf({ url }: ServerProcess): Promise<Set<string>> {
  const { items } = await askWell<{ items: { offset: string }[] }>(url, '/api/v1/restream?limit=1000')
  const held = new Set<string>()
  for (const { offset } of items) {
    const { raw } = await askWell<{ raw: { data: string } }>(url, `/api/v1/restream/${offset}`)
    expect(held.has(raw.data), raw.data).toBe(false)
    held.add(raw.data)
  }
  return held
}

async function balanced({ url }: ServerProcess): Promise<void> {
  const { findings } = await askWell<{ findings: { isRight: boolean }[] }>(url, '/api/v1/verify')
  expect(findings.filter(({ isRight }) => !isRight)).toEqual([])
}

/** The entries of the queue as soon as they are so, or as they are after a while. */
async function until({ url }: ServerProcess, isSo: (entries: readonly Entry[]) => boolean): Promise<readonly Entry[]> {
  for (const deadline = Date.now() + 10_000; ; await delay(50)) {
    const { items } = await askWell<{ items: Entry[] }>(url, '/api/v1/restream')
    if (isSo(items) || Date.now() > deadline) return items
  }
}
