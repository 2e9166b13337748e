/** Which rows have changed since when is noted by triggers, whatever statement changes them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MetadataKind } from '../../metadata-tables.ts'
import { listChanges, newestChange } from './metadata.ts'
import { saveSource } from './sources.ts'
import { openStore, type Store } from './store.ts'

let folder: string
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-changes-'))
  store = openStore({ path: join(folder, 'metadata.db'), secretKey: new Uint8Array(32) })
  await run(`insert into workspaces (id, name, created_at) values ('w', 'w', 1)`)
  await run(
    `insert into inputs (workspace_id, id, label, type, created_at, settings) values ('w', 's', 's', 'files', 1, '{}')`,
  )
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const run = (text: string) => sql.raw(text).execute(store.db)
const values = `(workspace_id, id, state, scheduled_at) values ('w', 's', '{}', 2)`

/** How many changes of a kind a statement makes, each with a number above all before. */
async function changesBy(work: () => Promise<unknown>, kind: MetadataKind = 'sources'): Promise<number> {
  const since = await newestChange(store.db)
  await work()
  const until = await newestChange(store.db)
  return (await listChanges(store.db, 'w', kind, { since, until, limit: 10 })).length
}

test.each([
  `insert into sources ${values}`,
  `insert into sources ${values} on conflict (workspace_id, id) do update set paused_at = 1`,
  `insert or ignore into sources ${values}`,
  `insert or replace into sources ${values}`,
])('a row that comes is noted: %s', async (text) => {
  expect(await changesBy(() => run(text))).toBe(1)
})

test.each([
  `insert into sources ${values} on conflict (workspace_id, id) do update set paused_at = 1`,
  `insert or replace into sources ${values}`,
  `update or ignore sources set paused_at = 1`,
  `update or abort sources set paused_at = 1`,
  `update sources set paused_at = 1`,
])('a row that changes is noted again: %s', async (text) => {
  await run(`insert into sources ${values}`)
  expect(await changesBy(() => run(text))).toBe(1)
})

test('a source that is saved over what is kept of it keeps what is not said', async () => {
  const place = { workspaceId: 'w', id: 's' }
  expect(await changesBy(() => saveSource(store.db, place, { state: '{"at":1}' }))).toBe(1)
  expect(await changesBy(() => saveSource(store.db, place, { callsPerDay: 7 }))).toBe(1)
  expect(await changesBy(() => saveSource(store.db, place, {}))).toBe(0)
  const row = await store.db.selectFrom('sources').selectAll().executeTakeFirstOrThrow()
  expect(row).toMatchObject({ state: '{"at":1}', callsPerDay: 7, scheduledAt: 0 })
})

test('runs of scheduled queries are jobs that come, change and go, also with what their query is', async () => {
  const query = `insert into scheduled_queries (workspace_id, id, label, target, work, schedule, time_limit_ms, created_at, details)
    values ('w', 'q', 'q', 't', '{"kind":"select"}', '{}', 1, 1, '{}')`
  await run(query)
  const insert = (id: string) =>
    run(
      `insert into scheduled_query_runs (workspace_id, id, query_id, state, queued_at) values ('w', '${id}', 'q', 'QUEUED', 1)`,
    )
  expect(await changesBy(() => insert('1'), 'jobs')).toBe(1)
  expect(await changesBy(() => insert('2'), 'jobs')).toBe(1)
  expect(await changesBy(() => run(`update scheduled_query_runs set state = 'RUNNING' where id = '1'`), 'jobs')).toBe(1)
  expect(await changesBy(() => run(`update scheduled_queries set work = '{"kind":"newest"}'`), 'jobs')).toBe(2)
  expect(await changesBy(() => run(`update scheduled_queries set next_at = 7`), 'jobs')).toBe(0)
  expect(await changesBy(() => run('delete from scheduled_queries'), 'jobs')).toBe(2)
})
