import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../../fixture.ts'

let fixture: Fixture
let token: string
beforeEach(async () => {
  fixture = await openFixture()
  token = (await native('POST', 'tokens', { label: 'marketing', role: 'admin' })).text
})
afterEach(() => fixture[Symbol.asyncDispose]())

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

async function native(method: Method, path: string, payload?: object) {
  const headers = { authorization: `Bearer ${admin.token}` }
  const answer = await fixture.api.inject({ method, url: `/api/v1/${path}`, headers, ...(payload && { payload }) })
  expect(answer.statusCode, answer.body).toBeLessThan(300)
  return answer.body === '' ? undefined : answer.json()
}

/** As the client asks: the token bare, and a body said to be JSON where there is none. */
async function send(method: Method, path: string, payload?: string, authorization = token) {
  const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' }
  const answer = await fixture.api.inject({
    method,
    url: path,
    headers,
    ...(payload !== undefined && { payload }),
  })
  expectRateHeaders(answer.headers)
  return answer
}

async function ask(method: Method, path: string, body?: unknown, authorization = token) {
  const answer = await send(method, path, body === undefined ? undefined : JSON.stringify(body), authorization)
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers, text: answer.body }
}

function expectRateHeaders(headers: Record<string, unknown>): void {
  for (const family of ['platformratelimit', 'queryratelimit', 'dailyquota']) {
    for (const part of ['limit', 'remaining', 'reset']) {
      expect(headers[`x-${family}-${part}`], `${family}-${part}`).toMatch(/^\d+$/)
    }
  }
}

const workspaceId = async (): Promise<number> => (await ask('GET', '/v1/workspaces')).body[0].id
const config = { url: 'http://127.0.0.1:1/data?from={start}&to={end}', table: 'ads' }
const create = async (more: object = {}) => {
  const body = { name: 'Ads EU', workspaceId: await workspaceId(), dataSourceName: 'HTTP JSON', config, ...more }
  const made = await ask('POST', '/v1/data-streams', body)
  expect(made.status, made.text).toBe(200)
  return made.body
}

test('DATORAMA-32 to 34: whoever asks for whatever hears of the limits, also where nothing is', async () => {
  expect(await ask('GET', '/v1/workspaces', undefined, 'none')).toMatchObject({
    status: 401,
    body: { errors: expect.stringContaining('token') },
  })
  expect((await ask('GET', '/v1/workspaces', undefined, `Bearer ${token}`)).status).toBe(401)
  for (const path of ['/v1/nothing', '/v1', '/v1/workspaces/999', '/v1/workspaces/x', '/v1/data-streams/1']) {
    expect(await ask('GET', path)).toMatchObject({ status: 404, body: { errors: expect.any(String) } })
  }
  expect((await ask('GET', '/data-streams/api/7/mapping')).status).toBe(404)
  expect((await ask('GET', '/data-streams/other')).status).toBe(404)
  expect((await ask('GET', '/v1/nothing', undefined, 'none')).status).toBe(401)
  expect((await send('POST', '/v1/data-streams', '{"name":')).statusCode).toBe(400)
})

test('DATORAMA-38: a failure of ours says nothing of its inside, and has the headers', async () => {
  const database = new DatabaseSync(fixture.path)
  database.exec("insert into datorama_state values ('default', 'stream', 'broken', '{secret', 0)")
  database.close()
  const answer = await ask('GET', `/v1/workspaces/${await workspaceId()}/data-streams`)
  expect(answer).toMatchObject({ status: 500, body: { errors: expect.stringContaining('our side') } })
  expect(answer.text).not.toContain('secret')
})

test('a body needs no name of its type, and a wrong one does no harm', async () => {
  const payload = JSON.stringify({ name: 'Untyped', workspaceId: await workspaceId() })
  for (const type of [{}, { 'content-type': 'text/plain' }]) {
    const headers = { authorization: token, ...type }
    const answer = await fixture.api.inject({ method: 'POST', url: '/v1/data-streams', headers, payload })
    expect(answer.json()).toMatchObject({ name: 'Untyped' })
  }
})

test('DATORAMA-34 to 37: calls are counted down by minute and day, and one too many says Too Many Requests', async () => {
  const { text } = await native('POST', 'tokens', { label: 'burnt', role: 'viewer', callsPerMinuteMax: 3 })
  const remaining = async () => (await ask('GET', '/v1/workspaces', undefined, text)).headers
  expect(await remaining()).toMatchObject({
    'x-platformratelimit-limit': '3',
    'x-platformratelimit-remaining': '2',
    'x-dailyquota-limit': '100000',
    'x-dailyquota-remaining': '99999',
    'x-queryratelimit-limit': '200',
  })
  const now = Date.now()
  const headers = await remaining()
  const reset = Number(headers['x-platformratelimit-reset'])
  expect(reset).toBeGreaterThan(now)
  expect(reset).toBeLessThanOrEqual(Date.now() + 60_000)
  expect(Number(headers['x-dailyquota-reset']) % 86_400_000).toBe(0)
  expect((await ask('GET', '/v1/nothing', undefined, text)).status).toBe(404)
  const over = await ask('GET', '/v1/workspaces', undefined, text)
  expect(over).toMatchObject({ status: 429, body: { errors: 'Too Many Requests' } })
  expect(over.headers).toMatchObject({ 'x-platformratelimit-remaining': '0', 'retry-after': expect.any(String) })
  fixture.clock.ahead += 60_000
  expect((await ask('GET', '/v1/workspaces', undefined, text)).status).toBe(200)
})

test('DATORAMA-35: the words of the limit stand in no other answer, and read the same all the same', async () => {
  const { text, body } = await ask('POST', '/v1/data-streams', {
    ...{ name: 'Too Many Requests', workspaceId: await workspaceId(), note: 'Too Many Requests' },
  })
  expect(text).not.toContain('Too Many Requests')
  expect(body).toMatchObject({ name: 'Too Many Requests', note: 'Too Many Requests' })
  const refused = await ask('POST', '/v1/data-streams', { name: 'x', workspaceId: 1, config: 'Too Many Requests' })
  expect(refused.status).toBe(400)
})

test('DATORAMA-01, 02: workspaces, under numbers that stay', async () => {
  await native('POST', 'workspaces', { id: 'second', name: 'Second' })
  const { body } = await ask('GET', '/v1/workspaces')
  expect(body).toMatchObject([{ id: 1, name: 'Default', createTime: expect.any(Number), createUserId: null }])
  for (const name of ['streams', 'connection', 'jobs', 'patterns', 'get_streams'])
    expect(body[0]).not.toHaveProperty(name)
  const all = await ask('GET', '/v1/workspaces', undefined, admin.token)
  expect(all.body.map(({ id, name }: { id: number; name: string }) => [id, name])).toEqual([
    [1, 'Default'],
    [2, 'Second'],
  ])
  expect((await ask('GET', '/v1/workspaces/2', undefined, admin.token)).body).toEqual(all.body[1])
  expect((await ask('GET', '/v1/workspaces/2')).status).toBe(404)
  expect((await ask('GET', '/v1/workspaces')).body[0].id).toBe(1)
})

test('DATORAMA-03 to 05: a stream is a source of the workspace, with what was said of it kept', async () => {
  const stream = await create({ campaign: { owner: 'Ada' }, delete: true, jobs: [], id: 77, hasData: true })
  expect(stream).toMatchObject({
    id: 1,
    workspaceId: 1,
    name: 'Ads EU',
    dataSourceName: 'HTTP JSON',
    sourceDisplayName: 'HTTP JSON',
    dataSourceId: expect.any(Number),
    enabled: true,
    hasData: false,
    campaign: { owner: 'Ada' },
    config: { ...config, mapping: {} },
    createUser: admin.email,
    createUserId: 1,
    createTime: expect.any(Number),
    updateTime: expect.any(Number),
    lastUpdate: null,
  })
  for (const name of ['delete', 'jobs', 'process', 'mapping']) expect(stream).not.toHaveProperty(name)
  expect((await ask('GET', '/v1/data-streams/1')).body).toEqual(stream)
  const { items } = await native('GET', 'inputs')
  expect(items).toMatchObject([{ label: 'native' }, { label: 'Ads EU', type: 'http-json', settings: config }])

  await native('POST', 'inputs', { label: 'made here', type: 'daily' })
  const list = await ask('GET', '/v1/workspaces/1/data-streams')
  expect(list.body).toEqual([stream, expect.objectContaining({ id: 2, name: 'made here', dataSourceName: 'Daily' })])
})

test('DATORAMA-04, 43: what no stream can be is refused with the reason, and nothing is made', async () => {
  const workspace = await workspaceId()
  for (const [body, reason, status = 400] of [
    [{ workspaceId: workspace }, 'name'],
    [{ name: '', workspaceId: workspace }, 'name'],
    [{ name: 7, workspaceId: workspace }, 'name'],
    [{ name: 'x', workspaceId: 999 }, 'workspace', 404],
    [{ name: 'x', workspaceId: 'x' }, 'workspaceId'],
    [{ name: 'x', workspaceId: workspace, enabled: 'yes' }, 'enabled'],
    [{ name: 'x', workspaceId: workspace, config: { url: 'ftp://x', table: 't' } }, 'http'],
    [{ name: 'x', workspaceId: workspace, config: { url: 'http://x' } }, 'table'],
    [{ name: 'x', workspaceId: workspace, config, retrievalPeriodType: 'SOMETIMES' }, 'retrievalPeriodType'],
    [[], 'object'],
    [undefined, 'object'],
  ] as const) {
    const answer = await ask('POST', '/v1/data-streams', body)
    expect(answer, JSON.stringify(body)).toMatchObject({ status, body: { errors: expect.stringContaining(reason) } })
  }
  expect((await ask('GET', `/v1/workspaces/${workspace}/data-streams`)).body).toEqual([])
})

test('several streams may have one name', async () => {
  await create()
  const second = await create()
  expect(second.name).toBe('Ads EU')
  const { items } = await native('GET', 'inputs')
  expect(items.map(({ label }: { label: string }) => label)).toEqual(['native', 'Ads EU', 'Ads EU (2)'])
  await native('PATCH', `inputs/${items[2].id}`, { label: 'renamed here' })
  expect((await ask('GET', '/v1/data-streams/2')).body.name).toBe('renamed here')
})

test('DATORAMA-06: PUT replaces: what is left out is cleared', async () => {
  const stream = await create({ note: 'old', config: { ...config, query: { a: 'b' }, extra: 1 } })
  expect(stream.config).toMatchObject({ query: { a: 'b' }, extra: 1 })
  const { note: _, ...whole } = stream
  const changed = await ask('PUT', '/v1/data-streams/1', { ...whole, name: 'New', other: 'new', config })
  expect(changed).toMatchObject({
    status: 200,
    body: { id: 1, name: 'New', other: 'new', createTime: stream.createTime },
  })
  expect(changed.body).not.toHaveProperty('note')
  expect(changed.body.config).toEqual({ ...config, mapping: expect.anything() })
  expect((await ask('GET', '/v1/data-streams/1')).body).toEqual(changed.body)
  const bare = await ask('PUT', '/v1/data-streams/1', { name: 'Bare' })
  expect(bare.body).toMatchObject({ name: 'Bare', config, enabled: true, dataSourceName: 'HTTP JSON' })
  expect(bare.body).not.toHaveProperty('other')
  expect((await ask('PUT', '/v1/data-streams/1', { enabled: true })).status).toBe(400)
  expect((await ask('PUT', '/v1/data-streams/9', whole)).status).toBe(404)
})

test('DATORAMA-07 to 09: PATCH changes what is sent; enable, disable; DELETE answers 200 with a body', async () => {
  const stream = await create({ note: 'kept', enabled: false })
  expect(stream.enabled).toBe(false)
  const patched = await ask('PATCH', '/v1/data-streams/1', { name: 'Other', config: { table: 'other' } })
  expect(patched.body).toMatchObject({
    name: 'Other',
    note: 'kept',
    enabled: false,
    config: { ...config, table: 'other' },
  })
  expect((await ask('PATCH', '/v1/data-streams/1', { enabled: true })).body).toMatchObject({
    enabled: true,
    note: 'kept',
  })
  expect((await ask('PATCH', '/v1/data-streams/1', { enabled: false })).body.enabled).toBe(false)
  expect((await ask('PATCH', '/v1/data-streams/1', { workspaceId: 2 })).status).toBe(400)
  expect((await ask('PATCH', '/v1/data-streams/2', { enabled: true })).status).toBe(404)
  const removed = await ask('DELETE', '/v1/data-streams/1')
  expect(removed).toMatchObject({ status: 200, body: { id: 1 } })
  for (const method of ['GET', 'DELETE'] as const) expect((await ask(method, '/v1/data-streams/1')).status).toBe(404)
  expect((await create()).id).toBe(2)
})

test('a stream without what it needs is kept, and becomes a source under the same number', async () => {
  const stream = await create({ config: undefined, dataSourceName: undefined, password: 'very secret' })
  expect(stream).toMatchObject({ id: 1, dataSourceName: null, config: { mapping: {} } })
  expect(JSON.stringify(stream)).not.toContain('very secret')
  const process = { startDate: '2026-01-01', endDate: '2026-01-02' }
  expect(await ask('POST', '/v1/data-streams/1/process', process)).toMatchObject({
    status: 400,
    body: { errors: expect.stringContaining('config') },
  })
  expect((await ask('POST', '/v1/data-streams/api/1/stats', {})).body).toEqual([])
  const ready = await ask('PATCH', '/v1/data-streams/1', { dataSourceName: 'TotalConnect', config })
  expect(ready.body).toMatchObject({ id: 1, dataSourceName: 'TotalConnect', config, createTime: stream.createTime })
  expect(ready.body.password).toBe(stream.password)
  expect((await ask('POST', '/v1/data-streams/1/process', process)).status).toBe(200)
  expect((await ask('GET', '/v1/workspaces/1/data-streams')).body).toHaveLength(1)
})

test('DATORAMA-10, 15, 16, 42: a range becomes jobs of ten days at most, found at once, newest first, page by page', async () => {
  await create()
  const made = await ask('POST', '/v1/data-streams/1/process', { startDate: '2026-01-01', endDate: '2026-01-30' })
  expect(made.status, made.text).toBe(200)
  expect(
    made.body.map(({ dataStartDate, dataEndDate }: Record<string, string>) => [dataStartDate, dataEndDate]),
  ).toEqual([
    ['2026-01-01', '2026-01-10'],
    ['2026-01-11', '2026-01-20'],
    ['2026-01-21', '2026-01-30'],
  ])
  expect(made.body[0]).toMatchObject({
    id: 1,
    dataStreamId: 1,
    userId: 1,
    status: 'QUEUED',
    startExecutionTime: null,
    endExecutionTime: null,
    processLog: expect.stringMatching(/^\[20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ\] begun/),
  })
  const page = (pageSize: number, pageNumber: number) =>
    ask('POST', '/v1/data-streams/api/1/stats', { pageSize, pageNumber })
  expect((await page(100, 1)).body.map(({ id }: { id: number }) => id)).toEqual([3, 2, 1])
  expect((await page(2, 1)).body.map(({ id }: { id: number }) => id)).toEqual([3, 2])
  expect((await page(2, 2)).body.map(({ id }: { id: number }) => id)).toEqual([1])
  expect((await page(2, 3)).body).toEqual([])
  expect((await page(0, 1)).status).toBe(400)
  expect((await send('POST', '/v1/data-streams/api/1/stats')).json()).toHaveLength(3)
  expect((await ask('GET', '/v1/data-stream-stat/2')).body).toEqual(made.body[1])
  expect((await ask('GET', '/v1/data-stream-stat/9')).status).toBe(404)
})

test('DATORAMA-43: days that are none are refused', async () => {
  await create()
  for (const [startDate, endDate] of [
    ['2026-1-1', '2026-01-02'],
    ['2026-01-01 00:00', '2026-01-02'],
    ['2026-02-30', '2026-03-02'],
    ['2026-01-02', '2026-01-01'],
    ['2026-01-02', undefined],
    [20260101, 20260102],
  ]) {
    expect(await ask('POST', '/v1/data-streams/1/process', { startDate, endDate })).toMatchObject({
      status: 400,
      body: { errors: expect.any(String) },
    })
  }
})

test('DATORAMA-11: a batch is processed whole, or not at all where one of it is not there', async () => {
  await create()
  await create()
  const days = { startDate: '2026-01-01', endDate: '2026-01-02', create: false }
  expect((await ask('POST', '/v1/data-streams/process', { ...days, dataStreamIds: [1, 9] })).status).toBe(404)
  expect((await ask('POST', '/v1/data-streams/api/1/stats', {})).body).toEqual([])
  const made = await ask('POST', '/v1/data-streams/process', { ...days, dataStreamIds: [1, 2] })
  expect(made.body.map(({ dataStreamId }: { dataStreamId: number }) => dataStreamId)).toEqual([1, 2])
  expect((await ask('POST', '/v1/data-streams/process', days)).status).toBe(400)
})

test('DATORAMA-12 to 14: jobs are run again as new ones that name the old', async () => {
  await create()
  await create()
  await ask('POST', '/v1/data-streams/1/process', { startDate: '2026-01-01', endDate: '2026-01-20' })
  await ask('POST', '/v1/data-streams/2/process', { startDate: '2026-01-01', endDate: '2026-01-02' })
  for (const id of (await native('GET', 'jobs')).items.map((job: { id: string }) => job.id))
    await native('POST', `jobs/${id}/cancel`)
  expect((await ask('GET', '/v1/data-stream-stat/1')).body).toMatchObject({
    status: 'ERROR',
    endExecutionTime: expect.any(Number),
    processLog: expect.stringMatching(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\]$/),
  })
  const again = await ask('POST', '/v1/data-streams/api/1/rerun', [2])
  expect(again.body).toMatchObject([
    { status: 'QUEUED', dataStartDate: '2026-01-11', dataEndDate: '2026-01-20', rerunOf: 2 },
  ])
  expect(again.body[0].id).not.toBe(2)
  expect((await ask('POST', '/v1/data-streams/api/1/rerun', [3])).status).toBe(404)
  expect((await ask('POST', '/v1/data-streams/api/1/rerun', [99])).status).toBe(404)
  for (const body of [[], {}, 'x', undefined]) {
    expect((await ask('POST', '/v1/data-streams/api/1/rerun', body)).status).toBe(400)
  }
  const all = await send('POST', '/v1/data-streams/api/1/rerun-all')
  expect(all.statusCode, all.body).toBe(200)
  expect(all.json()).toMatchObject([{ dataStartDate: '2026-01-01' }])
})

test('DATORAMA-Q3: a body that is JSON of a text is read as what the text says', async () => {
  const body = JSON.stringify({ name: 'Twice', workspaceId: await workspaceId() })
  expect((await send('POST', '/v1/data-streams', JSON.stringify(body))).json()).toMatchObject({ name: 'Twice' })
})

test('a token may what its role may, in its workspace alone', async () => {
  await create()
  const { text } = await native('POST', 'tokens', { label: 'reader', role: 'viewer' })
  expect((await ask('GET', '/v1/data-streams/1', undefined, text)).status).toBe(200)
  expect(await ask('PATCH', '/v1/data-streams/1', { name: 'x' }, text)).toMatchObject({
    status: 403,
    body: { errors: expect.stringContaining('viewer') },
  })
  await native('POST', 'workspaces', { id: 'second', name: 'Second' })
  const other = await native('POST', 'tokens?workspace=second', { label: 'other', role: 'admin' })
  expect((await ask('GET', '/v1/data-streams/1', undefined, other.text)).status).toBe(404)
})

test('DATORAMA-08: a period of retrieval is a schedule of the source', async () => {
  await create({ retrievalPeriodType: 'DAILY', retrievalPeriodHour: 5 })
  const schedule = async () => (await native('GET', 'sources')).items[0].schedule
  expect(await schedule()).toMatchObject({ cron: '0 5 * * *', timeZone: 'UTC' })
  const { body } = await ask('GET', '/v1/data-streams/1')
  expect(body).toMatchObject({ retrievalPeriodType: 'DAILY', retrievalPeriodHour: 5 })
  await ask('PUT', '/v1/data-streams/1', { ...body, retrievalPeriodType: null })
  expect(await schedule()).toBeNull()
})
