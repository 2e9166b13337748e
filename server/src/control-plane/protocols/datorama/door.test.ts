/** Every route of Datorama, asked by who may only read, and by who is of another workspace: numbers are easily guessed. */
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask as askNative, made } from '../../api/ask.fixture.ts'
import { admin, type Fixture, openFixture } from '../../fixture.ts'

let fixture: Fixture
let stranger: string
let viewer: string
beforeEach(async () => {
  fixture = await openFixture()
  viewer = (await made(fixture, 'POST', 'tokens', { label: 'viewer', role: 'viewer' })).text
  await made(fixture, 'POST', 'workspaces', { id: 'second', name: 'Second' })
  stranger = (await made(fixture, 'POST', 'tokens?workspace=second', { label: 'stranger', role: 'admin' })).text
  await everything()
})
afterEach(() => fixture[Symbol.asyncDispose]())

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

async function ask(method: Method, url: string, body?: unknown, authorization = admin.token) {
  const headers = { authorization, 'content-type': 'application/json' }
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) }
  const answer = await fixture.api.inject({ method, url, headers, ...payload })
  return { status: answer.statusCode, text: answer.body }
}

const days = { startDate: '2026-01-01', endDate: '2026-01-05' }
const config = { url: 'http://127.0.0.1:1/data?from={start}&to={end}', table: 'ads' }

/** Number 1 of each kind, in the workspace `default`, which is number 1 itself. */
async function everything(): Promise<void> {
  await ask('GET', '/v1/workspaces/1')
  const first = JSON.parse((await ask('GET', '/v1/workspaces')).text).find(
    ({ name }: { name: string }) => name !== 'Second',
  )
  expect(first.id).toBe(1)
  const stream = { name: 'Ads', workspaceId: 1, dataSourceName: 'HTTP JSON', config }
  const made = [
    await ask('POST', '/v1/data-streams', stream),
    await ask('POST', '/v1/data-streams/1/process', days),
    await ask('POST', '/v1/workspaces/1/calculated-measurements', { name: 'CTR', formula: 'clicks / views' }),
  ]
  for (const { status, text } of made) expect(status, text).toBe(200)
}

const reading: [Method, string, unknown?][] = [
  ['GET', '/v1/workspaces/1'],
  ['GET', '/v1/workspaces/1/data-streams'],
  ['GET', '/v1/data-streams/1'],
  ['POST', '/v1/data-streams/api/1/stats', { pageSize: 10, pageNumber: 1 }],
  ['GET', '/v1/data-stream-stat/1'],
  ['GET', '/v1/workspaces/1/dimensions'],
  ['GET', '/v1/workspaces/1/harmonized-dimensions'],
  ['GET', '/v1/workspaces/1/patterns'],
  ['GET', '/v1/workspaces/1/calculated-measurements'],
  ['GET', '/data-streams/api/1/mapping'],
]
/** Contents of events, which a viewer does not see. */
const downloading: [Method, string, unknown?][] = [
  ['GET', '/v1/data-stream-stats/api/1/download'],
  ['GET', '/v1/data-stream-stats/dynamic/1/download'],
]
const writing: [Method, string, unknown?][] = [
  ['POST', '/v1/data-streams', { name: 'Other', workspaceId: 1, dataSourceName: 'HTTP JSON', config }],
  ['POST', '/v1/data-streams', { name: 'Kept alone', workspaceId: 1 }],
  ['PUT', '/v1/data-streams/1', { name: 'Other' }],
  ['PATCH', '/v1/data-streams/1', { enabled: false }],
  ['POST', '/v1/data-streams/1/process', days],
  ['POST', '/v1/data-streams/process', { ...days, dataStreamIds: [1] }],
  ['POST', '/v1/data-streams/api/1/rerun', [1]],
  ['POST', '/v1/data-streams/api/1/rerun-all'],
  ['POST', '/v1/harmonization/patterns', { name: 'Region', workspaceId: 1, pattern: '^([^_]+)_' }],
  ['POST', '/v1/workspaces/1/calculated-measurements', { name: 'CPC', formula: 'cost / clicks' }],
  ['PUT', '/data-streams/api/1/mapping', { mappings: [] }],
  ['DELETE', '/v1/data-streams/1'],
]

/** What the store holds, but for what counts calls, and for numbers, which are given to whatever is shown. */
function contents(): string {
  const db = new DatabaseSync(fixture.path, { readOnly: true })
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").all()
    const names = tables.map(({ name }) => String(name)).filter((name) => !/token|datorama_numbers/.test(name))
    return JSON.stringify(names.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all()]))
  } finally {
    db.close()
  }
}

test('who may only read changes nothing, and sees all but what is in events', async () => {
  const before = contents()
  for (const [method, path, body] of reading) {
    const { status, text } = await ask(method, path, body, viewer)
    expect(status, `${method} ${path}: ${text}`).toBe(200)
  }
  for (const [method, path, body] of [...downloading, ...writing]) {
    const { status, text } = await ask(method, path, body, viewer)
    expect(status, `${method} ${path}: ${text}`).toBe(403)
  }
  expect(contents()).toBe(before)
})

test('for who is of another workspace nothing is there, whatever number is guessed', async () => {
  const before = contents()
  for (const [method, path, body] of [...reading, ...downloading, ...writing]) {
    const { status, text } = await ask(method, path, body, stranger)
    expect(status, `${method} ${path}: ${text}`).toBe(404)
    expect(text).not.toContain('Ads')
  }
  const all = JSON.parse((await ask('GET', '/v1/workspaces', undefined, stranger)).text)
  expect(all.map(({ name }: { name: string }) => name)).toEqual(['Second'])
  expect(contents()).toBe(before)
})

test('a job or a pattern of one workspace is not reached by way of a thing in another', async () => {
  const [second] = JSON.parse((await ask('GET', '/v1/workspaces', undefined, stranger)).text)
  const stream = { name: 'Mine', workspaceId: second.id, dataSourceName: 'HTTP JSON', config }
  const mine = JSON.parse((await ask('POST', '/v1/data-streams', stream, stranger)).text)
  expect((await ask('POST', `/v1/data-streams/api/${mine.id}/rerun`, [1], stranger)).status).toBe(404)
  await askNative(fixture, 'GET', 'dimensions')
  await ask('GET', '/v1/workspaces/1/dimensions')
  const pattern = { name: 'Region', workspaceId: second.id, dimensionId: 1, pattern: '^([^_]+)_' }
  expect((await ask('POST', '/v1/harmonization/patterns', pattern, stranger)).status).toBe(404)
})
