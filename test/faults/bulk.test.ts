/** A server that dies in the middle of a bulk operation: it goes on by itself, and does to no source anything twice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ask, askWell } from './requests.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

let folder: string
let server: ServerProcess

const total = 1_000
const deaths = 2
const patience = { timeout: 60_000, interval: 20 }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  server = await startServerProcess({ folder })
  await die()
  plantSources()
  server = await startServerProcess({ folder })
})
afterEach(async () => {
  await die()
  rmSync(folder, { recursive: true, force: true })
})

async function die(): Promise<void> {
  server.signal('SIGKILL')
  await server.exited
}

function onStore<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(folder, 'metadata.db'))
  try {
    return work(database)
  } finally {
    database.close()
  }
}

function plantSources(): void {
  const settings = JSON.stringify({ url: 'http://example.com/', table: 't' })
  onStore((database) => {
    database.exec('begin')
    const insert = database.prepare(
      "insert into inputs (workspace_id, id, label, type, created_at, settings) values ('default', ?, ?, 'http-json', 1, ?)",
    )
    for (let n = 0; n < total; n++) insert.run(idOf(n), `source ${n}`, settings)
    database.exec('commit')
  })
}

const idOf = (n: number) => `planted-${String(n).padStart(4, '0')}`

interface Bulk {
  readonly id: string
  readonly done: number
  readonly state: string
  readonly failed: number
}
const get = (id: string) => askWell<Bulk>(server.url, `/api/v1/bulk/${id}`)

it(`it dies ${deaths} times in one operation`, async () => {
  const request = { kind: 'rename', parameters: { label: '{label}!' }, sources: { filter: { label: 'source *' } } }
  const begun = await ask(server.url, '/api/v1/bulk', request)
  expect(begun.status, JSON.stringify(begun.body)).toBe(202)
  const { id } = begun.body as Bulk
  const reached: number[] = []
  for (let death = 1; death <= deaths; death++) {
    await expect.poll(async () => (await get(id)).done, patience).toBeGreaterThan((total * death) / (deaths + 2))
    await die()
    reached.push(settled())
    server = await startServerProcess({ folder })
  }
  await expect.poll(async () => (await get(id)).state, patience).toBe('SUCCESS')

  expect(reached.some((count) => count > 0 && count < total)).toBe(true)
  expect(await get(id)).toMatchObject({ done: total, failed: 0 })
  const labels = onStore((database) =>
    database.prepare("select label from inputs where id like 'planted-%' order by id").all(),
  )
  expect(labels.map(({ label }) => label)).toEqual(Array.from({ length: total }, (_, n) => `source ${n}!`))
  expect(changes(id)).toEqual({ rows: total, objects: total })
})

/** Items of which it is durable what became of them. */
function settled(): number {
  return onStore((database) =>
    Number(database.prepare("select count(*) as count from bulk_items where state <> 'QUEUED'").get()!['count']),
  )
}

/** Rows that the audit has of the operation's changes, and of how many sources they are. */
function changes(bulk: string): Record<string, unknown> {
  return onStore((database) => ({
    ...database
      .prepare(
        "select count(*) as rows, count(distinct object) as objects from audit where action = 'input.updated' and detail like ?",
      )
      .get(`%"bulk":"${bulk}"%`)!,
  }))
}
