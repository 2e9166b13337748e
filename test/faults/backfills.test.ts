/** A server that is killed in the middle of a back-fill, beside a stream of events: a repeat completes the table, and nothing else changes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { postBatch } from './producer.ts'
import { ask, askWell, rowsOf } from './requests.ts'
import { adminToken, type ServerProcess, startServerProcess } from './server-process.ts'

const [batches, eventsPerBatch] = [20, 1_000]
const [before, during] = [batches * eventsPerBatch, 3_000]

it('a back-fill that dies in the middle is completed by a repeat', { timeout: 180_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  let server = await startServerProcess({ folder, env: { MILLRACE_FAILPOINT: 'backfill.filled:3' } })
  try {
    await setMapping(server, [n])
    for (let batch = 0; batch < batches; batch++) await send(server, batch)
    await loaded(server, before)
    await setMapping(server, [n, page])
    expect((await ask(server.url, '/api/v1/event-types/chaos/backfills', {})).status).toBe(202)
    expect(await server.exited).toMatchObject({ signal: 'SIGKILL' })

    server = await startServerProcess({ folder })
    const [[filled]] = (await rowsOf(server.url, 'SELECT count(page)::INTEGER FROM chaos')) as [[number]]
    expect(filled).toBeGreaterThan(0)
    expect(filled).toBeLessThan(before)
    const backfilled = complete(server)
    for (let sent = 0; sent < during; sent += eventsPerBatch) await send(server, (before + sent) / eventsPerBatch)
    await loaded(server, before + during)
    expect(await backfilled).toMatchObject({ state: 'DONE', failed: 0, updated: before - filled })

    expect(await complete(server)).toMatchObject({ state: 'DONE', updated: 0 })
    const wrong = "SELECT n, page FROM chaos WHERE page IS DISTINCT FROM 'page ' || n LIMIT 10"
    expect(await rowsOf(server.url, wrong)).toEqual([])
    expect(await rowsOf(server.url, 'SELECT count(DISTINCT n)::INTEGER FROM chaos')).toEqual([[before + during]])
    const { findings } = await askWell<{ findings: { isRight: boolean }[] }>(server.url, '/api/v1/verify')
    expect(findings.filter(({ isRight }) => !isRight)).toEqual([])
  } finally {
    server.signal('SIGKILL')
    await server.exited
    rmSync(folder, { recursive: true, force: true })
  }
})

const n = { path: ['n'], column: 'n', type: 'BIGINT' }
const page = { path: ['page'], column: 'page', type: 'VARCHAR' }

async function setMapping({ url }: ServerProcess, fields: object[]): Promise<void> {
  const response = await fetch(`${url}/api/v1/event-types/chaos/mapping`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ mode: 'FLEXIBLE', table: 'chaos', fields }),
  })
  if (!response.ok) throw new Error(await response.text())
}

async function send({ url }: ServerProcess, batch: number): Promise<void> {
  const lines = Array.from({ length: eventsPerBatch }, (_, place) => {
    const number = batch * eventsPerBatch + place
    return JSON.stringify({ n: number, page: `page ${number}` })
  })
  const { status } = await postBatch(url, `batch-${batch}`, lines.join('\n'))
  expect(status).toBe(200)
}

/** Runs one to its end. */
async function complete({ url }: ServerProcess): Promise<{ state: string }> {
  const path = '/api/v1/event-types/chaos/backfills'
  const { body } = await ask(url, path, {})
  const { id } = body as { id: string }
  for (;;) {
    const backfill = await askWell<{ state: string }>(url, `${path}/${id}`)
    if (backfill.state !== 'RUNNING') return backfill
    await delay(50)
  }
}

async function loaded({ url }: ServerProcess, events: number): Promise<void> {
  const count = async () => (await rowsOf(url, 'SELECT count(*)::INTEGER FROM chaos').catch(() => [[0]]))[0]![0]
  await expect.poll(count, { timeout: 60_000, interval: 100 }).toBe(events)
}
