/** F23: users' code that is a bomb, live and under load: the intake answers, neighbours load, each culprit is set aside alone, and code that is nothing but a bomb is paused. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Stop } from '../../server/src/transform/process/stop.ts'
import { isInTime, stopped } from '../../server/src/transform/process/stops.fixture.ts'
import { type Bomb, bombCodes, bombs, javascriptBombs, pythonBombs } from './bombs.ts'
import { watchIdleThread } from './idle-thread.ts'
import { ask, askWell } from './requests.ts'
import { adminToken, ingestKey, type ServerProcess, startServerProcess } from './server-process.ts'

const eventsPerBatch = 200
const roundsOfBombs = 2
/** What F23 allows the thread of the intake, seconds: beside what the machine keeps a thread waiting that does nothing. */
const lagP99Max = 0.05
/** Small, so that a stop is quick; long enough for the memory to be full before, on a busy machine too. */
const limits = { eventMs: 1_000, chunkMs: 2_000, memoryBytes: 64 * 1024 * 1024 }

let folder: string
let server: ServerProcess

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  server = await startServerProcess({ folder })
})

afterEach(async () => {
  server.signal('SIGKILL')
  await server.exited
  rmSync(folder, { recursive: true, force: true })
})

it('a bomb on one of 200 events costs that event alone', { timeout: 300_000 }, async () => {
  const neighbour = await openNeighbour()
  await setLimits()
  await deploy({ javascript: javascriptBombs, python: pythonBombs })
  const load = startLoad(neighbour.key)
  const lagOfMachine = await watchIdleThread()
  await lagP99(server.url) // reading it begins it anew
  const sent: Bomb[] = []
  for (let batch = 0; batch < bombs.length * roundsOfBombs; batch++) {
    const bomb = bombs[batch % bombs.length]!
    await post(ingestKey, 'bombs', linesOf(batch, bomb))
    sent.push(bomb)
  }
  const loadedBefore = await countOf('calm', neighbour.id)
  const isBehind = (await positionOf()) < sent.length * eventsPerBatch
  await expect
    .poll(() => countOf('calm', neighbour.id), { timeout: 60_000, interval: 50 })
    .toBeGreaterThan(loadedBefore)
  expect(isBehind).toBe(true) // else the neighbour loaded beside nothing
  await expect.poll(positionOf, { timeout: 240_000, interval: 200 }).toBe(sent.length * eventsPerBatch)
  const lag = await lagP99(server.url)
  const noise = await lagOfMachine()
  const { sentTotal, refused } = await load.stop()

  expect(refused).toEqual([])
  expect(lag).toBeLessThanOrEqual(lagP99Max + noise)
  const stops = stopsIn(server.output())
  expect(stops.length).toBeGreaterThanOrEqual(roundsOfBombs)
  expect(stops.filter((stop) => !isInTime(stop))).toEqual([])
  const entries = await setAside()
  expect(entries.map(({ offset }) => offset)).toEqual(sent.map((_, batch) => `${placeOf(batch)}`))
  for (const [batch, { code, stage, offset, subject = '' }] of entries.entries()) {
    expect([stage, bombCodes[sent[batch]!]]).toEqual(['transform', expect.arrayContaining([code])])
    const place = subject.split(':')[0] // the module, where the sandbox could tell
    expect(['', sent[batch]!.startsWith('python') ? 'python' : 'javascript']).toContain(place)
    const { raw } = await askWell<{ raw: { data: string } }>(server.url, `/api/v1/restream/${offset}`)
    expect(JSON.parse(raw.data)).toEqual({ n: placeOf(batch), bomb: sent[batch] })
  }
  const codes = entries.map(({ code }) => code)
  expect(codes).toEqual(expect.arrayContaining(['transform_timeout', 'transform_memory', 'transform_output']))
  expect(await countOf('bombs')).toBe(sent.length * (eventsPerBatch - 1))
  await expect.poll(() => countOf('calm', neighbour.id), { timeout: 60_000, interval: 100 }).toBe(sentTotal)
  await expectBalanced()
})

it('code that is a bomb on every event is paused; resuming and deploying end the pause', {
  timeout: 180_000,
}, async () => {
  await setLimits()
  await deploy({ javascript: 'export const transform = () => { while (true); }' })
  await post(ingestKey, 'bombs', linesOf(0))
  await untilState('paused')
  await post(ingestKey, 'bombs', linesOf(1)) // the intake goes on
  await expect.poll(pauseNotifications, { timeout: 30_000, interval: 100 }).toBe(1)
  expect(await countOf('bombs')).toBe(0)

  const resumed = await ask(server.url, '/api/v1/transforms/resume', {})
  expect(resumed.status).toBe(204)
  await expect.poll(pauseNotifications, { timeout: 30_000, interval: 100 }).toBe(2) // it ran, and was stopped again
  await untilState('paused')

  await deploy({ javascript: 'export const transform = (event) => event' })
  await untilState('running')
  await expect.poll(() => countOf('bombs'), { timeout: 30_000, interval: 100 }).toBe(2 * eventsPerBatch)
  expect(await setAside()).toEqual([])
  await expectBalanced()
})

async function openNeighbour(): Promise<{ id: string; key: string }> {
  const id = 'neighbour'
  await ask(server.url, '/api/v1/workspaces', { id, name: 'Neighbour' })
  const made = await ask(server.url, `/api/v1/inputs?workspace=${id}`, { label: 'calm', type: 'native' })
  return { id, key: (made.body as { key: string }).key }
}

async function setLimits(): Promise<void> {
  await send('PATCH', 'settings', { limits, message: 'Small limits' })
}

/** A module for each language, which are run one after the other. */
async function deploy(codes: Record<string, string>): Promise<void> {
  const modules = Object.entries(codes).map(([language, code]) => ({ name: language, language, code }))
  const order = modules.map(({ name }) => name)
  await send('POST', 'deploy', { modules, order, isComplete: true, message: 'Bombs' })
}

async function send(method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/transforms/${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
}

/** Lines of a batch, one of which is the bomb. */
function linesOf(batch: number, bomb?: Bomb): string {
  return Array.from({ length: eventsPerBatch }, (_, place) => {
    const n = batch * eventsPerBatch + place
    return JSON.stringify(n === placeOf(batch) && bomb !== undefined ? { n, bomb } : { n })
  }).join('\n')
}

/** Which event of a batch is the bomb: its offset, since the log holds nothing else. */
function placeOf(batch: number): number {
  return batch * eventsPerBatch + ((batch * 37) % eventsPerBatch)
}

async function post(key: string, eventType: string, lines: string): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/events/${eventType}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: lines,
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`)
}

/** The neighbour's load, which goes on and on; every answer must be good. */
function startLoad(key: string): { stop(): Promise<{ sentTotal: number; refused: string[] }> } {
  const refused: string[] = []
  let sentTotal = 0
  let isStopping = false
  const running = (async () => {
    for (let batch = 0; !isStopping; batch++) {
      await post(key, 'calm', linesOf(batch)).then(
        () => (sentTotal += eventsPerBatch),
        (error: Error) => refused.push(error.message),
      )
      await delay(20)
    }
  })()
  return {
    async stop() {
      isStopping = true
      await running
      return { sentTotal, refused }
    },
  }
}

/** Of the thread that takes requests since it was read last, s. */
async function lagP99(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })
  const [, seconds] = /^millrace_nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(await response.text()) ?? []
  if (seconds === undefined) throw new Error('There is no lag of the event loop among the metrics')
  return Number(seconds)
}

async function countOf(table: string, workspace = 'default'): Promise<number> {
  const sql = `SELECT count(*)::INTEGER FROM ${table}`
  const { body } = await ask(server.url, `/api/v1/query?workspace=${workspace}`, { sql })
  return (body as { rows?: [[number]] }).rows?.[0][0] ?? 0 // there is no table yet
}

async function positionOf(): Promise<number> {
  const { partitions } = await askWell<{ partitions: { position: string }[] }>(server.url, '/api/v1/status')
  return Number(partitions[0]!.position)
}

/** What the server's log says of code that it stopped, and how long that took. */
function stopsIn(log: string): Stop[] {
  return log
    .split('\n')
    .filter((line) => line.includes(stopped))
    .map((line) => JSON.parse(line))
}

interface SetAside {
  readonly offset: string
  readonly stage: string
  readonly code: string
  readonly subject?: string
}

async function setAside(): Promise<SetAside[]> {
  return (await askWell<{ items: SetAside[] }>(server.url, '/api/v1/restream?limit=100')).items
}

async function untilState(wanted: string): Promise<void> {
  const state = async () => (await askWell<{ state: string }>(server.url, '/api/v1/transforms/state')).state
  await expect.poll(state, { timeout: 60_000, interval: 100 }).toBe(wanted)
}

/** How often the pauses were told, repeats of one notification counted. */
async function pauseNotifications(): Promise<number> {
  const { items } = await askWell<{ items: { type: string; count: number }[] }>(server.url, '/api/v1/notifications')
  return items.filter(({ type }) => type === 'transform_paused').reduce((sum, { count }) => sum + count, 0)
}

async function expectBalanced(): Promise<void> {
  const { findings } = await askWell<{ findings: { isRight: boolean }[] }>(server.url, '/api/v1/verify')
  expect(findings.filter(({ isRight }) => !isRight)).toEqual([])
}
