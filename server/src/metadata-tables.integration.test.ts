/** Metadata as tables, of the API and in the destination, in a server that runs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'
import { metadataColumns, metadataKinds, metadataTableNames } from './metadata-tables.ts'

const token = 'fixed-admin-token-of-the-test'
const patience = { timeout: 20_000, interval: 50 }
let folder: string
let server: RunningServer

const start = async () => {
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error', filesRoot: folder }
  server = await startServer(await readConfig({ flags, env: { MILLRACE_ADMIN_TOKEN: token }, cwd: folder }))
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-metadata-'))
  await writeFile(join(folder, 'rows.ndjson'), '{"n":1}\n{"n":2}\n')
  await start()
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function well(method: string, path: string, body?: unknown) {
  const answer = await ask(method, path, body)
  const text = await answer.text()
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

const makeSource = async (label: string, workspace = 'default'): Promise<string> => {
  const settings = { folder: '.', pattern: '*.ndjson', table: 'fetched' }
  return (await well('POST', `inputs?workspace=${workspace}`, { label, type: 'files', settings })).input.id
}
async function ran(source: string): Promise<void> {
  await well('POST', `sources/${source}/run`, {})
  await expect.poll(async () => (await well('GET', `sources/${source}`)).lastJob?.state, patience).toBe('SUCCESS')
}

interface Metadata {
  readonly rows: Record<string, unknown>[]
  readonly next: string
  readonly isWhole: boolean
}
async function metadata(kind: string, query = ''): Promise<Metadata> {
  const answer = await ask('GET', `metadata/${kind}${query}`)
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  return {
    rows: text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)])),
    next: answer.headers.get('x-millrace-changed-since')!,
    isWhole: answer.headers.get('x-millrace-whole') === 'true',
  }
}
const selectOf = async (sql: string, workspace = 'default') =>
  (await well('POST', `query?workspace=${workspace}`, { sql })).rows as unknown[][]

test('the tables of the API tell all workspaces, sources and jobs, and then what changed and what is gone', async () => {
  const source = await makeSource('=cmd|calc')
  await well('POST', 'workspaces', { id: 'lab', name: 'Lab' })
  const there = await makeSource('there', 'lab')
  await ran(source)
  const sources = await metadata('sources')
  expect(sources.isWhole).toBe(true)
  expect(sources.rows.map(({ workspace, id }) => [workspace, id])).toEqual([
    ['default', source],
    ['lab', there],
  ])
  expect(sources.rows[0]).toMatchObject({
    label: '=cmd|calc',
    last_job_state: 'SUCCESS',
    last_job_rows: 2,
    is_gone: false,
  })
  expect((await metadata('jobs')).rows).toMatchObject([{ source, state: 'SUCCESS', row_count: 2 }])
  expect((await metadata('workspaces')).rows.map(({ id }) => id)).toEqual(['default', 'lab'])
  expect((await metadata('sources', '?workspace=lab')).rows.map(({ id }) => id)).toEqual([there])

  const nothing = await metadata('sources', `?changedSince=${sources.next}`)
  expect(nothing).toMatchObject({ rows: [], isWhole: false })
  await well('PATCH', `inputs/${source}`, { label: 'renamed' })
  await well('DELETE', `inputs/${there}?workspace=lab`)
  const changed = await metadata('sources', `?changedSince=${nothing.next}`)
  expect(changed.rows).toEqual([
    expect.objectContaining({ id: source, label: 'renamed', is_gone: false }),
    expect.objectContaining({ id: there, workspace: 'lab', label: null, is_gone: true }),
  ])
  expect((await metadata('sources', '?changedSince=2001-01-01')).isWhole).toBe(true)
  expect((await ask('GET', 'metadata/sources?changedSince=yesterday')).status).toBe(400)
})

test('CSV, in which formulas are text, and Parquet tell the same', async () => {
  const source = await makeSource('=1+1')
  const csv = await ask('GET', 'metadata/sources', undefined, { accept: 'text/csv' })
  expect(csv.headers.get('content-type')).toMatch('text/csv')
  const told = (parse(await csv.text(), { columns: true }) as Record<string, string>[]).find(({ id }) => id === source)
  expect(told).toMatchObject({ label: "'=1+1", is_gone: 'false', last_job_state: '' })
  const parquet = await ask('GET', 'metadata/sources?format=parquet')
  const rows = await parquetReadObjects({ file: await parquet.arrayBuffer() })
  const { created_at, ...row } = rows.find(({ id }) => id === source)!
  expect(row).toMatchObject({ label: '=1+1', is_gone: false, last_job_rows: null, settings: { table: 'fetched' } })
  expect(created_at).toBeInstanceOf(Date)
  expect(Object.keys(rows[0]!)).toEqual((await metadata('sources')).rows.map(Object.keys)[0])
})

test('the tables in the destination are its own workspace’s, follow changes, and survive a restart', async () => {
  const source = await makeSource("it's mine")
  await well('POST', 'workspaces', { id: 'other', name: 'Other' })
  await makeSource('not mine', 'other')
  await well('POST', 'metadata/refresh')
  const mine = () =>
    selectOf(
      "SELECT label, last_job_state, created_at < now() FROM millrace_sources WHERE workspace = 'default' ORDER BY id DESC LIMIT 1",
    )
  expect(await mine()).toEqual([["it's mine", null, true]])
  expect(await selectOf("SELECT count(*) FROM millrace_sources WHERE workspace <> 'default'")).toEqual([[0]])
  expect(await selectOf('SELECT id FROM millrace_workspaces')).toEqual([['default']])

  await ran(source)
  await well('POST', 'metadata/refresh')
  expect(await mine()).toEqual([["it's mine", 'SUCCESS', true]])
  expect(await selectOf(`SELECT state, row_count FROM millrace_jobs WHERE source = '${source}'`)).toEqual([
    ['SUCCESS', 2],
  ])
  expect(await selectOf("SELECT settings->>'table' FROM millrace_sources ORDER BY id DESC LIMIT 1")).toEqual([
    ['fetched'],
  ])

  const tables = (await well('GET', 'tables')).items as { name: string; columns: object[]; isDerived: boolean }[]
  for (const kind of metadataKinds) {
    const table = tables.find(({ name }) => name === metadataTableNames[kind])
    expect(table).toMatchObject({ columns: metadataColumns[kind], isDerived: true })
  }
  const dimensions = (await well('GET', 'dimensions?limit=1000')).items as { table: string }[]
  expect([...new Set(dimensions.map(({ table }) => table))]).toEqual(['fetched'])

  await server.close()
  await start()
  await well('DELETE', `inputs/${source}`)
  await well('POST', 'metadata/refresh')
  expect(await selectOf(`SELECT count(*) FROM millrace_sources WHERE id = '${source}'`)).toEqual([[0]])
  expect(await selectOf(`SELECT count(*) FROM millrace_jobs WHERE source = '${source}'`)).toEqual([[0]])
})

test('runs of scheduled queries and consolidations are jobs in them, until their query is gone', async () => {
  await well('POST', 'workspaces', { id: 'queries', name: 'Queries' })
  const select = { kind: 'select', mode: 'replace', sql: 'SELECT 1 AS n' }
  const common = { schedule: { everyHours: 1 }, timeLimitSeconds: 60, isEnabled: true }
  const statement = { ...common, label: 'one', target: 'one', statement: select }
  const { id } = await well('POST', 'scheduled-queries?workspace=queries', statement)
  const { next } = await metadata('jobs', '?workspace=queries')
  await well('POST', `scheduled-queries/${id}/run?workspace=queries`)
  const rows = async (query = '') => (await metadata('jobs', `?workspace=queries${query}`)).rows
  await expect.poll(async () => (await rows()).map(({ state }) => state), patience).toEqual(['SUCCESS'])
  const run = { kind: 'query', query: id, source: null, state: 'SUCCESS', row_count: 1, attempts: null }
  expect(await rows(`&changedSince=${next}`)).toMatchObject([run])
  await well('POST', 'metadata/refresh?workspace=queries')
  const told = () => selectOf('SELECT kind, query, state, row_count FROM millrace_jobs', 'queries')
  expect(await told()).toEqual([['query', id, 'SUCCESS', 1]])
  await well('DELETE', `scheduled-queries/${id}?workspace=queries`)
  expect(await rows(`&changedSince=${next}`)).toMatchObject([{ is_gone: true }])
  await well('POST', 'metadata/refresh?workspace=queries')
  expect(await told()).toEqual([])
})

test('nothing else writes them: no event, no mapping, no scheduled query', async () => {
  await well('POST', 'workspaces', { id: 'guarded', name: 'Guarded' })
  const { key } = await well('POST', 'inputs?workspace=guarded', { label: 'shop', type: 'native' })
  const sent = await ask('POST', 'events/millrace_jobs', { n: 1 }, { authorization: `Bearer ${key}` })
  expect(sent.status).toBe(200)
  await expect
    .poll(async () => (await well('GET', 'status?workspace=guarded')).partitions[0].position, patience)
    .toBe('1')
  await well('POST', 'metadata/refresh?workspace=guarded')
  expect(await selectOf('SELECT count(*) FROM millrace_jobs', 'guarded')).toEqual([[0]])
  const statement = { kind: 'write', sql: 'DELETE FROM millrace_jobs' }
  const query = { label: 'bad', statement, schedule: { everyHours: 1 }, timeLimitSeconds: 60, isEnabled: true }
  const refused = await ask('POST', 'scheduled-queries?workspace=guarded', query)
  expect(await refused.json()).toMatchObject({ code: 'query_refused' })
  const columns = [{ name: 'n', type: 'BIGINT' }]
  expect((await ask('PUT', 'tables/millrace_jobs?workspace=guarded', { columns })).status).toBe(403)
  const mapping = { mode: 'STRICT', table: 'millrace_jobs', fields: [{ path: ['n'], column: 'n', type: 'BIGINT' }] }
  expect((await ask('PUT', 'event-types/click/mapping?workspace=guarded', mapping)).status).toBe(400)
})

test('tables that nobody asked for are not made where there are no sources', async () => {
  await well('POST', 'workspaces', { id: 'empty', name: 'Empty' })
  expect((await well('GET', 'tables?workspace=empty')).items).toEqual([])
})
