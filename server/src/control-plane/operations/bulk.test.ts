import { newId } from '@millrace/event/id'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../fixture.ts'
import type { ShownBulk, ShownItem } from './bulk.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

async function ask(method: Method, url: string, payload?: object, token = admin.token) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fixture.api.inject({ method, url: `/api/v1/${url}`, headers, ...(payload && { payload }) })
  const isJson = String(answer.headers['content-type']).includes('json')
  return { status: answer.statusCode, body: isJson ? answer.json() : answer.body }
}

const makeSource = async (label: string, { workspace = 'default', type = 'daily' } = {}): Promise<string> => {
  const { status, body } = await ask('POST', `inputs?workspace=${workspace}`, { label, type })
  expect(status, JSON.stringify(body)).toBe(201)
  return body.input.id
}
const makeSources = async (count: number): Promise<string[]> => {
  const ids = []
  for (let n = 1; n <= count; n++) ids.push(await makeSource(`source ${n}`))
  return ids
}

async function run(request: object, token = admin.token): Promise<{ bulk: ShownBulk; items: ShownItem[] }> {
  const started = await ask('POST', 'bulk', request, token)
  expect(started.status, JSON.stringify(started.body)).toBe(202)
  const { id } = started.body
  const get = async () => (await ask('GET', `bulk/${id}`, undefined, token)).body
  await expect.poll(async () => (await get()).endedAt, { timeout: 60_000, interval: 100 }).not.toBe(null)
  return { bulk: await get(), items: (await ask('GET', `bulk/${id}/results?limit=1000`, undefined, token)).body.items }
}

const source = async (id: string, workspace = 'default') =>
  (await ask('GET', `sources/${id}?workspace=${workspace}`)).body
const labels = async () => (await ask('GET', 'sources')).body.items.map(({ label }: { label: string }) => label)

test('sources are renamed, each with an audit row of its own that names the operation', async () => {
  const ids = await makeSources(3)
  const { bulk, items } = await run({
    kind: 'rename',
    parameters: { label: '{n}. {label} ({type})' },
    sources: { ids },
  })
  expect(bulk).toMatchObject({ state: 'SUCCESS', total: 3, done: 3, succeeded: 3, failed: 0, etaMs: null })
  expect(await labels()).toEqual(['1. source 1 (daily)', '2. source 2 (daily)', '3. source 3 (daily)'])
  expect(items[0]).toMatchObject({ position: 1, source: ids[0], label: 'source 1', state: 'SUCCESS', error: null })
  const audit = (await ask('GET', 'audit')).body.items
  const renamed = audit.filter(({ action }: { action: string }) => action === 'input.updated')
  expect(renamed).toHaveLength(3)
  for (const row of renamed) expect(row.detail.bulk).toBe(bulk.id)
})

test('disabled sources are switched off, enabled ones on, deleted ones gone', async () => {
  const ids = await makeSources(3)
  await run({ kind: 'disable', sources: { ids } })
  expect((await source(ids[0]!)).disabledAt).not.toBe(null)
  await run({ kind: 'enable', sources: { ids: ids.slice(1) } })
  expect((await source(ids[1]!)).disabledAt).toBe(null)
  await run({ kind: 'delete', sources: { filter: { isEnabled: false } } })
  expect(await labels()).toEqual(['source 2', 'source 3'])
})

test('an unknown id, a duplicate, and an input that is no source fail alone, and say why', async () => {
  const [id] = await makeSources(1)
  const pushed = (await ask('POST', 'inputs', { label: 'pushed', type: 'native' })).body.input.id
  const { bulk, items } = await run({ kind: 'disable', sources: { ids: ['unknown', id, pushed, id] } })
  expect(bulk).toMatchObject({ state: 'FAILURE', succeeded: 1, failed: 3 })
  expect(items.map(({ error }) => error?.code ?? null)).toEqual(['not_found', null, 'not_found', 'conflict'])
  expect(items[3]!.error!.message).toBe('It is item 2 already')
})

test('ranges are processed, each source by parameters of its own, and what has ended is run again', async () => {
  const [one, two] = await makeSources(2)
  const other = await makeSource('not by date', { type: 'hourly' })
  const csv = `source,start,end,daysPerJob\n${one},2026-01-01,2026-01-31,10\n${two},2026-01-01,2026-01-05,\n${one},2026-03-01,2026-03-02,\n${other},2026-01-01,2026-01-02,\n${two},2026-02-30,2026-03-01,\n`
  const { items } = await run({ kind: 'process', sources: { csv } })
  expect(items.map(({ line, state, detail }) => [line, state, detail?.['jobs']])).toEqual([
    [2, 'SUCCESS', 4],
    [3, 'SUCCESS', 1],
    [4, 'SUCCESS', 1],
    [5, 'FAILURE', undefined],
    [6, 'FAILURE', undefined],
  ])
  const jobs = (await ask('GET', `jobs?source=${one}`)).body.items as { id: string; state: string }[]
  expect(jobs).toHaveLength(5)
  for (const { id } of jobs) await ask('POST', `jobs/${id}/cancel`)
  const again = await run({ kind: 'rerun', parameters: { which: 'ended' }, sources: { ids: [one, two] } })
  expect(again.items.map(({ detail }) => detail?.['jobs'])).toEqual([5, 0])
  const [named] = jobs
  const byId = [
    { id: one, parameters: { jobs: [named!.id] } },
    { id: two, parameters: { jobs: [named!.id] } },
  ]
  const { items: reruns } = await run({ kind: 'rerun', sources: { ids: byId } })
  expect(reruns.map(({ state }) => state)).toEqual(['SUCCESS', 'FAILURE'])
})

test('settings are patched, by a CSV with the types that they have', async () => {
  const [one, two] = await makeSources(2)
  const wrong = await run({ kind: 'patch', parameters: { settings: { url: 'x' } }, sources: { ids: [one] } })
  expect(wrong.items[0]!.error!.code).toBe('invalid_request')
  const tuned = await makeSource('tuned', { type: 'tuned' })
  const csv = `\ufeffsource,settings.pages,settings.name\r\n${tuned},7,"0,5"\r\n${two},1,\r\n`
  const { items } = await run({ kind: 'patch', sources: { csv } })
  expect(items.map(({ state }) => state)).toEqual(['SUCCESS', 'FAILURE'])
  expect((await ask('GET', `inputs/${tuned}`)).body.settings).toEqual({ pages: 7, name: '0,5' })
})

test('a label that is taken fails its item, and what was done before stays done', async () => {
  const ids = await makeSources(2)
  const { items } = await run({ kind: 'rename', parameters: { label: 'the same' }, sources: { ids } })
  expect(items.map(({ state }) => state)).toEqual(['SUCCESS', 'FAILURE'])
  expect(items[1]!.error!.code).toBe('conflict')
  expect(await labels()).toEqual(['the same', 'source 2'])
})

test('a dry run says what would be done and what would fail, and changes nothing', async () => {
  const ids = await makeSources(2)
  const before = await labels()
  const request = {
    kind: 'rename',
    parameters: { label: '{label}!' },
    sources: { ids: [...ids, 'unknown'] },
    dryRun: true,
  }
  const { bulk, items } = await run(request)
  expect(bulk).toMatchObject({ isDryRun: true, succeeded: 2, failed: 1 })
  expect(items[0]!.detail).toMatchObject({ action: 'input.updated', before: 'source 1', label: 'source 1!' })
  expect(await labels()).toEqual(before)
  const actions = (await ask('GET', 'audit')).body.items.map(({ action }: { action: string }) => action)
  expect(actions).not.toContain('input.updated')
})

test('a filter finds sources by type, label, state and last job, in many workspaces', async () => {
  await ask('POST', 'workspaces', { id: 'lab', name: 'Lab' })
  const there = await makeSource('ads one', { workspace: 'lab' })
  const here = await makeSource('Ads two', { type: 'hourly' })
  await makeSource('100% sales')
  await ask('POST', `sources/${here}/run`, {})
  const found = async (filter: object) => {
    const { items } = await run({ kind: 'enable', sources: { filter }, dryRun: true })
    return items.map(({ label }) => label).sort()
  }
  expect(await found({})).toEqual(['100% sales', 'Ads two'])
  expect(await found({ workspaces: 'all', label: 'ads*' })).toEqual(['Ads two', 'ads one'])
  expect(await found({ workspaces: ['lab'] })).toEqual(['ads one'])
  expect(await found({ types: ['hourly'] })).toEqual(['Ads two'])
  expect(await found({ label: '*0%*' })).toEqual(['100% sales'])
  expect(await found({ label: '%' })).toEqual([])
  expect(await found({ lastJob: 'NONE' })).toEqual(['100% sales'])
  expect((await source(there, 'lab')).label).toBe('ads one')
})

test('items of workspaces where the caller may not do it are forbidden, one by one', async () => {
  for (const id of ['lab', 'other']) await ask('POST', 'workspaces', { id, name: id })
  const here = await makeSource('here')
  const there = await makeSource('there', { workspace: 'lab' })
  const { text } = (await ask('POST', 'tokens', { label: 'editor', role: 'editor' })).body
  const ids = [here, { id: there, workspace: 'lab' }, { id: there, workspace: 'nowhere' }]
  const { items } = await run({ kind: 'disable', sources: { ids } }, text)
  expect(items.map(({ error }) => error?.code ?? null)).toEqual([null, 'forbidden', 'forbidden'])
  expect(items.map(({ label }) => label)).toEqual(['here', null, null])
  expect((await source(there, 'lab')).disabledAt).toBe(null)
  const filter = { filter: { workspaces: ['default', 'lab'] } }
  expect((await ask('POST', 'bulk', { kind: 'disable', sources: filter }, text)).status).toBe(403)
  const viewer = (await ask('POST', 'tokens', { label: 'viewer', role: 'viewer' })).body.text
  expect((await ask('POST', 'bulk', { kind: 'disable', sources: { ids: [here] } }, viewer)).status).toBe(403)
})

test('an operation is seen by its user, and by a bound token only where it asked for it', async () => {
  const [id] = await makeSources(1)
  const { text } = (await ask('POST', 'tokens', { label: 'editor', role: 'editor' })).body
  const mine = await run({ kind: 'disable', sources: { ids: [id] } })
  const its = await run({ kind: 'enable', sources: { ids: [id] } }, text)
  expect((await ask('GET', `bulk/${mine.bulk.id}`, undefined, text)).status).toBe(404)
  expect((await ask('GET', `bulk/${mine.bulk.id}/results.csv`, undefined, text)).status).toBe(404)
  expect((await ask('GET', 'bulk', undefined, text)).body.items).toHaveLength(1)
  expect((await ask('GET', 'bulk')).body.items.map(({ id }: ShownBulk) => id)).toEqual([its.bulk.id, mine.bulk.id])
})

test('PATCH changes only what is given, in bulk and alone; PUT replaces, and keeps a secret that it says is set', async () => {
  const id = (await ask('POST', 'inputs', { label: 'hook', type: 'webhook', settings: { depth: 5, password: 'p' } }))
    .body.input.id
  const patched = await ask('PATCH', `inputs/${id}`, { settings: { depth: 6 } })
  expect(patched.body).toMatchObject({ label: 'hook', settings: { depth: 6, password: { set: true } } })
  const put = (settings: object) => ask('PUT', `inputs/${id}`, { label: 'new', isEnabled: false, settings })
  expect((await put({ password: { set: true } })).body).toMatchObject({
    label: 'new',
    disabledAt: expect.any(String),
    settings: { password: { set: true } },
  })
  expect((await put({})).body.settings).toEqual({})
  expect((await ask('PUT', `inputs/${id}`, { label: 'new' })).status).toBe(400)
})

test('ten thousand items are taken, one more is not', async () => {
  const ids = Array.from({ length: 10_000 }, (_, n) => `unknown ${n}`)
  const { bulk } = await run({ kind: 'disable', sources: { ids } })
  expect(bulk).toMatchObject({ state: 'FAILURE', total: 10_000, failed: 10_000 })
  expect((await ask('POST', 'bulk', { kind: 'disable', sources: { ids: [...ids, 'x'] } })).status).toBe(400)
}, 60_000)

test('what waits when an operation is cancelled is left out', async () => {
  const ids = Array.from({ length: 5_000 }, (_, n) => `unknown ${n}`)
  const { id } = (await ask('POST', 'bulk', { kind: 'disable', sources: { ids } })).body
  const cancelled = (await ask('POST', `bulk/${id}/cancel`)).body
  expect(cancelled).toMatchObject({ state: 'CANCELLED', total: 5_000, done: 5_000 })
  expect(cancelled.cancelled).toBeGreaterThan(0)
  expect((await ask('POST', `bulk/${id}/cancel`)).body).toEqual(cancelled)
})

test('results are told page by page, by state, and as CSV in which formulas are text', async () => {
  await makeSource('=cmd|calc')
  const known = (await ask('GET', 'sources')).body.items[0].id
  const { bulk } = await run({ kind: 'disable', sources: { ids: [known, '=HYPERLINK("x")'] } })
  const first = (await ask('GET', `bulk/${bulk.id}/results?limit=1`)).body
  expect(first.items[0].position).toBe(1)
  const second = (await ask('GET', `bulk/${bulk.id}/results?limit=1&cursor=${first.nextCursor}`)).body
  expect(second.items[0].position).toBe(2)
  expect((await ask('GET', `bulk/${bulk.id}/results?state=FAILURE`)).body.items).toHaveLength(1)
  const lines = (await ask('GET', `bulk/${bulk.id}/results.csv`)).body.split('\r\n')
  expect(lines[0]).toBe('position,workspace,source,label,line,state,error_code,error,detail')
  expect(lines[1]).toMatch(new RegExp(`^1,default,${known},'=cmd\\|calc,,SUCCESS,,,`))
  expect(lines[2]).toMatch(/^2,default,"'=HYPERLINK\(""x""\)",,,FAILURE,not_found,/)
})

test.each([
  ['no range', { kind: 'process', sources: { ids: ['a'] } }, /parameters\.start/],
  ['a parameter that nobody knows', { kind: 'disable', parameters: { x: 1 }, sources: { ids: ['a'] } }, /parameters/],
  ['sources of two kinds', { kind: 'disable', sources: { ids: ['a'], csv: 'source\na' } }, /sources/],
  ['nothing to rename to', { kind: 'rename', sources: { ids: ['a'] } }, /parameters\.label/],
])('%s is refused as a whole', async (_, request, reason) => {
  const { status, body } = await ask('POST', 'bulk', request)
  expect(status).toBe(400)
  expect(JSON.stringify(body.errors)).toMatch(reason)
  expect((await ask('GET', 'bulk')).body.items).toEqual([])
})

test('who got no answer asks again by the same id, and nothing is begun twice', async () => {
  const ids = await makeSources(2)
  const id = newId(Date.now())
  const request = { id, kind: 'rename', parameters: { label: '{label}!' }, sources: { ids } }
  const started = await Promise.all([ask('POST', 'bulk', request), ask('POST', 'bulk', request)])
  expect(started.map(({ status, body }) => [status, body.id])).toEqual([
    [202, id],
    [202, id],
  ])
  const { bulk } = await run(request)
  expect(bulk).toMatchObject({ id, state: 'SUCCESS', total: 2 })
  expect((await ask('POST', 'bulk', request)).body).toMatchObject({ id, endedAt: bulk.endedAt })
  expect(await labels()).toEqual(['source 1!', 'source 2!'])
  const { items } = (await ask('GET', 'audit?limit=1000')).body
  expect(items.filter(({ action }: { action: string }) => action === 'bulk.started')).toHaveLength(1)

  const other = await ask('POST', 'bulk', { ...request, parameters: { label: 'x' } })
  expect([other.status, other.body.code]).toEqual([409, 'conflict'])
  const old = await ask('POST', 'bulk', { ...request, id: newId(Date.now() - 10 * 86_400_000) })
  expect([old.status, old.body.detail]).toEqual([400, 'id: Its time is not now: take a fresh UUIDv7'])
  const random = await ask('POST', 'bulk', { ...request, id: crypto.randomUUID() })
  expect(random.status).toBe(400)
})
