/** The three older protocols through a whole server: what is sent by the wire is in the right table, with the right values. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Credentials, openTestServer, type TestServer } from './running-server.ts'

let server: TestServer
let credentials: Credentials

beforeAll(async () => {
  server = await openTestServer()
  credentials = await server.makeCredentials()
})
afterAll(() => server.close())

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const answer = await fetch(server.url + path, { method: 'POST', headers, body })
  return { status: answer.status, text: await answer.text() }
}

describe('the fixture', () => {
  it('prints the credentials of each client, and new ones beside those when it is run again', async () => {
    const names = ['PANOPLY_APIKEY', 'PANOPLY_APISECRET', 'IS_ACCESS_KEY', 'IS_ACCESS_KEY_2', 'ATOM_AUTH_KEY']
    const manager = ['ALOOMA_USERNAME', 'ALOOMA_PASSWORD', 'ALOOMA_ACCOUNT']
    const tokens = ['DATORAMA_TOKEN', 'DATORAMA_TOKEN_BURN', 'DATORAMA_WORKSPACE']
    expect(Object.keys(credentials)).toEqual([...names, ...manager, ...tokens])
    const again = await server.makeCredentials()
    expect(Object.keys(again)).toEqual([...names, ...manager, ...tokens])
    const { ALOOMA_ACCOUNT: account, DATORAMA_WORKSPACE: workspace, ...secrets } = credentials
    const { ALOOMA_ACCOUNT: accountAgain, DATORAMA_WORKSPACE: workspaceAgain, ...secretsAgain } = again
    expect(workspaceAgain).toBe(workspace)
    expect([account, accountAgain]).toEqual(['default', 'default'])
    expect(new Set([...Object.values(secrets), ...Object.values(secretsAgain)]).size).toBe(18)
    const users = (await server.ask('users')) as { items: { email: string; role: string }[] }
    expect(users.items.slice(1)).toMatchObject([
      { email: again.ALOOMA_USERNAME, role: 'admin' },
      { email: expect.stringContaining('fixture.datorama'), role: 'editor' },
    ])
    const { items } = (await server.ask('inputs')) as { items: { label: string }[] }
    expect(items.filter(({ label }) => label.startsWith('fixture'))).toHaveLength(4)
  })
})

describe('Atom', () => {
  const sign = (data: string) => createHmac('sha256', credentials.ATOM_AUTH_KEY).update(data).digest('hex')
  const envelope = (table: string, data: string, more: object = {}) =>
    JSON.stringify({ table, data, auth: sign(data), ...more })

  it('loads events sent one by one, in bulk, by POST and by GET', async () => {
    expect(await post('/', envelope('cluster.public.atom_one', '{"id": 1, "name": "ü"}'))).toEqual({
      status: 200,
      text: '{"Status":"OK"}',
    })
    const get = Buffer.from(envelope('atom_one', '{"id":2}')).toString('base64')
    expect((await fetch(`${server.url}/?data=${encodeURIComponent(get)}`)).status).toBe(200)
    const bulk = JSON.stringify(['{"id":3,"deep":{"a":true}}', { id: 4 }])
    for (let times = 0; times < 2; times++)
      expect((await post('/bulk', envelope('atom_one', bulk, { bulk: true }))).status).toBe(200)
    await server.settled()
    expect(await server.rowsOf('SELECT id, name, deep_a FROM atom_one ORDER BY id', 4)).toEqual([
      { id: 1, name: 'ü', deep_a: null },
      { id: 2, name: null, deep_a: null },
      { id: 3, name: null, deep_a: true },
      { id: 4, name: null, deep_a: null },
    ])
  })

  it('stores nothing of what is not signed', async () => {
    const data = '{"id":1}'
    for (const body of [
      { table: 'atom_no', data },
      { table: 'atom_no', data, auth: sign('{}') },
    ]) {
      const { status, text } = await post('/atom/', JSON.stringify(body))
      expect([status, JSON.parse(text)]).toEqual([401, { 'Target Stream': 'Permission denied' }])
    }
    await server.settled()
    const { items } = (await server.ask('event-types')) as { items: { name: string }[] }
    expect(items.map(({ name }) => name)).not.toContain('atom_no')
  })

  it('leaves GET / without data to others', async () => {
    expect((await fetch(`${server.url}/?x=1`)).status).not.toBe(400)
  })
})

describe('Panoply', () => {
  const form = (records: object[]) => {
    const message = records.map((record) => `${encodeURIComponent(JSON.stringify(record))}\n\n`).join('')
    const attributes = {
      key: credentials.PANOPLY_APIKEY,
      secret: credentials.PANOPLY_APISECRET,
      sdk: 'panoply-python-sdk-3.2.0',
    }
    const fields = Object.entries(attributes).map(([name, value], index) => {
      const field = `&MessageAttribute.${index + 1}`
      return `${field}.Name=${name}${field}.Value.DataType=String${field}.Value.StringValue=${value}`
    })
    return `Action=SendMessage&MessageBody=${message}${fields.join('')}`
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const queuePath = () => {
    const [input, , owner] = Buffer.from(credentials.PANOPLY_APISECRET, 'base64').toString().split('/')
    return `/${owner}/sdk-${credentials.PANOPLY_APIKEY.split('/')[0]}-${input}`
  }

  it('loads each record into its table, which has no column for the name of it', async () => {
    const records = [
      { n: 1, __table: 'pan_a' },
      { text: '&=+%/ü😀', __table: 'pan_b' },
      { n: 2, __table: 'pan_a' },
    ]
    const { status, text } = await post(queuePath(), form(records), headers)
    expect([status, text]).toEqual([200, expect.stringContaining('<SendMessageResponse')])
    expect((await post('/', form([{ n: 3, __table: 'pan_a' }]), headers)).status).toBe(200)
    expect((await post(`/?.amazonaws.com${queuePath()}`, form([{ n: 4, __table: 'pan_a' }]), headers)).status).toBe(200)
    await server.settled()
    const rows = await server.rowsOf('SELECT * FROM pan_a ORDER BY n', 4)
    expect(rows.map(({ n }) => n)).toEqual([1, 2, 3, 4])
    expect(Object.keys(rows[0]!).filter((name) => !name.startsWith('_'))).toEqual(['n'])
    expect(Object.keys(rows[0]!)).not.toContain('__table')
    expect(await server.rowsOf('SELECT text FROM pan_b', 1)).toEqual([{ text: '&=+%/ü😀' }])
  })

  it('takes 16 MiB of encoded body, each record once, and refuses more in the words of SQS', async () => {
    const text = 'ä"x '.repeat(4_000)
    const records: object[] = []
    let length = form([]).length
    for (let n = 0; ; n++) {
      const record = { n, text, __table: 'pan_large' }
      length += encodeURIComponent(JSON.stringify(record)).length + 2
      if (length > 16 * 1024 * 1024) break
      records.push(record)
    }
    const body = form(records)
    expect(body.length).toBeGreaterThan(15.9 * 1024 * 1024)
    expect((await post(queuePath(), body, headers)).status).toBe(200)
    const sum = `SELECT count(*) AS c, count(DISTINCT n) AS d, min(length(text)) AS l FROM pan_large HAVING c >= ${records.length}`
    expect(await server.rowsOf(sum, 1)).toEqual([{ c: records.length, d: records.length, l: text.length }])
    const more = await post(queuePath(), form([...records, { text: text.repeat(10), __table: 'pan_large' }]), headers)
    expect(more).toMatchObject({ status: 413, text: expect.stringContaining('<Code>InvalidParameterValue</Code>') })
  })

  it('stores nothing under a wrong secret or for an unknown queue', async () => {
    const wrong = form([{ n: 9, __table: 'pan_no' }]).replace(/(secret&.*?StringValue=)./, '$1X')
    expect(await post(queuePath(), wrong, headers)).toMatchObject({
      status: 403,
      text: expect.stringContaining('InvalidClientTokenId'),
    })
    const unknown = await post(`${queuePath()}x`, form([{ n: 9, __table: 'pan_no' }]), headers)
    expect(unknown).toMatchObject({
      status: 400,
      text: expect.stringContaining('AWS.SimpleQueueService.NonExistentQueue'),
    })
  })
})

describe('Initial State', () => {
  const headers = (bucket: string, key = credentials.IS_ACCESS_KEY) => ({
    'content-type': 'application/json',
    'x-is-accesskey': key,
    'x-is-bucketkey': bucket,
  })
  const events = (bucket: string, list: object[], key?: string) =>
    post('/api/events', JSON.stringify(list), headers(bucket, key))
  const create = (bucketKey: string, bucketName: string, key?: string) =>
    post('/api/buckets', JSON.stringify({ bucketKey, bucketName }), headers(bucketKey, key))

  it('loads values of each type, which stay apart, and the epoch to the microsecond', async () => {
    expect((await create('is_one', 'One')).status).toBe(201)
    expect((await create('is_one', 'One more')).status).toBe(204)
    const epoch = 1419876021.778477
    const values = ['32', 32, 1.5, true, 'true', null, [1]]
    const list = values.map((value, index) => ({ key: 'k', value, epoch: epoch + index }))
    expect((await events('is_one', list)).status).toBe(204)
    await server.settled()
    const rows = await server.rowsOf(
      'SELECT key, value, value_type, epoch, typeof(epoch) AS t FROM is_one ORDER BY epoch',
      7,
    )
    expect(rows.map(({ value, value_type }) => `${value} ${value_type}`)).toEqual([
      '32 string',
      '32 number',
      '1.5 number',
      'true boolean',
      'true string',
      'null json',
      '[1] json',
    ])
    expect(rows[0]).toMatchObject({ key: 'k', epoch, t: 'DOUBLE' })
    const [{ time }] = (await server.rowsOf('SELECT _time AS time FROM is_one ORDER BY epoch LIMIT 1', 1)) as [
      { time: string },
    ]
    expect(new Date(time.endsWith('Z') ? time : `${time.replace(' ', 'T')}Z`).getTime()).toBe(1419876021778)
  })

  it.each([
    ['9b2f1c1e-58d7-4a0e-9d53-0c1d6f6a2b11', 'A House'],
    ['Some Bucket', ''],
    ['order', 'räume'],
    [`${'long'.repeat(30)}`, 'Long one'],
  ])('reads as a table that is called as the bucket is: %s, %s', async (key, name) => {
    expect((await events(key, [{ key: 'k', value: 1.5, epoch: 7.25 }])).status).toBe(204)
    await create(key, name)
    for (const called of [key, name].filter(Boolean)) {
      const rows = await server.rowsOf(`SELECT key, value, epoch FROM "${called}"`, 1)
      expect([called, rows]).toEqual([called, [{ key: 'k', value: 1.5, epoch: 7.25 }]])
    }
    await events(key, [{ key: 'k', value: 'text', epoch: 8 }])
    expect(await server.rowsOf(`SELECT key FROM "${key}"`, 2)).toHaveLength(2)
  })

  it('takes events before their bucket, several at a time, and the name after', async () => {
    const sent = Array.from({ length: 8 }, (_, n) => events('is_early', [{ key: 'k', value: n, epoch: n }]))
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(8).fill(204))
    expect((await create('is_early', 'Early')).status).toBe(204)
    expect(await server.rowsOf('SELECT value FROM is_early', 8)).toHaveLength(8)
  })

  it('the same key of two access keys is two buckets', async () => {
    expect((await events('is_shared', [{ key: 'k', value: 1, epoch: 1 }])).status).toBe(204)
    expect((await create('is_shared', 'Mine', credentials.IS_ACCESS_KEY_2)).status).toBe(201)
    expect((await events('is_shared', [{ key: 'k', value: 2, epoch: 1 }], credentials.IS_ACCESS_KEY_2)).status).toBe(
      204,
    )
    await server.settled()
    expect(await server.rowsOf('SELECT value FROM is_shared', 1)).toEqual([{ value: 1 }])
    expect(await server.rowsOf('SELECT value FROM is_shared_fixture_initial_state_2', 1)).toEqual([{ value: 2 }])
  })

  it('shows its buckets to management, at the path where native senders name theirs', async () => {
    const { items } = (await server.ask('buckets')) as { items: { id: string; key: string; name: string }[] }
    const named = items.map(({ key, name }) => `${key} ${name}`)
    expect(named).toEqual(expect.arrayContaining(['is_one One more', 'is_early Early', 'is_shared ', 'is_shared Mine']))
    expect(await server.ask(`buckets/${items[0]!.id}`)).toEqual(items[0])
  })

  it('refuses as its clients expect it', async () => {
    expect((await events('is_one', [], 'wrong')).status).toBe(401)
    const { status, text } = await post('/api/events', '[{', headers('is_one'))
    expect([status, JSON.parse(text)]).toMatchObject([400, { message: { error: { type: 'INVALID_JSON' } } }])
    expect(await (await fetch(`${server.url}/api/versions`)).json()).toEqual(['0.0.4'])
  })
})

it('a value that no column holds becomes null, and that is told by notification, sample and metric', async () => {
  const headers = {
    'content-type': 'application/json',
    'x-is-accesskey': credentials.IS_ACCESS_KEY,
    'x-is-bucketkey': 'odd_values',
  }
  const body = '[{"key":"a","value":NaN,"epoch":1},{"key":"b","value":2,"epoch":1}]'
  expect((await post('/api/events', body, headers)).status).toBe(204)
  expect(await server.rowsOf('SELECT key, value, value_type FROM odd_values ORDER BY key', 2)).toMatchObject([
    { key: 'a', value_type: 'json' },
    { key: 'b', value_type: 'number' },
  ])
  const what = 'NaN, Infinity or -Infinity was read as null'
  const notesOfSamples = async () => {
    const { items } = (await server.ask('samples?eventType=odd_values')) as {
      items: { raw: { data: string }; metadata: Record<string, unknown> }[]
    }
    return items.map(({ raw, metadata }) => [(JSON.parse(raw.data) as { key: string }).key, metadata['@note']]).sort()
  }
  await expect.poll(notesOfSamples, { timeout: 10_000 }).toEqual([
    ['a', what],
    ['b', undefined],
  ])
  const told = async () => {
    const { items } = (await server.ask('notifications')) as {
      items: { type: string; message: string; count: number }[]
    }
    return items.find(({ type }) => type === 'values_changed')
  }
  await expect
    .poll(told, { timeout: 10_000 })
    .toMatchObject({ count: 1, message: expect.stringContaining(what), severity: 'warning' })
  const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.token}` } })
  expect(await metrics.text()).toMatch(/millrace_ingest_events_noted_total\{workspace="default",input="[^"]+"\} 1/)
})
