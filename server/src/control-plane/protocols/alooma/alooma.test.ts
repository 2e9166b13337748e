import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

async function ask(method: Method, path: string, body?: unknown, headers: Record<string, string> = byKey) {
  const isJson = body !== undefined
  const answer = await fixture.api.inject({
    method,
    url: path,
    headers: { ...headers, ...(isJson && { 'content-type': 'application/json' }) },
    ...(isJson && { payload: JSON.stringify(body) }),
  })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json(), headers: answer.headers }
}

const byToken = { authorization: `Bearer ${admin.token}` }
const byKey = { authorization: `API ${admin.token}` }
const wrong = { email: admin.email, password: 'not the password' }
const right = { email: admin.email, password: admin.password }

interface Node {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly category: string
  readonly configuration: Record<string, unknown>
  readonly stats: Record<string, unknown>
}

const nodes = async (): Promise<Node[]> => (await ask('GET', '/rest/plumbing?resolution=1min')).body.nodes
const named = async (name: string) => (await nodes()).filter((node) => node.name === name)

test('ALOOMA-01 to 03, 05: a session by password, in one’s own workspace alone', async () => {
  expect(await ask('GET', '/rest/repository', undefined, {})).toMatchObject({
    status: 401,
    body: { code: 'unauthenticated' },
  })
  expect((await ask('POST', '/rest/login', wrong, {})).status).toBe(401)
  const login = await ask('POST', '/rest/login', right, {})
  expect(login.status).toBe(200)
  const cookie = String(login.headers['set-cookie'])
  expect(cookie).toContain('Path=/')
  expect(cookie).not.toContain('Secure')
  const session = { cookie: cookie.split(';')[0]! }
  for (const root of ['/rest', '/default/rest']) {
    expect(await ask('GET', `${root}/repository`, undefined, session)).toMatchObject({
      status: 200,
      body: { config_clientName: 'default' },
    })
  }
  expect((await ask('GET', '/elsewhere/rest/repository', undefined, session)).status).toBe(401)
  expect((await ask('POST', '/elsewhere/rest/login', right, {})).status).toBe(401)
})

test('a user whose only workspace is another one is at home there', async () => {
  await ask('POST', '/api/v1/workspaces', { id: 'acme', name: 'Acme' }, byToken)
  const invite = { email: 'user@example.com', role: 'editor' }
  const { body } = await ask('POST', '/api/v1/users?workspace=acme', invite, byToken)
  const login = await ask('POST', '/rest/login', { email: invite.email, password: body.password }, {})
  expect(login).toMatchObject({ status: 200, body: { account: 'acme' } })
  const cookie = String(login.headers['set-cookie']).split(';')[0]!
  expect((await ask('GET', '/rest/repository', undefined, { cookie })).body).toMatchObject({
    config_clientName: 'acme',
  })
  expect((await ask('GET', '/default/rest/repository', undefined, { cookie })).status).toBe(401)
})

test('a session lasts while something is asked within a week, the console’s does not open this door, nor this one the console', async () => {
  const { headers } = await ask('POST', '/rest/login', right, {})
  const cookie = String(headers['set-cookie']).split(';')[0]!
  fixture.clock.ahead = 6 * 24 * 3_600_000
  expect((await ask('GET', '/rest/repository', undefined, { cookie })).status).toBe(200)
  const own = await fixture.api.inject({ url: '/api/v1/session', headers: { cookie } })
  expect(own.statusCode).toBe(401)
  const console = await ask('POST', '/api/v1/session', right, {})
  const other = String(console.headers['set-cookie']).split(';')[0]!
  expect((await ask('GET', '/rest/repository', undefined, { cookie: other })).status).toBe(401)
})

test('a page of another site changes nothing', async () => {
  const { headers } = await ask('POST', '/rest/login', right, {})
  const cookie = String(headers['set-cookie']).split(';')[0]!
  const foreign = { cookie, 'sec-fetch-site': 'cross-site' }
  expect((await ask('DELETE', '/rest/plumbing/purge/restream', undefined, foreign)).status).toBe(403)
})

test('G-9, ALOOMA-11: a body without a Content-Type is read, and none under the name of JSON is none', async () => {
  const post = (url: string, payload: string, type?: string) =>
    fixture.api.inject({ method: 'POST', url, payload, headers: { ...byKey, ...(type && { 'content-type': type }) } })
  expect((await post('/rest/login', JSON.stringify(right))).statusCode).toBe(200)
  expect((await post('/rest/plumbing/nodes/remove/none', '', 'application/json')).json()).toMatchObject({ status: 404 })
  expect((await post('/rest/login', '{')).json()).toMatchObject({ status: 400, code: 'invalid_json' })
  expect((await post('/rest/login', '', 'application/json')).statusCode).toBe(400)
  expect((await post('/rest/login', 'a=b', 'application/x-www-form-urlencoded')).statusCode).toBe(415)
})

test('ALOOMA-06: one node of each kind that there is one of, with what the client reads of it', async () => {
  const all = await nodes()
  const types = all.map(({ type }) => type)
  expect(types.filter((type) => ['RESTREAM', 'TRANSFORMER', 'MAPPER', 'REDSHIFT'].includes(type)).sort()).toEqual([
    'MAPPER',
    'REDSHIFT',
    'RESTREAM',
    'TRANSFORMER',
  ])
  for (const node of all) {
    expect(node).toMatchObject({ id: expect.any(String), name: expect.any(String), deleted: false })
    expect(node.stats).toHaveProperty('throughput')
  }
  expect((await named('Restream'))[0]).toMatchObject({
    category: 'INPUT',
    stats: { availbleForRestream: 1, currentQueueSize: 11, maxQueueSize: 1000 },
  })
})

test('ALOOMA-08, 10, 11, 69: an input of our own is made, changed, paused and removed', async () => {
  const draft = { name: 'orders', type: 'RESTAPI', configuration: { auto_map: 'true' } }
  expect((await ask('POST', '/rest/plumbing/inputs', draft)).status).toBe(200)
  const [node] = await named('orders')
  expect(node).toMatchObject({
    type: 'RESTAPI',
    category: 'INPUT',
    configuration: { auto_map: 'true' },
    state: 'RUNNING',
  })
  expect((await ask('POST', '/rest/plumbing/inputs', draft)).status).toBe(409)
  const renamed = await ask('PUT', `/rest/inputs/${node!.id}`, { id: node!.id, name: 'orders 2' })
  expect(renamed).toMatchObject({ status: 200, body: { name: 'orders 2', configuration: { auto_map: 'true' } } })
  expect((await ask('PUT', `/rest/inputs/${node!.id}/pause?pause=true`)).body).toMatchObject({ paused: true })
  expect((await ask('PUT', `/rest/inputs/${node!.id}/pause?pause=false`)).body).toMatchObject({ paused: false })
  expect((await ask('POST', `/rest/plumbing/nodes/remove/${node!.id}`)).status).toBe(200)
  expect(await named('orders 2')).toEqual([])
  expect((await ask('POST', `/rest/plumbing/nodes/remove/${node!.id}`)).status).toBe(404)
})

test('ALOOMA-72: an input of a type that nothing here runs is kept byte for byte, its secrets masked, and stands still', async () => {
  const configuration = {
    awsAccessKeyId: 'AKIA1',
    awsSecretAccessKey: 'very secret',
    awsBucketName: 'bucket',
    fileFormat: '{"type": "delimited", "delimiter": ","}',
    tables: '{"orders":"xmin::text::bigint"}',
    ssh: '{"server":"h","password":"very secret"}',
    auto_map: 'true',
  }
  await ask('POST', '/rest/inputs?validate=false', { name: 's3', type: 'S3', configuration })
  const [node] = await named('s3')
  expect(node).toMatchObject({ type: 'S3', state: 'NOT_RUNNING', validated: false })
  expect(node!.configuration).toEqual({
    ...configuration,
    awsSecretAccessKey: '********',
    ssh: '{"server":"h","password":"********"}',
  })
  await ask('PUT', `/rest/inputs/${node!.id}`, {
    ...node,
    configuration: { ...node!.configuration, awsBucketName: 'b2' },
  })
  expect((await named('s3'))[0]!.configuration['awsBucketName']).toBe('b2')
  const bytes = [fixture.path, `${fixture.path}-wal`].map((path) => readFileSync(path).toString('latin1')).join()
  expect(bytes).toContain('AKIA1')
  expect(bytes).not.toContain('very secret')
  const inputs = (await ask('GET', '/rest/inputs')).body
  expect(Object.keys(inputs)).toEqual(expect.arrayContaining([node!.id, 'restream']))
  expect((await ask('GET', `/rest/inputs/${node!.id}`)).body).toMatchObject({ name: 's3' })
})

test('inputs that need consent, webhooks and SDKs cannot be made', async () => {
  for (const type of ['SALESFORCE', 'WEBHOOK', 'IOS_SDK', 'MADE UP']) {
    const answer = await ask('POST', '/rest/plumbing/inputs', { name: 'x', type, configuration: {} })
    expect(answer, type).toMatchObject({ status: 400 })
  }
})

test('ALOOMA-68: the sleep time of an input is a number', async () => {
  await ask('POST', '/rest/plumbing/inputs', { name: 'm', type: 'MIXPANEL', configuration: {} })
  const [{ id } = { id: '' }] = await named('m')
  expect((await ask('GET', `/rest/inputSleepTime/${id}`)).body).toEqual({ inputSleepTime: 60 })
  expect((await ask('PUT', `/rest/inputSleepTime/${id}`, 90)).status).toBe(200)
  expect((await ask('GET', `/rest/inputSleepTime/${id}`)).body).toEqual({ inputSleepTime: 90 })
  expect((await ask('PUT', `/rest/inputSleepTime/${id}`, 'soon')).status).toBe(400)
  expect((await ask('GET', '/rest/inputSleepTime/none')).status).toBe(404)
})

test('ALOOMA-68: that of a source is how often it runs, in whole minutes', async () => {
  const made = await ask('POST', '/api/v1/inputs', { label: 'by the hour', type: 'hourly' }, byToken)
  const id = made.body.input.id
  const source = async () => (await ask('GET', `/api/v1/sources/${id}`, undefined, byToken)).body
  expect((await ask('GET', `/rest/inputSleepTime/${id}`)).body).toEqual({ inputSleepTime: 60 })
  expect(await source()).toMatchObject({ schedule: null })
  expect((await ask('PUT', `/rest/inputSleepTime/${id}`, 90)).status).toBe(200)
  expect(await source()).toMatchObject({ schedule: { everyMinutes: 2 } })
  expect((await ask('GET', `/rest/inputSleepTime/${id}`)).body).toEqual({ inputSleepTime: 90 })
  const hourly = { schedule: { everyMinutes: 60 } }
  expect((await ask('PUT', `/api/v1/sources/${id}/schedule`, hourly, byToken)).status).toBe(200)
  expect((await ask('GET', `/rest/inputSleepTime/${id}`)).body).toEqual({ inputSleepTime: 3600 })
  expect((await ask('PUT', `/rest/inputSleepTime/${id}`, 1e9)).status).toBe(400)
  expect(await source()).toMatchObject(hourly)
})

test('ALOOMA-53, 54: the destination is one node under a warehouse’s name; its configuration is kept, secrets masked', async () => {
  const [output] = (await ask('GET', '/rest/plumbing/outputs')).body
  expect(output).toMatchObject({
    type: 'REDSHIFT',
    name: 'Redshift',
    state: 'RUNNING',
    configuration: { sinkType: 'REDSHIFT' },
  })
  const configuration = {
    hostname: 'h',
    port: 5439,
    password: 'very secret',
    skipValidation: false,
    sinkType: 'REDSHIFT',
  }
  const change = {
    configuration,
    category: 'OUTPUT',
    id: output.id,
    name: 'Redshift',
    type: 'REDSHIFT',
    deleted: false,
  }
  expect(await ask('PUT', `/rest/plumbing/nodes/${output.id}`, change)).toMatchObject({
    status: 200,
    body: {
      configuration: { hostname: 'h', password: '********' },
      stateReason: expect.stringContaining('moves nothing'),
    },
  })
  expect((await ask('GET', '/rest/plumbing/outputs')).body[0].configuration).toMatchObject({
    hostname: 'h',
    port: 5439,
  })
  const otherSink = { ...change, configuration: { ...configuration, sinkType: 'BIGQUERY' } }
  expect((await ask('PUT', `/rest/plumbing/nodes/${output.id}`, otherSink)).status).toBe(400)
  const other = { ...change, type: 'MEMSQL' }
  expect((await ask('PUT', `/rest/plumbing/nodes/${output.id}`, other)).status).toBe(400)
})

test('ALOOMA-47 to 49: the restream queue is streamed, stopped, emptied', async () => {
  const streaming = (value: string) => ({
    id: 'restream',
    type: 'RESTREAM',
    configuration: { streaming: value },
    state: null,
  })
  expect((await ask('PUT', '/rest/plumbing/nodes/restream', streaming('true'))).status).toBe(200)
  expect((await ask('PUT', '/rest/plumbing/nodes/restream', streaming('false'))).status).toBe(200)
  expect((await ask('PUT', '/rest/plumbing/nodes/restream', streaming('perhaps'))).status).toBe(400)
  expect((await ask('DELETE', '/rest/plumbing/purge/restream')).status).toBe(200)
  expect(fixture.asked.map(({ method }) => method).filter((method) => method.startsWith('restream'))).toEqual([
    'restream.startRun',
    'restream.stopRun',
    'restream.purge',
  ])
})

test('ALOOMA-61 to 67: users, settings, the whole configuration without a secret', async () => {
  for (const path of ['/rest/users', '/rest/user']) {
    expect((await ask('GET', path)).body).toMatchObject([{ email: admin.email }])
  }
  expect((await ask('POST', '/rest/user', { email: 'New@example.com' })).body).toMatchObject({
    email: 'new@example.com',
  })
  expect((await ask('POST', '/rest/user', { email: 'new@example.com' })).status).toBe(409)
  expect((await ask('POST', '/rest/user', { email: 'no address' })).status).toBe(400)

  const retention = { awsBucketName: 'raw', filePrefix: 'a/', awsAccessKeyId: 'k', awsSecretAccessKey: 'very secret' }
  expect((await ask('DELETE', '/rest/settings/s3-retention')).status).toBe(200)
  expect((await ask('POST', '/rest/settings/s3-retention', retention)).status).toBe(200)
  const archive = () => ask('GET', '/api/v1/archive', undefined, byToken)
  const target = { kind: 's3', bucket: 'raw', prefix: 'a/', accessKeyId: 'k', serverSideEncryption: true }
  expect((await archive()).body).toMatchObject({ target })
  const masked = { ...retention, awsSecretAccessKey: '********', filePrefix: null, serverSideEncryption: false }
  expect((await ask('POST', '/rest/settings/s3-retention', masked)).status).toBe(200)
  expect((await archive()).body).toMatchObject({ target: { prefix: '', serverSideEncryption: false } })
  const wrongBucket = { ...retention, awsBucketName: 'a/b' }
  expect((await ask('POST', '/rest/settings/s3-retention', wrongBucket)).status).toBe(400)
  const mails = { digestFrequency: 'HOURLY', recipients: ['a@example.com'], digestInfo: false }
  expect((await ask('POST', '/rest/settings/email-notifications', mails)).status).toBe(200)
  expect((await ask('POST', '/rest/settings/email-notifications', { digestFrequency: 'NEVER' })).status).toBe(400)
  const channels = async () => (await ask('GET', '/api/v1/notification-channels', undefined, byToken)).body.items
  expect(await channels()).toMatchObject([
    { target: { kind: 'email', to: ['a@example.com'] }, severityMin: 'warning', digest: 'hourly' },
  ])
  expect((await ask('GET', '/rest/settings')).body).toMatchObject({
    emailNotifications: mails,
    s3Retention: { awsBucketName: 'raw', awsSecretAccessKey: '********', isRunning: expect.any(Boolean) },
  })
  const config = await ask('GET', '/rest/config/export')
  expect(config.status).toBe(200)
  expect(JSON.stringify(config.body)).not.toContain('very secret')
  expect(config.body.millrace).toMatchObject({
    format: 1,
    notificationChannels: [{ target: { to: ['a@example.com'] } }],
  })
  await ask('POST', '/rest/settings/email-notifications', { recipients: [] })
  expect(await channels()).toEqual([])
  expect((await ask('GET', '/rest/deployInfo')).body).toMatchObject({ deploymentName: 'default' })
})

test('a role may do here what it may do elsewhere', async () => {
  const { body } = await ask(
    'POST',
    '/api/v1/tokens',
    { label: 'v', role: 'viewer' },
    {
      authorization: `Bearer ${admin.token}`,
    },
  )
  const viewer = { authorization: `API ${body.text}` }
  expect((await ask('GET', '/rest/plumbing', undefined, viewer)).status).toBe(200)
  expect((await ask('DELETE', '/rest/plumbing/purge/restream', undefined, viewer)).status).toBe(403)
  expect((await ask('PUT', '/rest/plumbing/nodes/output', { configuration: {} }, viewer)).status).toBe(403)
  expect((await ask('GET', '/rest/samples', undefined, viewer)).status).toBe(403)
})
