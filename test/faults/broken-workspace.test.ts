/** One workspace of several cannot be opened when the server starts: the others go on, and nothing that is acknowledged is lost. */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, ask, askWell } from './requests.ts'
import { adminToken, type ServerProcess, startServerProcess } from './server-process.ts'

const run = promisify(execFile)
const cli = join(import.meta.dirname, '../../cli/src/main.ts')
const patience = { timeout: 60_000, interval: 100 }

let home: string
let folder: string
let server: ServerProcess
/** A key of each workspace. */
let keys: Record<string, string>

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  folder = join(home, 'data')
  server = await startServerProcess({ folder })
  keys = {}
  for (const workspace of ['lab', 'shop']) {
    await created(await ask(server.url, '/api/v1/workspaces', { id: workspace, name: workspace }))
    const input = await ask(server.url, `/api/v1/inputs?workspace=${workspace}`, { label: 'app', type: 'native' })
    keys[workspace] = (created(input).body as { key: string }).key
  }
})
afterEach(async () => {
  await stop('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

function created(answer: Answer): Answer {
  expect(answer).toMatchObject({ status: 201 })
  return answer
}

async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  server.signal(signal)
  await server.exited
}

async function restart(): Promise<void> {
  server = await startServerProcess({ folder })
}

async function send(workspace: string, id: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${server.url}/api/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys[workspace]}`, 'content-type': 'application/json' },
    body: JSON.stringify([{ type: 'click', id, data: { n: 1 } }]),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const query = (workspace: string) =>
  ask(server.url, `/api/v1/query?workspace=${workspace}`, { sql: 'SELECT count(*) FROM click' })
const countOf = (workspace: string) => async () => {
  const { status, body } = await query(workspace)
  return status === 200 ? Number((body as { rows: unknown[][] }).rows[0]![0]) : `${status}`
}
const place = (workspace: string, file: string) => join(folder, 'workspaces', workspace, file)
const readiness = async () => (await ask(server.url, '/readyz')).body as { dependencies: Record<string, string> }

/** What `millrace status` says, and its exit code. */
async function cliStatus(workspace: string): Promise<{ code: number; text: string }> {
  const env = { ...process.env, MILLRACE_URL: server.url, MILLRACE_TOKEN: adminToken }
  return run(process.execPath, [cli, 'status', '--workspace', workspace], { env, cwd: home }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stdout, stderr }) => ({ code, text: `${stdout}${stderr}` }),
  )
}

describe('tables that are damaged', () => {
  const whole = () => join(home, 'whole.duckdb')

  beforeEach(async () => {
    expect((await send('lab', 'before')).status).toBe(200)
    await expect.poll(countOf('lab'), patience).toBe(1)
    await stop()
    cpSync(place('lab', 'warehouse.duckdb'), whole())
    writeFileSync(place('lab', 'warehouse.duckdb'), 'these are no tables'.repeat(1_000))
    await restart()
  })

  it('leave the other workspaces as they are', async () => {
    expect((await send('shop', 'one')).status).toBe(200)
    await expect.poll(countOf('shop'), patience).toBe(1)
    expect(await cliStatus('shop')).toMatchObject({ code: 0 })
    expect((await readiness()).dependencies).toMatchObject({ 'workspace shop': 'ready', 'workspace default': 'ready' })
  })

  it('are told of wherever somebody may look', async () => {
    const reason = /workspace lab could not be opened: .*damaged/
    for (const path of ['status', 'tables', 'verify'])
      expect(await ask(server.url, `/api/v1/${path}?workspace=lab`), path).toMatchObject({
        status: 503,
        body: { code: 'workspace_unavailable' },
      })
    const asked = await query('lab')
    expect(asked).toMatchObject({ status: 503, body: { detail: expect.stringMatching(reason) } })
    expect(asked.headers.get('retry-after')).not.toBeNull()
    expect((await readiness()).dependencies['workspace lab']).toMatch(reason)
    expect(await cliStatus('lab')).toMatchObject({ code: 1, text: expect.stringMatching(reason) })
    await expect
      .poll(() => askWell<{ items: unknown[] }>(server.url, '/api/v1/notifications?workspace=lab'), patience)
      .toMatchObject({ items: [{ type: 'workspace_unavailable', message: expect.stringMatching(reason) }] })
  })

  it('do not keep events out of the log, which are loaded once the tables are whole again', async () => {
    for (let n = 0; n < 3; n++) expect((await send('lab', `meanwhile ${n}`)).status).toBe(200)
    expect((await send('lab', 'before')).status).toBe(200) // known by its id, tables or not
    await stop()
    cpSync(whole(), place('lab', 'warehouse.duckdb'))
    await restart()
    await expect.poll(countOf('lab'), patience).toBe(4)
    expect(await askWell(server.url, '/api/v1/verify?workspace=lab')).toMatchObject({ isBalanced: true })
    expect(await readiness()).toMatchObject({ isReady: true })
  })

  it('are opened again without a restart once somebody has put them right and says so', async () => {
    const post = (path: string, body: object = {}) => ask(server.url, `/api/v1/${path}`, body)
    expect((await send('lab', 'meanwhile')).status).toBe(200)
    const refused = await post('workspaces/lab/reopen')
    expect(refused).toMatchObject({
      status: 503,
      body: { code: 'workspace_unavailable', detail: expect.stringContaining('damaged') },
    })
    expect((await readiness()).dependencies['workspace lab']).toMatch(/damaged/)
    expect((await send('lab', 'still taken')).status).toBe(200)
    cpSync(whole(), place('lab', 'warehouse.duckdb'))
    expect(await post('workspaces/lab/reopen')).toMatchObject({ status: 200, body: { id: 'lab' } })
    await expect.poll(countOf('lab'), patience).toBe(3)
    expect(await readiness()).toMatchObject({ isReady: true })
    expect(await post('workspaces/lab/reopen')).toMatchObject({ status: 200 })
    expect(await askWell(server.url, '/api/v1/verify?workspace=lab')).toMatchObject({ isBalanced: true })
  })

  it('can be archived away, and taken up again without a restart', async () => {
    const post = (what: string) => ask(server.url, `/api/v1/workspaces/lab/${what}`, {})
    expect((await post('archive')).status).toBeLessThan(300)
    expect((await post('unarchive')).status).toBe(503)
    cpSync(whole(), place('lab', 'warehouse.duckdb'))
    expect((await post('unarchive')).status).toBe(200)
    expect((await send('lab', 'afterwards')).status).toBe(200)
    await expect.poll(countOf('lab'), patience).toBe(2)
  })

  it('beside a log that is gone, take nothing: only they know which events are loaded', async () => {
    await stop()
    rmSync(join(folder, 'log/lab'), { recursive: true })
    await restart()
    expect(await send('lab', 'lost?')).toMatchObject({ status: 503, body: { code: 'workspace_unavailable' } })
    expect((await send('shop', 'one')).status).toBe(200)
  })
})

it('tables that another process has open are opened as soon as it lets go', async () => {
  expect((await send('lab', 'before')).status).toBe(200)
  await expect.poll(countOf('lab'), patience).toBe(1)
  await stop()
  const other = fork(join(import.meta.dirname, 'duckdb-holder.ts'), [place('lab', 'warehouse.duckdb')])
  await once(other, 'message')
  try {
    await restart()
    expect(await query('lab')).toMatchObject({ status: 503, body: { code: 'workspace_unavailable' } })
    expect((await send('lab', 'meanwhile')).status).toBe(200)
  } finally {
    other.kill('SIGKILL')
  }
  await expect.poll(countOf('lab'), patience).toBe(2)
  expect(await readiness()).toMatchObject({ isReady: true })
})

it('a restream queue that is damaged makes its workspace answer 503, and no other', async () => {
  await stop()
  for (const name of readdirSync(place('lab', '.')).filter((name) => name.startsWith('restream')))
    writeFileSync(place('lab', name), 'this is no queue'.repeat(1_000))
  await restart()
  expect(await send('lab', 'refused')).toMatchObject({ status: 503, body: { code: 'workspace_unavailable' } })
  expect(await query('lab')).toMatchObject({ status: 503, body: { code: 'workspace_unavailable' } })
  expect(await cliStatus('lab')).toMatchObject({ code: 1, text: expect.stringContaining('could not be opened') })
  expect((await readiness()).dependencies['workspace lab']).toContain('could not be opened')
  expect((await send('shop', 'one')).status).toBe(200)
  await expect.poll(countOf('shop'), patience).toBe(1)
  // Tried again too early, and then rightly.
  const reopen = () => ask(server.url, '/api/v1/workspaces/lab/reopen', {})
  expect(await reopen()).toMatchObject({ status: 503, body: { code: 'workspace_unavailable' } })
  expect(await send('lab', 'refused')).toMatchObject({ status: 503, body: { code: 'workspace_unavailable' } })
  expect(await query('lab')).toMatchObject({ status: 503, body: { code: 'workspace_unavailable' } })
  for (const name of readdirSync(place('lab', '.')).filter((name) => name.startsWith('restream')))
    rmSync(place('lab', name))
  expect(await reopen()).toMatchObject({ status: 200 })
  expect((await send('lab', 'one')).status).toBe(200)
  await expect.poll(countOf('lab'), patience).toBe(1)
})

it('a log that is damaged keeps the server from starting, or its workspace from taking anything, as before', async () => {
  expect((await send('lab', 'before')).status).toBe(200)
  await expect.poll(countOf('lab'), patience).toBe(1)
  await stop()
  const log = join(folder, 'log/lab/0')
  const segment = readdirSync(log).find((name) => name.endsWith('.segment'))!
  writeFileSync(join(log, segment), Buffer.alloc(4_096, 0x5a), { flag: 'r+' })
  const outcome = await restart().then(
    () => send('lab', 'refused'),
    (error: Error) => ({ body: { code: error.message } }),
  )
  expect(outcome.body['code']).toMatch(/log_corrupt|damaged/)
})
