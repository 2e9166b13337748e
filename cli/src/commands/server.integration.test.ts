import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeWorld, openFakeWorld } from '../fake-world.ts'

const main = join(import.meta.dirname, '..', 'main.ts')

let world: FakeWorld
let terminal: FakeWorld
let server: ChildProcess

beforeAll(async () => {
  world = await openFakeWorld()
  terminal = await openFakeWorld({ MILLRACE_DATA: join(world.folder, '.millrace') }, { isTerminal: true })
  server = spawn(process.execPath, [main, 'start', '--port', '0', '--log-level', 'error'], {
    cwd: world.folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: server.stdout! })) {
    if (line.startsWith('Millrace is ready at http://')) break
  }
  const rows = Array.from({ length: 1200 }, (_, id) => `${id},${id % 3 === 0 ? '=1+1' : 'plain'}`)
  const sent = await world.run(['send', '-', '--type', 'thing'], `id,note\n${rows.join('\n')}\n`)
  expect(sent.exitCode).toBe(0)
  await world.run(['send', '-'], '{"type":"odd","data":{"x":1}}\n{"type":"odd","data":7}\n')
  await loaded()
})

afterAll(async () => {
  server.kill('SIGKILL')
  await world.remove()
  await terminal.remove()
})

/** Until everything that was sent is loaded or set aside. */
async function loaded(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const [status] = (await world.run(['status'])).records() as { partitions?: { lagEvents: number }[] }[]
    if (status?.partitions?.every(({ lagEvents }) => lagEvents === 0)) return
    await sleep(50)
  }
  throw new Error('Nothing was loaded')
}

const records = async (...args: string[]) => {
  const { exitCode, records, stderr } = await world.run(args)
  expect([exitCode, stderr]).toEqual([0, ''])
  return records()
}

describe('query', () => {
  it('gives JSON lines, a table, or CSV', async () => {
    const sql = 'SELECT id, note FROM thing ORDER BY id LIMIT 2'
    expect(await records('query', sql)).toEqual([
      { id: expect.anything(), note: '=1+1' },
      { id: expect.anything(), note: 'plain' },
    ])
    expect((await terminal.run(['query', sql])).stdout).toMatch(/id\s+note\n\s*0\s+=1\+1\n\s*1\s+plain\n2 rows\n/)
    expect((await world.run(['query', '-', '--csv'], sql)).stdout).toBe("id,note\r\n0,'=1+1\r\n1,plain\r\n")
    expect((await world.run(['query', sql, '--csv', '--raw'])).stdout).toContain('0,=1+1\r\n')
  })

  it('says that there were more rows', async () => {
    const { stdout, stderr } = await terminal.run(['query', 'SELECT * FROM thing', '--limit', '10'])
    expect(stdout).toContain('10 rows')
    expect(stderr).toContain('the first 10')
    const piped = await world.run(['query', 'SELECT * FROM thing', '--limit', '10'])
    expect(JSON.parse(piped.stderr).warning).toContain('the first 10')
  })

  it('a mistake in SQL is a failure with the reason', async () => {
    const { exitCode, stderr } = await world.run(['query', 'SELEC 1'])
    expect(exitCode).toBe(1)
    expect(JSON.parse(stderr).error.code).toBe('invalid_sql')
  })
})

describe('what there is', () => {
  it('status and verify say that the books balance', async () => {
    const [status] = await records('status')
    expect(status).toMatchObject({
      partitions: [{ isBalanced: true, books: { received: 1202, loaded: 1201, restreamed: 1 } }],
    })
    expect((await terminal.run(['status'])).stdout).toContain('balanced')
    expect(await records('verify')).toMatchObject([{ isBalanced: true }])
    expect((await terminal.run(['verify'])).stdout).toContain('The books balance.')
  })

  it('tables and event types', async () => {
    expect(await records('tables')).toMatchObject([{ name: 'odd' }, { name: 'thing', rowCount: 1200 }])
    expect(await records('tables', 'thing')).toContainEqual({ name: 'note', type: 'VARCHAR' })
    expect(await records('event-types')).toMatchObject([{ name: 'odd' }, { name: 'thing', table: 'thing' }])
    expect(await records('event-types', 'thing')).toMatchObject([{ name: 'thing', versions: [{ version: 1 }] }])
    expect((await terminal.run(['tables'])).stdout).toMatch(/thing\s+1200/)
    expect((await world.run(['tables', 'nothing'])).exitCode).toBe(1)
  })
})

it('inputs are made, named by label or id, and deleted', async () => {
  const [made] = await records('inputs', 'create', 'shop')
  const { key, input } = made as { key: string; input: { id: string } }
  expect((await world.run(['send', '-', '--type', 'sale', '--key', key], '{"a":1}')).exitCode).toBe(0)
  expect((await records('inputs', 'list')).map(({ label }) => label)).toContain('shop')
  const [rotated] = await records('inputs', 'rotate-key', 'shop', '--overlap-hours', '0')
  expect((await world.run(['send', '-', '--type', 'sale', '--key', key], '{"a":1}')).exitCode).toBe(4)
  expect(
    (await world.run(['send', '-', '--type', 'sale', '--key', String(rotated?.['key'])], '{"a":2}')).exitCode,
  ).toBe(0)
  expect(await records('inputs', 'disable', input.id)).toMatchObject([{ disabledAt: expect.any(String) }])
  expect(await records('inputs', 'enable', 'shop')).toMatchObject([{ disabledAt: null }])
  expect((await world.run(['inputs', 'delete', 'shop'])).exitCode).toBe(2)
  const asked = await terminal.run(['inputs', 'delete', 'shop'], 'y\nshop\n')
  expect([asked.exitCode, asked.stdout]).toEqual([0, 'shop is deleted. Its events stay.\n'])
  expect((await world.run(['inputs', 'delete', input.id, '--yes'])).exitCode).toBe(2)
  expect((await world.run(['inputs', 'enable', 'shop'])).exitCode).toBe(2)
})

it('workspaces are made, renamed and archived', async () => {
  expect(await records('workspaces', 'create', 'lab')).toMatchObject([{ id: 'lab', name: 'lab', role: 'owner' }])
  expect(await records('workspaces', 'rename', 'lab', 'Laboratory')).toMatchObject([{ name: 'Laboratory' }])
  const [made] = await records('inputs', 'create', 'sensors', '--workspace', 'lab')
  const send = ['send', '-', '--type', 'reading', '--key', String(made?.['key'])]
  expect((await world.run(send, '{"a":1}')).exitCode).toBe(0)
  expect((await terminal.run(['workspaces', 'list'])).stdout).toMatch(/lab\s+Laboratory\s+owner/)
  const limits = { eventsPerMonthMax: 5, bytesPerMonthMax: null, eventsPerSecondMax: null, bytesPerSecondMax: null }
  expect(await records('workspaces', 'quota', 'lab', '--events-per-month-max', '5')).toMatchObject([limits])
  expect(await records('workspaces', 'quota', 'lab', '--events-per-month-max', 'none')).toMatchObject([
    { ...limits, eventsPerMonthMax: null, used: { events: 1 } },
  ])
  expect((await world.run(['workspaces', 'quota', 'lab', '--bytes-per-month-max', 'x'])).exitCode).toBe(2)
  expect((await world.run(['workspaces', 'archive', 'lab'])).exitCode).toBe(2)
  const { url } = JSON.parse(await readFile(join(world.folder, '.millrace', 'local.json'), 'utf8')) as { url: string }
  const ready = async () => (await fetch(`${url}/readyz`)).json()
  expect(await ready()).toMatchObject({ dependencies: { 'workspace lab': 'ready' } })
  expect(await records('workspaces', 'archive', 'lab', '--yes')).toEqual([{ archived: 'lab' }])
  expect(await ready()).toEqual({
    isReady: true,
    dependencies: { 'users’ code': 'ready', 'workspace default': 'ready' },
  })
  expect((await world.run(send, '{"a":1}')).exitCode).toBe(4)
  expect(await records('workspaces', 'list', '--workspace', 'default')).toMatchObject([
    { id: 'default', archivedAt: null },
    { id: 'lab', archivedAt: expect.any(String) },
  ])
})

it('users are invited, named by address or id, and removed', async () => {
  const [invited] = await records('users', 'invite', 'Ada@example.com', 'viewer')
  expect(invited).toMatchObject({ user: { email: 'ada@example.com', role: 'viewer' }, password: expect.any(String) })
  expect(await records('users', 'role', 'ADA@example.com', 'editor')).toMatchObject([{ role: 'editor' }])
  expect((await terminal.run(['users', 'list'])).stdout).toMatch(/ada@example\.com\s+editor/)
  expect((await world.run(['users', 'role', 'ada@example.com', 'king'])).exitCode).toBe(2)
  expect((await world.run(['users', 'role', 'nobody@example.com', 'viewer'])).exitCode).toBe(2)
  expect((await world.run(['users', 'remove', 'ada@example.com'])).exitCode).toBe(2)
  const { user } = invited as { user: { id: string } }
  expect(await records('users', 'remove', user.id, '--yes')).toEqual([{ removed: user.id }])
  expect((await records('users', 'list')).map(({ email }) => email)).toEqual(['admin@localhost'])
})

it('a token lets in until it is revoked, and no further than its role', async () => {
  const [made] = await records('tokens', 'create', 'dashboard', '--role', 'viewer', '--days', '2')
  const { text, token } = made as { text: string; token: { id: string } }
  expect(await records('status', '--token', text)).toHaveLength(1)
  expect((await world.run(['query', 'SELECT 1', '--token', text])).exitCode).toBe(4)
  expect((await terminal.run(['tokens', 'list'])).stdout).toMatch(/dashboard\s+viewer/)
  expect(await records('tokens', 'revoke', token.id)).toEqual([{ revoked: token.id }])
  expect((await world.run(['status', '--token', text])).exitCode).toBe(4)
  const shown = await terminal.run(['tokens', 'create', 'other', '--forever'])
  expect(shown.stdout).toMatch(/until it is revoked\), shown this once:\n\n {2}mlr_api_/)
})

it('the audit tells who did what, and is verified', async () => {
  const actions = (await records('audit', 'list', '--limit', '2')).map(({ action }) => action)
  expect(actions).toHaveLength(2)
  const [check] = await records('audit', 'verify', '--workspace', 'default')
  expect(check).toMatchObject({ isIntact: true, broken: null })
  expect((await terminal.run(['audit', 'verify', '--head', String(check?.['head'])])).stdout).toMatch(
    /^right {2}\d+ rows/,
  )
  const wrong = await terminal.run(['audit', 'verify', '--head', `1:${'0'.repeat(64)}`])
  expect([wrong.exitCode, wrong.stdout]).toEqual([1, expect.stringContaining('gone or changed')])
})

it('what could not go on is listed, shown and thrown away', async () => {
  const [entry] = await records('restream', 'list')
  expect(entry).toMatchObject({ eventType: 'odd', code: 'not_an_object' })
  const offset = String(entry?.['offset'])
  expect(await records('restream', 'show', offset)).toMatchObject([{ raw: { data: '{"type":"odd","data":7}' } }])
  expect((await terminal.run(['restream', 'list'])).stdout).toContain('not_an_object')
  const shown = (await terminal.run(['restream', 'show', offset])).stdout
  expect(shown).toMatch(
    /\nevent type {4}odd\n[\s\S]*\nstage, code {3}ingest, not_an_object\nreason {8}\S[\s\S]*\nstate {9}waits\n\n/,
  )
  expect((await world.run(['restream', 'purge', offset])).exitCode).toBe(2)
  for (const answers of ['', 'n\n', 'y\nyes\n']) {
    const asked = await terminal.run(['restream', 'purge', offset], answers)
    expect([asked.exitCode, asked.stderr]).toEqual([1, expect.stringContaining('Nothing was done')])
  }
  const asked = await terminal.run(['restream', 'purge', offset], 'n\n')
  expect(asked.stderr).toContain('1 event that waits')
  const [cluster] = await records('restream', 'clusters')
  expect(cluster).toMatchObject({ count: 1, code: 'not_an_object', fingerprint: entry?.['fingerprint'] })
  expect((await terminal.run(['restream', 'clusters'])).stdout).toContain(String(cluster?.['fingerprint']))
  const one = (await terminal.run(['restream', 'cluster', String(cluster?.['fingerprint'])])).stdout
  expect(one).toContain(`millrace restream show ${offset}`)
  expect(one).toMatch(/last 48 h +·+█/)
  expect(await records('restream', 'list', '--cluster', String(cluster?.['fingerprint']))).toHaveLength(1)
  expect(await records('restream', 'purge', offset, '--yes')).toEqual([{ purged: 1 }])
  expect(await records('restream', 'purge', offset, '--yes')).toEqual([{ purged: 0 }])
  expect(await records('restream', 'list')).toEqual([])
})

it('what could not go on is sent through again, and told how far it is', async () => {
  const sent = await records('restream', 'send', '--all')
  expect(sent.at(-1)).toMatchObject({ event: 'done', run: '1', total: 0, sent: 0 })
  const shown = await terminal.run(['restream', 'send', '--code', 'not_an_object', '--rate', '5'])
  expect([shown.exitCode, shown.stdout]).toEqual([0, expect.stringMatching(/^0 events sent through again in /)])
  expect(await records('restream', 'send', '--all', '--no-wait')).toMatchObject([{ id: '3', total: 0 }])
  expect(await records('restream', 'runs', '--limit', '2')).toMatchObject([{ id: '3' }, { id: '2', state: 'DONE' }])
  expect((await terminal.run(['restream', 'runs'])).stdout).toContain('with code not_an_object')
  expect(await records('restream', 'stop', '2')).toMatchObject([{ id: '2', state: 'DONE' }])
  expect((await world.run(['restream', 'stop', '9'])).exitCode).toBe(1)
})

it('without a good token a command ends with 4', async () => {
  const { exitCode, stderr } = await world.run(['status', '--token', 'wrong'])
  expect(exitCode).toBe(4)
  expect(JSON.parse(stderr).error.hint).toBeTruthy()
})

it('the log of a server that runs is left alone', async () => {
  const { exitCode, stderr } = await world.run(['log', 'check'])
  expect(exitCode).toBe(1)
  expect(JSON.parse(stderr).error.code).toBe('folder_locked')
})

it('SIGTERM ends the server with 0', async () => {
  server.kill('SIGTERM')
  const [code] = await once(server, 'exit')
  expect(code).toBe(0)
  expect((await world.run(['status'])).exitCode).toBe(3)
})

describe('the log of a server that has stopped', () => {
  interface Report {
    partitions: { segments: { path: string; usedBytes: number }[] }[]
  }

  it('holds what was acknowledged to a workspace that was archived', async () => {
    expect(await records('log', 'dump', '--workspace', 'lab')).toMatchObject([{ type: 'reading', data: { a: 1 } }])
  })

  it('is checked and dumped, event by event', async () => {
    expect((await terminal.run(['log', 'check'])).stdout).toMatch(/^sound {4}default 0: 1,20\d events/)
    expect(await records('log', 'dump', '--limit', '1')).toMatchObject([
      { offset: '0', type: 'thing', input: 'native', data: { id: 0, note: '=1+1' } },
    ])
    const [first, second] = await records('log', 'dump', '--from', '1200', '--limit', '2')
    expect(first).toMatchObject({ offset: '1200', type: 'odd', data: { x: 1 } })
    expect(second).toMatchObject({ offset: '1201', fault: { code: 'not_an_object' }, raw: '{"type":"odd","data":7}' })
    expect((await world.run(['log', 'dump', '--workspace', 'none'])).exitCode).toBe(2)
    expect((await world.run(['log', 'check', 'nowhere'])).exitCode).toBe(2)
  })

  it('is repaired where it is damaged, once somebody says so', async () => {
    const [report] = (await records('log', 'check')) as unknown as Report[]
    const segment = report?.partitions[0]?.segments[0]
    const file = await open(segment!.path, 'r+')
    await file.write(Buffer.from('damage'), 0, 6, Math.floor(segment!.usedBytes / 2))
    await file.close()
    const damaged = await terminal.run(['log', 'check'])
    expect([damaged.exitCode, damaged.stdout]).toEqual([1, expect.stringContaining('DAMAGED')])
    expect((await world.run(['log', 'repair'])).exitCode).toBe(2)
    expect(await records('log', 'repair', '--yes')).toMatchObject([
      { workspace: 'default', repairs: [{ partition: 0 }] },
      { workspace: 'lab', repairs: [] },
    ])
    expect((await world.run(['log', 'check'])).exitCode).toBe(0)
    expect(await records('log', 'repair')).toMatchObject([{ repairs: [] }, { repairs: [] }])
  })
})
