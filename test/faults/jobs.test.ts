/** A server that dies while a source is read: the job is taken up again, its state was never ahead of its rows, and every row is there once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ask, askWell, rowsOf } from './requests.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

let folder: string
let server: ServerProcess
let source: Server
let answered: number

const total = 1_500
const size = 5
const deaths = 10
const answerMs = 5
const patience = { timeout: 60_000, interval: 50 }
const env = { MILLRACE_ALLOWED_HOSTS: '127.0.0.1' }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  answered = 0
  source = createServer(async ({ url }, response) => {
    const offset = Number(new URL(url!, 'http://local').searchParams.get('offset') ?? 0)
    const count = Math.max(0, Math.min(size, total - offset))
    await delay(answerMs)
    answered++
    response.end(
      JSON.stringify(Array.from({ length: count }, (_, index) => ({ id: offset + index, n: offset + index }))),
    )
  })
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.signal('SIGKILL')
  await server.exited
  source.closeAllConnections()
  await new Promise((resolve) => source.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

interface Job {
  readonly id: string
  readonly state: string
  readonly rowCount: number
}

/** Makes the source and asks for a job. */
async function begin(): Promise<Job> {
  const url = `http://127.0.0.1:${(source.address() as AddressInfo).port}/`
  const settings = { url, table: 'pulled', idField: 'id', paging: { type: 'offset', size } }
  const made = await ask(server.url, '/api/v1/inputs', { label: 'pulled', type: 'http-json', settings })
  expect([made.status, made.body]).toMatchObject([201, {}])
  const { id } = (made.body as { input: { id: string } }).input
  return (await ask(server.url, `/api/v1/sources/${id}/run`, {})).body as Job
}

/** Rows that the state says were read. */
function readUntil(): number {
  const database = new DatabaseSync(join(folder, 'metadata.db'))
  const state = database.prepare('select state from sources').get()?.['state']
  database.close()
  const { unfinished } = JSON.parse(String(state ?? '{}')) as { unfinished?: { next: number } | null }
  return Math.min(total, Number(unfinished?.next ?? 0))
}

const loaded = async (below: number) =>
  (await rowsOf(server.url, 'SELECT count(*), count(DISTINCT n) FROM pulled WHERE n < ?', [below]))[0]

it(`it dies ${deaths} times in one job`, async () => {
  server = await startServerProcess({ folder, env })
  const { id } = await begin()
  const reached: number[] = []
  for (let death = 0; death < deaths; death++) {
    const before = answered
    await expect.poll(() => answered, patience).toBeGreaterThan(before)
    await delay(Math.random() * 120)
    server.signal('SIGKILL')
    await server.exited
    const read = readUntil()
    reached.push(read)
    server = await startServerProcess({ folder, env })
    if (read > 0) await expect.poll(() => loaded(read).catch(() => []), patience).toEqual([read, read])
  }
  // The deaths were in the job, and each time it had gone on from where it was.
  expect(reached.at(-1)).toBeGreaterThan(reached[0]!)
  expect(reached).toEqual(reached.toSorted((a, b) => a - b))
  const job = () => askWell<Job>(server.url, `/api/v1/jobs/${id}`)
  await expect.poll(async () => (await job()).state, patience).toBe('SUCCESS')
  expect((await job()).rowCount).toBe(total)
  await expect.poll(() => loaded(total), patience).toEqual([total, total])
  expect(await askWell(server.url, '/api/v1/verify')).toMatchObject({ isBalanced: true })
})
