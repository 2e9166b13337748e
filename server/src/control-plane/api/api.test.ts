import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../fixture.ts'
import type { Api } from './app.ts'
import { cookieOf } from './authentication.ts'
import { requirePermissions } from './permissions-of-routes.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await openFixture()
})
afterAll(() => fixture[Symbol.asyncDispose]())

const headers = { authorization: `Bearer ${admin.token}` }
const get = (url: string) => fixture.api.inject({ url: `/api/v1/${url}`, headers })
const post = (url: string, payload: object) =>
  fixture.api.inject({ method: 'POST', url: `/api/v1/${url}`, headers, payload })

test('a route that names no permission keeps the API from starting', () => {
  const app = fastify() as unknown as Api
  requirePermissions(app)
  expect(() => app.get('/open', () => 'sesame')).toThrow('The route GET /open declares no permission')
})

test('every answer carries the security headers, failures too', async () => {
  for (const url of ['inputs', 'nothing', '%zz', 'inputs?limit=x']) {
    expect((await get(url)).headers, url).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      'x-request-id': expect.any(String),
    })
  }
})

test('a failure is a problem with the id under which the log tells of it', async () => {
  const answer = await get('inputs/none')
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(answer.json()).toMatchObject({
    status: 404,
    code: 'not_found',
    title: 'Not found',
    detail: 'There is no such input',
    requestId: answer.headers['x-request-id'],
  })
})

test('a path that nobody serves, and a method that a path does not know', async () => {
  expect((await get('nothing')).statusCode).toBe(404)
  const answer = await fixture.api.inject({ method: 'PUT', url: '/api/v1/inputs', headers })
  expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET, POST'])
})

test('a body that is too large or nested to blow the stack is refused', async () => {
  expect((await post('query', { sql: 'x'.repeat(1_100_000) })).json()).toMatchObject({ code: 'request_too_large' })
  const nested = `{"sql": "select 1", "parameters": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`
  const json = { ...headers, 'content-type': 'application/json' }
  const answer = await fixture.api.inject({ method: 'POST', url: '/api/v1/query', headers: json, payload: nested })
  expect(answer.statusCode).toBe(400)
})

test('liveness, and readiness per dependency', async () => {
  const ask = (url: string) => fixture.api.inject(url)
  expect((await ask('/healthz')).json()).toEqual({ status: 'ok', isolation: 'full' })
  expect((await ask('/readyz')).json()).toEqual({ isReady: true, dependencies: { log: 'ready' } })
  fixture.readiness['log'] = 'the disk is full'
  const notReady = await ask('/readyz')
  expect([notReady.statusCode, notReady.json().dependencies]).toEqual([503, { log: 'the disk is full' }])
  fixture.readiness['log'] = 'ready'
})

describe('metrics', () => {
  const scrape = async (token?: string, url = '/metrics') => {
    const authorized = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const { statusCode, body, headers: answered } = await fixture.api.inject({ url, headers: authorized })
    return { status: statusCode, body, type: answered['content-type'] }
  }

  test('are for nobody who shows nothing', async () => {
    expect((await scrape()).status).toBe(401)
    expect((await scrape('fixed-metrics-token-2')).status).toBe(401)
    expect((await scrape('')).status).toBe(401)
  })

  test('of all workspaces are for who shows the token for them, which opens nothing else', async () => {
    const body = 'metrics of all\n'
    expect(await scrape('fixed-metrics-token-1')).toEqual({ status: 200, body, type: 'text/plain; version=0.0.4' })
    expect((await scrape('fixed-metrics-token-1', '/metrics?workspace=default')).body).toBe('metrics of default\n')
    expect((await scrape('fixed-metrics-token-1', '/api/v1/status')).status).toBe(401)
    expect((await scrape(admin.token)).body).toBe(body)
  })

  test('of one workspace are for who may read its status, and show no other', async () => {
    await post('workspaces', { id: 'other', name: 'Other' })
    for (const workspace of ['default', 'other']) {
      const made = await post(`tokens?workspace=${workspace}`, { label: 'prometheus', role: 'viewer' })
      const { text } = made.json()
      expect((await scrape(text)).body).toBe(`metrics of ${workspace}\n`)
      expect((await scrape(text, `/metrics?workspace=${workspace}`)).body).toBe(`metrics of ${workspace}\n`)
      expect((await scrape(text, `/metrics?workspace=${workspace === 'other' ? 'default' : 'other'}`)).status).toBe(404)
    }
  })
})

describe('lists', () => {
  beforeAll(async () => {
    for (let index = 0; index < 5; index++) await post('inputs', { label: `input ${index}`, type: 'native' })
  })

  test('are told page by page, each item once', async () => {
    const labels: string[] = []
    let cursor: string | null = ''
    let pages = 0
    while (cursor !== null) {
      const answer = await get(`inputs?limit=2${cursor && `&cursor=${cursor}`}`)
      const { items, nextCursor }: { items: { label: string }[]; nextCursor: string | null } = answer.json()
      labels.push(...items.map(({ label }) => label))
      cursor = nextCursor
      pages++
    }
    expect(labels).toEqual(['native', 'input 0', 'input 1', 'input 2', 'input 3', 'input 4'])
    expect(pages).toBe(4)
  })

  test('take no limit out of range and no cursor of another list', async () => {
    for (const limit of ['0', '1001', '1e9', '-1', '1.5', 'x', '']) {
      expect((await get(`inputs?limit=${limit}`)).json(), limit).toMatchObject({
        status: 400,
        errors: [{ field: 'limit' }],
      })
    }
    const { nextCursor } = (await get('inputs?limit=1')).json()
    for (const url of [`audit?cursor=${nextCursor}`, `tokens?cursor=${nextCursor}`, 'inputs?cursor=bm9uZQ.bm9uZQ']) {
      expect((await get(url)).json(), url).toMatchObject({ status: 400, code: 'invalid_request' })
    }
    for (const url of ['inputs?what=1', 'inputs?workspace=a&workspace=b']) expect((await get(url)).statusCode).toBe(400)
  })

  test('of the audit tell who did what, newest first', async () => {
    const { items } = (await get('audit?limit=1')).json()
    expect(items).toMatchObject([
      {
        action: 'input.created',
        detail: { label: 'input 4', type: 'native' },
        ip: '127.0.0.1',
        requestId: expect.any(String),
      },
    ])
  })
})

describe('inputs', () => {
  test('have a label of their own in the workspace', async () => {
    const made = (await post('inputs', { label: 'once', type: 'native' })).json()
    expect((await post('inputs', { label: 'once', type: 'native' })).statusCode).toBe(409)
    const other = (await post('inputs', { label: 'twice', type: 'native' })).json()
    const rename = (id: string, label: string) =>
      fixture.api.inject({ method: 'PATCH', url: `/api/v1/inputs/${id}`, headers, payload: { label } })
    expect((await rename(other.input.id, 'once')).statusCode).toBe(409)
    expect((await rename(made.input.id, 'once')).statusCode).toBe(200)
    await post('workspaces', { id: 'elsewhere', name: 'Elsewhere' })
    expect((await post('inputs?workspace=elsewhere', { label: 'once', type: 'native' })).statusCode).toBe(201)
  })

  test.each([' a', 'a ', 'a\nb', '', 'x'.repeat(129), '\ud800'])('take no label like %j', async (label) => {
    expect((await post('inputs', { label, type: 'native' })).json()).toMatchObject({ errors: [{ field: 'label' }] })
  })

  test.each([
    "'; drop table inputs; --",
    '<svg onload=alert(1)>',
    '../../etc/passwd',
    '__proto__',
    'ﷺ',
    '👩‍👩‍👧',
    '=cmd()',
  ])('give a label like %j back as it is', async (label) => {
    const { input } = (await post('inputs', { label, type: 'webhook' })).json()
    expect((await get(`inputs/${input.id}`)).json().label).toBe(label)
  })
})

describe('restream', () => {
  test('lists without contents, and tells one entry with them', async () => {
    const { items, nextCursor } = (await get('restream?limit=1&code=number_range')).json()
    expect(items).toMatchObject([{ offset: '41', code: 'number_range', restreamCount: 0 }])
    expect(items[0]).not.toHaveProperty('raw')
    expect((await get(`restream?limit=1&code=number_range&cursor=${nextCursor}`)).json().items).toEqual([])
    expect((await get('restream/41')).json().raw).toEqual({ encoding: 'utf8', data: '{"n":1e400}' })
    for (const offset of ['9223372036854775808', '-1', 'x', '1'.repeat(20)]) {
      expect((await get(`restream/${offset}`)).statusCode, offset).toBe(400)
    }
    expect((await get('restream/42')).statusCode).toBe(404)
  })

  test('tells clusters and runs', async () => {
    const { items, nextCursor } = (await get('restream/clusters?limit=1')).json()
    expect(items).toMatchObject([
      { count: 1, examples: ['41'], timeline: [{ hour: '2023-11-14T22:00:00.000Z', count: 1 }] },
    ])
    expect((await get(`restream/clusters?limit=1&cursor=${nextCursor}`)).json().items).toEqual([])
    const { fingerprint } = items[0]
    expect((await get(`restream/clusters/${fingerprint}`)).json()).toEqual(items[0])
    expect((await get('restream/clusters/0000000000000000')).statusCode).toBe(404)
    expect((await get('restream/clusters/x')).statusCode).toBe(400)
    expect((await get('restream/runs?limit=1')).json().items).toMatchObject([{ id: '1', state: 'RUNNING' }])
    expect((await get('restream/runs/2')).statusCode).toBe(404)
    expect((await post('restream/runs/1/stop', {})).json()).toMatchObject({ state: 'STOPPED' })
  })

  test('sends by filter, and throws away only what is confirmed by its number', async () => {
    const started = (await post('restream/runs', { code: 'number_range', eventsPerSecondMax: 5 })).json()
    expect(started).toMatchObject({ id: '1', filter: { code: 'number_range' }, eventsPerSecondMax: 5, endedAt: null })
    const startRun = {
      method: 'restream.startRun',
      workspace: 'default',
      argument: { filter: { code: 'number_range' }, limits: { eventsPerSecondMax: 5 } },
    }
    expect(fixture.asked.at(-1)).toEqual(startRun)
    for (const confirm of [undefined, 0, 2]) {
      const refused = await post('restream/purge', { confirm })
      expect(refused.statusCode).toBe(409)
      expect(refused.json()).toMatchObject({ code: 'unconfirmed', errors: [{ field: 'confirm', message: '1' }] })
    }
    expect((await post('restream/purge', { confirm: true })).statusCode).toBe(400)
    expect(fixture.asked.at(-1)).toEqual(startRun)
    expect((await post('restream/purge', { confirm: 1 })).json()).toEqual({ events: 1 })
    expect(fixture.asked.at(-1)).toMatchObject({ method: 'restream.purge', argument: { filter: {}, end: 42n } })
  })
})

test('of two who change what they both read, the second learns that the first was quicker', async () => {
  const { input } = (await post('inputs', { label: 'contended', type: 'native' })).json()
  const { user } = (await post('users', { email: 'contended@localhost', role: 'viewer' })).json()
  const contended: [url: string, changes: [object, object]][] = [
    [`inputs/${input.id}`, [{ label: 'first' }, { label: 'second' }]],
    [`users/${user.id}`, [{ role: 'editor' }, { role: 'analyst' }]],
    ['workspaces/default', [{ name: 'first' }, { name: 'second' }]],
  ]
  for (const [url, [first, second]] of contended) {
    const tag = String((await get(url)).headers['etag'])
    const change = (payload: object, tag: string) =>
      fixture.api.inject({ method: 'PATCH', url: `/api/v1/${url}`, headers: { ...headers, 'if-match': tag }, payload })
    const quicker = await change(first, tag)
    expect(quicker.statusCode, quicker.body).toBe(200)
    expect((await change(second, tag)).json(), url).toMatchObject({ status: 412, code: 'precondition_failed' })
    expect((await change(second, String(quicker.headers['etag']))).statusCode).toBe(200)
    expect((await change(first, '*')).statusCode).toBe(200)
  }
})

test('a query reaches the destination with its limits', async () => {
  const answer = await post('query', { sql: 'select ?', parameters: [1], limit: 7 })
  expect(answer.json()).toEqual({ columns: [{ name: 'one', type: 'INTEGER' }], rows: [[1]], truncated: false })
  const argument = { sql: 'select ?', parameters: [1], rowsMax: 7, timeoutMs: 30_000 }
  expect(fixture.asked.at(-1)).toEqual({ method: 'query', workspace: 'default', argument })
})

test('the status says how far behind, and whether the books balance', async () => {
  expect((await get('status')).json().partitions).toMatchObject([{ position: '42', lagEvents: 8, isBalanced: true }])
  expect((await get('verify')).json()).toMatchObject({ isBalanced: true, findings: [{ what: 'loaded' }] })
})

test('a cookie is found among others by its whole name', () => {
  expect(cookieOf('a=1; mlr=x=y; b=2', 'mlr')).toBe('x=y')
  expect(cookieOf('xmlr=1', 'mlr')).toBeUndefined()
  expect(cookieOf(undefined, 'mlr')).toBeUndefined()
})

test('the audit is verified by an administrator of the installation, against a head that was kept', async () => {
  const first = (await get('audit/verification')).json()
  expect(first).toMatchObject({ isIntact: true, broken: null, hasKnownHead: null })
  await post('inputs', { label: 'audited', type: 'native' })
  const later = (await get(`audit/verification?head=${first.head}`)).json()
  expect(later).toMatchObject({ isIntact: true, rowCount: first.rowCount + 1, hasKnownHead: true })
  const [sequence, hash] = later.head.split(':')
  const ahead = (await get(`audit/verification?head=${Number(sequence) + 1}:${hash}`)).json()
  expect(ahead).toMatchObject({ isIntact: false, hasKnownHead: false })
  expect((await get('audit/verification?head=1')).statusCode).toBe(400)
  const owner = (await post('tokens', { label: 'owner', role: 'owner' })).json().text
  const refused = await fixture.api.inject({
    url: '/api/v1/audit/verification',
    headers: { authorization: `Bearer ${owner}` },
  })
  expect(refused.statusCode).toBe(403)
})
