/**
 * How long lists take that grow with an installation: 5,000 sources with their last job, all pages; and a filtered page of the history of
 * 1,000,000 jobs, at its beginning and in the middle. By HTTP from a server in this process, the median of some tries.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { newId } from '@millrace/event/id'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import { median } from './child.ts'

const sourceCount = 5_000
const jobCount = Number(process.argv[2] ?? 1_000_000)
const tries = 5
const token = 'bench-admin-token-0123456789'
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
const start = async () =>
  startServer(
    await readConfig({
      flags: { port: '0', data: folder, logLevel: 'error' },
      env: { MILLRACE_ADMIN_TOKEN: token },
      cwd: folder,
    }),
  )

try {
  await (await start()).close()
  const sources = plant()
  const server = await start()
  await tell('5,000 sources with their last job, all pages', () => allPages('sources?limit=1000'))
  await tell('jobs, first page of 100 by state', () => ask('jobs?state=FAILURE&limit=100'))
  const middle = await cursorBehind('jobs?state=FAILURE&limit=1000', 20)
  await tell('jobs, a page of 100 by state, 20,000 behind', () => ask(`jobs?state=FAILURE&limit=1000&cursor=${middle}`))
  await tell('jobs, first page of one source', () => ask(`jobs?source=${sources[2_500]}&limit=100`))
  await tell('jobs, of one source by state', () => ask(`jobs?source=${sources[2_500]}&state=FAILURE&limit=100`))
  await tell('jobs, a state that there is none of', () => ask('jobs?state=CANCELLED&limit=100'))
  const whole = await fetchTable('')
  await tell('table of sources, whole', () => fetchTable(''))
  await tell('table of sources, what changed', () => fetchTable(`?changedSince=${whole}`))
  await server.close()

  async function ask(path: string): Promise<{ items: unknown[]; nextCursor: string | null }> {
    const answer = await fetch(`${server.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } })
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as { items: unknown[]; nextCursor: string | null }
  }

  async function allPages(path: string): Promise<void> {
    let count = 0
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await ask(`${path}${cursor === '' ? '' : `&cursor=${cursor}`}`)
      count += page.items.length
      cursor = page.nextCursor
    }
    if (count !== sourceCount) throw new Error(`${count} sources`)
  }

  async function cursorBehind(path: string, pages: number): Promise<string> {
    let cursor = ''
    for (let page = 0; page < pages; page++) {
      const { nextCursor } = await ask(`${path}${cursor === '' ? '' : `&cursor=${cursor}`}`)
      if (nextCursor === null) throw new Error('There are too few jobs')
      cursor = nextCursor
    }
    return cursor
  }

  async function fetchTable(query: string): Promise<string> {
    const answer = await fetch(`${server.url}/api/v1/metadata/sources${query}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    await answer.text()
    return answer.headers.get('x-millrace-changed-since')!
  }
} finally {
  rmSync(folder, { recursive: true })
}
process.exit(0)

async function tell(what: string, work: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  for (let n = 0; n < tries; n++) {
    const startedAt = performance.now()
    await work()
    times.push(performance.now() - startedAt)
  }
  console.log(`${what}: ${Math.round(median(times))} ms (first ${Math.round(times[0]!)} ms)`)
}

/** One in ten has failed. @returns ids of the sources. */
function plant(): string[] {
  const database = new DatabaseSync(join(folder, 'metadata.db'))
  const settings = JSON.stringify({ url: 'http://example.com/', table: 't' })
  const begun = Date.now() - jobCount * 100
  const sources = Array.from({ length: sourceCount }, (_, n) => newId(begun - sourceCount + n))
  database.exec('begin')
  const input = database.prepare(
    "insert into inputs (workspace_id, id, label, type, created_at, settings) values ('default', ?, ?, 'http-json', 1, ?)",
  )
  for (const [n, id] of sources.entries()) input.run(id, `source ${n}`, settings)
  const job = database.prepare(`
    insert into jobs (workspace_id, id, source_id, state, queued_at, started_at, ended_at, attempts, idle_starts, pages, row_count)
    values ('default', ?, ?, ?, ?, ?, ?, 0, 0, 1, 100)`)
  for (let n = 0; n < jobCount; n++) {
    const at = begun + n * 100
    job.run(newId(at), sources[(n * 7919) % sourceCount]!, n % 10 === 0 ? 'FAILURE' : 'SUCCESS', at, at, at + 1_000)
  }
  database.exec('commit')
  database.close()
  return sources
}
