/** Alooma's own client, alooma.py 0.4.16 from the package index, unmodified, against a whole server: call by call, as its README has them. */
import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Credentials, openTestServer, type TestServer } from './running-server.ts'

const run = promisify(execFile)
const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0

/** biome-ignore lint/suspicious/noExplicitAny: what the client returns is looked at, not typed */
type Any = any

const drivers = join(import.meta.dirname, 'python')
const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']

type Ask = (
  call: string,
  args?: unknown[],
  named?: Record<string, unknown>,
) => Promise<{ result?: Any; args?: Any[]; error?: string }>

function talkTo(client: ChildProcessWithoutNullStreams): Ask {
  const answers = createInterface(client.stdout)[Symbol.asyncIterator]()
  return async (call, args = [], named = {}) => {
    client.stdin.write(`${JSON.stringify({ call, args, with: named })}\n`)
    const { value } = await answers.next()
    return JSON.parse(value!)
  }
}

describe.skipIf(!hasPython)('with Python’s venv and pip: alooma.py', () => {
  let server: TestServer
  let credentials: Credentials
  let ask: Ask
  let interpreter: string
  const clients: ChildProcessWithoutNullStreams[] = []
  const start = (env: NodeJS.ProcessEnv = process.env): Ask => {
    const client = spawn(interpreter, ['-u', join(drivers, 'alooma_calls.py')], { env })
    client.stderr.pipe(process.stderr)
    clients.push(client)
    return talkTo(client)
  }
  /** What a call returns. */
  const call = async (name: string, ...args: unknown[]): Promise<Any> => {
    const { result, error } = await ask(name, args)
    if (error !== undefined) throw new Error(error)
    return result
  }
  /** What a call leaves of its first argument. */
  const changed = (name: string, ...args: unknown[]): Promise<Any> => changedBy(name, args, {})
  const changedBy = async (name: string, args: unknown[], named: Record<string, unknown>): Promise<Any> => {
    const { args: left, error } = await ask(name, args, named)
    if (error !== undefined) throw new Error(error)
    return left![0]
  }
  const errorOf = async (name: string, ...args: unknown[]): Promise<string> => (await ask(name, args)).error ?? 'none'
  const logIn = (named: Record<string, unknown> = {}) => {
    const { ALOOMA_USERNAME: username, ALOOMA_PASSWORD: password } = credentials
    return ask('new', [], { username, password, base_url: server.url, ...named })
  }

  let ingestKey: string
  const send = async (type: string, events: Record<string, unknown>[]) => {
    const body = JSON.stringify(events.map((data) => ({ type, data })))
    const headers = { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/api/v1/events`, { method: 'POST', headers, body })
    expect(answer.status, await answer.text()).toBeLessThan(300)
    await server.settled(60_000) // the first events through new code wait for its sandbox
  }

  beforeAll(async () => {
    server = await openTestServer()
    await server.makeCredentials()
    credentials = await server.makeCredentials() // of a fixture that is made twice, the newest count
    const made = (await server.ask('inputs', { label: 'shop', type: 'native' })) as { key: string }
    ingestKey = made.key
    const environment = join(server.folder, 'venv')
    await run('python3', ['-m', 'venv', environment])
    interpreter = join(environment, 'bin', 'python')
    await run(interpreter, [...install, 'alooma==0.4.16', 'setuptools==75.8.0', 'wheel'])
    ask = start()
    await logIn()
  }, 300_000)
  afterAll(async () => {
    for (const client of clients) client.stdin.end()
    await server?.close()
  })

  it('ALOOMA-01 to 05, 74: logs in, by password or key, to its own account alone', async () => {
    expect(await logIn()).toMatchObject({ result: credentials.ALOOMA_ACCOUNT })
    const wrong = await logIn({ password: 'wrong' })
    expect(wrong.error).toContain(`Failed logging in with user: ${credentials.ALOOMA_USERNAME}`)
    await logIn({ account_name: 'elsewhere' })
    expect(await errorOf('get_structure')).toContain('Failed logging in')
    const token = (await server.ask('tokens', { label: 'alooma', role: 'admin' })) as { text: string }
    await ask('new', [], { api_key: token.text, base_url: `${server.url}/` })
    expect(await call('get_deployment_info')).toMatchObject({ deploymentName: 'default' })
    await ask('new', [], { api_key: token.text, base_url: server.url, account_name: 'default' })
    expect(await call('get_deployment_info')).toMatchObject({ deploymentName: 'default' })
    await ask('new', [], { api_key: 'wrong', base_url: server.url, account_name: 'default' })
    expect(await errorOf('get_structure')).toContain('Invalid key')
    await logIn({ account_name: credentials.ALOOMA_ACCOUNT })
  })

  it('ALOOMA-06 to 11, 69, 72: structure and inputs', async () => {
    const { nodes } = await call('get_structure')
    expect(nodes.filter(({ type }: Any) => type === 'RESTREAM')).toHaveLength(1)
    expect(await call('get_transform_node_id')).toEqual(expect.any(String))
    expect((await call('get_inputs', 'sh.p')).map(({ name }: Any) => name)).toEqual(['shop'])
    expect(await call('get_inputs', null, 'RESTREAM')).toHaveLength(1)

    const id = await call('create_s3_input', 's3 input', 'AKIA', 'very secret', 'bucket', 'prefix/')
    expect(await call('get_input_by_id', id)).toMatchObject({
      type: 'S3',
      configuration: { awsBucketName: 'bucket', auto_map: 'true', loadFiles: 'all', fileFormat: '{"type": "json"}' },
    })
    expect(JSON.stringify(await call('get_inputs'))).not.toContain('very secret')
    expect(await server.ask(`sources/${id}`)).toMatchObject({ type: 'files', schedule: { everyMinutes: 1 } })
    const mixpanel = await call('create_mixpanel_input', 'key', 'secret', '2026-01-01', 'mixpanel')
    expect((await call('get_input_by_id', mixpanel)).stateReason).toContain('no connector for MIXPANEL')
    const draft = { name: 'rest', type: 'RESTAPI', configuration: {} }
    const rest = await call('create_input', draft, false, false)
    expect(await call('get_input_by_name', 'rest')).toMatchObject({ id: rest, state: 'RUNNING' })
    expect(await errorOf('create_input', { name: 'x', type: 'SALESFORCE', configuration: {} })).toContain('OAuth')
    await call('edit_input', { id, name: 's3 renamed', configuration: { awsBucketName: 'other' } })
    expect(await call('get_input_by_name', 's3 renamed')).toMatchObject({
      configuration: { awsBucketName: 'other', filePrefix: 'prefix/' },
    })
    expect(await call('pause_input_by_id', rest)).toMatchObject({ paused: true })
    expect(await call('resume_input_by_id', rest)).toMatchObject({ paused: false })
    expect(await call('get_input_sleep_time', mixpanel)).toBe(60)
    expect(await call('set_input_sleep_time', mixpanel, 30)).toMatchObject({ status: 200 })
    expect(await call('get_input_sleep_time', mixpanel)).toBe(30)
    for (const each of [id, mixpanel, rest]) await call('remove_input', each)
    expect(await errorOf('remove_input', id)).toContain('There is no such')
    expect(await call('get_throughput_by_name', 'Restream')).toHaveLength(1)
  })

  it('ALOOMA-12 to 14, 27: what arrived is an event type with a mapping, and a table', async () => {
    await send('a/b +é', [{ id: 1, deep: { er: 'x' } }])
    expect((await call('get_event_types')).map(({ name }: Any) => name)).toContain('a/b +é')
    const type = await call('get_event_type', 'a/b +é')
    expect(type).toMatchObject({ name: 'a/b +é', mappingMode: 'AUTO_MAP', state: 'MAPPED' })
    const mapping = await call('get_mapping', 'a/b +é')
    expect(JSON.stringify(mapping)).not.toContain('"stats"')
    const deep = mapping.fields.find(({ fieldName }: Any) => fieldName === 'deep')
    expect(deep).toMatchObject({
      mapping: null,
      fields: [{ fieldName: 'er', mapping: { columnType: { type: 'VARCHAR' } } }],
    })
    expect(await errorOf('get_event_type', 'none')).toContain('There is no such event type')
    const tables = await call('get_tables')
    const table = tables.find(({ tableName }: Any) => tableName === type.mapping.tableName)
    expect(table.columns.map(({ columnName }: Any) => columnName)).toContain('id')
    expect((await call('get_tables', true))[0]).not.toHaveProperty('columns')
    expect(await call('get_schemas')).toEqual([{ schemaName: 'PUBLIC' }])
    expect(await call('get_tables', true, 'PUBLIC')).toHaveLength(tables.length)
    expect(await errorOf('get_tables', false, 'NONE')).toContain('There is no such schema')
  })

  /** Until what a call returns is as wanted; whatever there is when it takes too long. */
  const until = async (wanted: (result: Any) => boolean, name: string, ...args: unknown[]): Promise<Any> => {
    for (let tries = 0; ; tries++) {
      const result = await call(name, ...args)
      if (wanted(result) || tries === 100) return result
      await sleep(100)
    }
  }
  const waiting = () => call('get_restream_queue_size')

  it('ALOOMA-15, 18, 22 to 24, 46 to 48: fields are mapped, unmapped and discarded, under each mode', async () => {
    let mapping: Any = {
      name: 'orders',
      mappingMode: 'STRICT',
      mapping: { tableName: 'ORDERS', schema: 'PUBLIC' },
      fields: [],
    }
    mapping = await changed('map_field', mapping, 'id', 'ID', 'INT', true)
    mapping = await changed('map_field', mapping, 'user.name', 'USER_NAME', 'VARCHAR', false)
    mapping = await changedBy('map_field', [mapping, 'note', 'NOTE', 'VARCHAR', false], { length: 5, truncate: true })
    expect(await call('set_mapping', mapping, 'orders')).toMatchObject({ status: 200 })
    const stored = await call('get_mapping', 'orders')
    expect(stored).toMatchObject({ mappingMode: 'STRICT', usingDefaultMappingMode: false })
    const id = stored.fields.find(({ fieldName }: Any) => fieldName === 'id')
    expect(id.mapping).toMatchObject({ columnName: 'ID', columnType: { type: 'INT', nonNull: true } })

    await send('orders', [{ id: 1, user: { name: 'Ada' }, note: '12345678' }])
    expect(await server.rowsOf('SELECT "ID", "USER_NAME", "NOTE" FROM "ORDERS"', 1)).toEqual([
      { ID: 1, USER_NAME: 'Ada', NOTE: '12345' },
    ])
    const before = await waiting()
    await send('orders', [{ id: 2, extra: { deep: true } }, { id: null }, { id: 'no number' }])
    expect(await waiting()).toBe(before + 3)
    const event = await call('get_event_type', 'orders')
    expect(event.state).toBe('PARTIALLY_MAPPED')
    expect(event.fields.find(({ fieldName }: Any) => fieldName === 'extra').fields[0]).toMatchObject({
      fieldName: 'deep',
      mapping: null,
      stats: { count: 1, samples: [true] },
    })
    const { messages } = await until(({ messages }) => messages.length > 0, 'get_notifications', 0)
    expect(messages[0]).toMatchObject({ severity: expect.any(String), typeDescription: expect.any(String) })

    const flexible = { ...(await call('get_mapping', 'orders')), mappingMode: 'FLEXIBLE' }
    await call('set_mapping', flexible, 'orders')
    await call('start_restream')
    expect(await until((size) => size === before + 2, 'get_restream_queue_size')).toBe(before + 2)
    expect(await server.rowsOf('SELECT "ID" FROM "ORDERS" ORDER BY "ID"', 2)).toEqual([{ ID: 1 }, { ID: 2 }])
    expect(await call('purge_restream_queue')).toBeNull()
    expect(await waiting()).toBe(0)
    await call('start_restream')

    let less = await changed('discard_field', await call('get_mapping', 'orders'), 'note')
    less = await changed('unmap_field', less, 'id')
    await call('set_mapping', less, 'orders')
    await send('orders', [{ id: 3, user: { name: 'Bo' }, note: 'x' }])
    expect(await server.rowsOf('SELECT "ID", "NOTE" FROM "ORDERS" WHERE "USER_NAME" = \'Bo\'', 1)).toEqual([
      { ID: null, NOTE: null },
    ])
  })

  it('a column of AUTO_MAP widens under AUTO_MAP, and costs the event under STRICT', async () => {
    await send('widening', [{ n: 1 }])
    await call('set_mapping', { ...(await call('get_mapping', 'widening')), mappingMode: 'STRICT' }, 'widening')
    const before = await waiting()
    await send('widening', [{ n: 'text' }])
    expect(await until((size) => size === before + 1, 'get_restream_queue_size')).toBe(before + 1)
    await call('set_mapping', { ...(await call('get_mapping', 'widening')), mappingMode: 'AUTO_MAP' }, 'widening')
    await call('start_restream')
    expect(await server.rowsOf('SELECT n FROM widening ORDER BY n', 2)).toEqual([{ n: '1' }, { n: 'text' }])
  })

  it('ALOOMA-15: an object goes whole to a JSON column, and metadata to columns of its own', async () => {
    await send('placed', [{ address: { city: 'Oslo' } }])
    await until((types) => types.some(({ name }: Any) => name === 'placed'), 'get_event_types')
    const columnOf = (columnName: string, columnType: object) => ({ columnName, columnType, isDiscarded: false })
    const fields = [
      {
        fieldName: 'address',
        fields: [{ fieldName: 'city', fields: [], mapping: null }],
        mapping: columnOf('address', { type: 'JSON' }),
      },
      {
        fieldName: '_metadata',
        mapping: null,
        fields: [
          { fieldName: 'input_label', fields: [], mapping: columnOf('label', { type: 'VARCHAR', length: 200 }) },
          { fieldName: 'restream_count', fields: [], mapping: columnOf('tries', { type: 'INT' }) },
        ],
      },
    ]
    const mapping = { ...(await call('get_mapping', 'placed')), mappingMode: 'STRICT', fields }
    await call('set_mapping', mapping, 'placed')
    await send('placed', [{ address: { city: 'Bergen', zip: [5] } }])
    const sql =
      'SELECT address::VARCHAR AS address, label = _input AS is_label, tries FROM placed WHERE tries IS NOT NULL'
    expect(await server.rowsOf(sql, 1)).toEqual([{ address: '{"city":"Bergen","zip":[5]}', is_label: true, tries: 0 }])
    const told = (await call('get_mapping', 'placed')).fields
    expect(told.find(({ fieldName }: Any) => fieldName === 'address').mapping).toMatchObject({ columnName: 'address' })
  })

  it('ALOOMA-16, 17, 19 to 21: wrong mappings change nothing; types are discarded and deleted; the workspace has a mode', async () => {
    const mapping = await call('get_mapping', 'orders')
    for (const wrong of [
      { ...mapping, mappingMode: 'LAX' },
      { ...mapping, fields: {} },
      { ...mapping, mapping: { tableName: '' } },
    ]) {
      expect(await errorOf('set_mapping', wrong, 'orders')).toContain('Bad Request')
    }
    expect(await call('get_mapping', 'orders')).toEqual(mapping)

    await send('noise', [{ n: 1 }])
    await call('discard_event_type', 'noise')
    expect(await call('get_event_type', 'noise')).toMatchObject({ state: 'DISCARDED', mapping: { isDiscarded: true } })
    await send('noise', [{ n: 2 }])
    expect(await server.rowsOf('SELECT n FROM noise', 1)).toEqual([{ n: 1 }])
    expect(await waiting()).toBe(0)
    await call('delete_event_type', 'noise')
    expect((await call('get_event_types')).map(({ name }: Any) => name)).not.toContain('noise')
    await send('noise', [{ n: 3 }])
    expect((await call('get_event_types')).map(({ name }: Any) => name)).toContain('noise')

    expect(JSON.parse(await call('get_mapping_mode'))).toBe('AUTO_MAP')
    expect(await call('set_mapping_mode', 'STRICT')).toMatchObject({ status: 200 })
    expect(JSON.parse(await call('get_mapping_mode'))).toBe('STRICT')
    expect(await call('set_mapping_mode', 'LAX')).toMatchObject({ status: 400 })
    await send('never mapped', [{ n: 1 }])
    const names = await until((types) => types.some(({ name }: Any) => name === 'never mapped'), 'get_event_types')
    expect(names.find(({ name }: Any) => name === 'never mapped')).toMatchObject({ state: 'UNMAPPED' })
    await call('set_mapping_mode', 'AUTO_MAP')
    await call('purge_restream_queue')
  })

  it('ALOOMA-25 to 30: schemas and tables are made and altered', async () => {
    const column = (columnName: string, type: string) => ({
      columnName,
      distKey: false,
      primaryKey: false,
      sortKeyIndex: -1,
      columnType: { type, nonNull: false },
    })
    const made = await call('create_table', 'PUBLIC.prices', [column('price', 'FLOAT')])
    expect(made).toMatchObject({ schemaName: 'PUBLIC', tableName: 'prices', columns: [column('price', 'FLOAT')] })
    expect(await errorOf('create_table', 'prices', [column('price', 'FLOAT')])).toContain('already')
    expect(await call('alter_table', 'prices', [column('price', 'FLOAT'), column('event', 'VARCHAR')])).toMatchObject({
      status: 200,
    })
    const tables = await call('get_tables')
    const { columns } = tables.find(({ tableName }: Any) => tableName === 'prices')
    expect(columns).toEqual(expect.arrayContaining([column('price', 'FLOAT'), column('event', 'VARCHAR')]))
    expect(await errorOf('alter_table', 'prices', [column('price', 'BOOLEAN')])).toContain('Bad Request')
    expect(await errorOf('alter_table', 'none', [column('price', 'FLOAT')])).toContain('There is no such table')
    const mapping = { mappingMode: 'STRICT', mapping: { tableName: 'PRICES', schema: 'public' }, fields: [] }
    const wrong = await changed('map_field', mapping, 'price', 'price', 'BOOLEAN', false)
    expect(await errorOf('set_mapping', wrong, 'priced')).toContain('Bad Request')
    await call('set_mapping', await changed('map_field', mapping, 'price', 'PRICE', 'FLOAT', false), 'priced')
    await send('priced', [{ price: 1 }])
    await send('prices', [{ price: true }])
    expect(await server.rowsOf('SELECT price FROM prices', 1)).toEqual([{ price: 1 }])
    const columnNames = (await call('get_tables', false)).find(({ tableName }: Any) => tableName === 'prices').columns
    expect(await call('alter_table', 'prices', columnNames)).toMatchObject({ status: 200 })
    expect(await call('create_schema', { schemaName: 'SHOP' })).toMatchObject({ status: 200 })
    expect(await call('get_schemas')).toContainEqual({ schemaName: 'SHOP' })
    expect(await call('create_table', 'shop.sales', [column('n', 'INT')])).toMatchObject({
      schemaName: 'SHOP',
      tableName: 'sales',
    })
    expect(await call('get_table_names', 'SHOP')).toEqual([{ schemaName: 'SHOP', tableName: 'sales' }])
    expect(await call('get_table_dependencies', 'PUBLIC', 'ORDERS')).toEqual([{ type: 'EVENT_TYPE', name: 'orders' }])
  })

  it('ALOOMA-31 to 40: code is tried, deployed, split into modules, and fails loudly', async () => {
    const identity = 'def transform(event):\n\treturn event'
    expect(await call('get_transform')).toBe(identity)
    expect(await call('get_all_transforms')).toEqual({})
    const sample = { n: 1, _metadata: { event_type: 'coded', '@uuid': 'u1' } }
    expect(await call('test_transform', sample)).toMatchObject({ result: { n: 1, _metadata: { event_type: 'coded' } } })
    const split = `def transform(event):
    print('hello', event['n'])
    if event['n'] == 0:
        return None
    if event['n'] == 2:
        return [{'n': 20}, {'n': 21}]
    event['m'] = event['n'] / 2
    event['_metadata']['event_type'] = 'routed'
    return event`
    expect(await call('test_transform', { n: 3 }, split)).toMatchObject({
      output: 'hello 3\n',
      result: { n: 3, m: 1.5 },
      runtime: expect.any(Number),
      notifications: [],
    })
    expect((await call('test_transform', { n: 0 }, split)).result).toBeNull()
    expect((await call('test_transform', { n: 2 }, split)).result).toHaveLength(2)
    const broken = await call('test_transform', { n: 1 }, "def transform(event):\n    return event['none']")
    expect(broken).toMatchObject({ result: null, errorMessage: expect.stringContaining('none') })
    expect(broken.notifications).toHaveLength(1)
    expect(await call('test_transform', { n: 1 }, 'def transform(event:')).toMatchObject({
      result: null,
      errorMessage: expect.stringContaining('never closed'),
    })
    expect(await errorOf('set_transform', 'def transform(event:')).toContain('main:1:14')

    expect(await call('set_transform', split)).toMatchObject({ status: 200 })
    expect(await call('get_transform')).toBe(split)
    await send('coded', [{ n: 0 }, { n: 2 }, { n: 4 }])
    expect(await server.rowsOf('SELECT n FROM coded ORDER BY n', 2)).toEqual([{ n: 20 }, { n: 21 }])
    expect(await server.rowsOf('SELECT n, m FROM routed', 1)).toEqual([{ n: 4, m: 2 }])

    expect(await errorOf('set_transform', 'def transform(event:')).toContain('Bad Request')
    expect(await errorOf('set_transform', `${identity}${'\n#'.repeat(10_001)}`)).toContain('10000')
    expect(await call('get_transform')).toBe(split)

    const main = 'import prices\n\ndef transform(event):\n    event["price"] = prices.of(event["n"])\n    return event'
    expect(await call('set_code_engine_code', { main, prices: 'def of(n):\n    return n * 10' })).toMatchObject({
      status: 200,
    })
    await call('set_transform', 'def of(n):\n    return n * 100', 'prices')
    expect(await call('test_code_engine_code', { n: 1 })).toMatchObject({ result: { n: 1, price: 100 } })
    expect(await call('test_transform', { n: 2 })).toMatchObject({ result: { price: 200 } })
    expect(Object.keys(await call('get_code_engine_code')).sort()).toEqual(['main', 'prices'])
    await send('charged', [{ n: 1 }])
    expect(await server.rowsOf('SELECT price FROM charged', 1)).toEqual([{ price: 100 }])

    const before = await waiting()
    await call('set_transform', "def transform(event):\n    return event['none']")
    await send('failing', [{ n: 1 }])
    expect(await until((size) => size === before + 1, 'get_restream_queue_size')).toBe(before + 1)
    expect(await until((stats) => stats.failing !== undefined, 'get_samples_stats')).toMatchObject({
      failing: { transform_error: 1 },
    })
    const told = await until(
      ({ messages }) => messages.some(({ severity }: Any) => severity === 'error'),
      'get_notifications',
      Math.floor(Date.now() / 1000) - 600,
    )
    expect(told.messages.find(({ severity }: Any) => severity === 'error')).toMatchObject({ eventType: 'failing' })
    await call('set_transform_to_default')
    expect(await call('get_transform')).toBe(identity)
    await call('start_restream')
    expect(await server.rowsOf('SELECT n FROM failing', 1)).toEqual([{ n: 1 }])
    await call('delete_transform', 'prices')
    expect(await call('get_code_engine_code')).toEqual({ main: identity })
    await call('set_transform', '')
    expect(await call('get_code_engine_code')).toEqual({})
    expect(await call('get_code_engine_requirements')).toEqual([])
    expect(await call('set_secrets', { salt: 'very secret' })).toMatchObject({ status: 200 })
    expect(JSON.parse(await call('get_secrets'))).toEqual(['salt'])
    expect(await call('delete_secret', 'salt')).toMatchObject({ status: 204 })
  }, 240_000)

  it('ALOOMA-37: a sample’s numbers keep their digits on the way to the code and back', async () => {
    const code = 'def transform(event):\\n  event[\\"more\\"] = event[\\"n\\"] + 2\\n  return event'
    const answer = await fetch(`${server.url}/rest/transform/functions/run`, {
      method: 'POST',
      headers: { authorization: `API ${server.token}`, 'content-type': 'application/json' },
      body: `{"language":"PYTHON","functionName":"main","code":"${code}","sample":{"n":9007199254740993}}`,
    })
    expect(await answer.text()).toContain('"result":{"n":9007199254740993,"more":9007199254740995}')
  })

  it('ALOOMA-41 to 43: samples are what arrived, with what became of it', async () => {
    await send('sampled', [{ n: 1 }])
    const samples = await until((found) => found.length > 0, 'get_samples', 'sampled')
    expect(samples[0]).toMatchObject({
      sample: { n: 1, _metadata: { event_type: 'sampled', input_label: 'shop', restream_count: 0 } },
      status: 'VALID',
      eventType: 'sampled',
      timestamp: expect.any(Number),
    })
    expect((await call('get_samples_stats')).sampled).toEqual({ VALID: 1 })
    expect(await call('get_samples_status_codes')).toHaveProperty('VALID')
    const valid = await call('get_samples', null, ['VALID'])
    expect(valid.length).toBeGreaterThan(0)
    expect(valid.every(({ status }: Any) => status === 'VALID')).toBe(true)
    expect(await call('get_samples', 'sampled', ['transform_error'])).toEqual([])
    expect(await call('test_transform_all_samples', 'sampled')).toMatchObject([{ result: { result: { n: 1 } } }])
  })

  it('ALOOMA-50, 51: metrics', async () => {
    const [incoming, latency] = await call('get_metrics_by_names', ['INCOMING_EVENTS', 'LATENCY_MAX'], 60, 1)
    expect([incoming.target, latency.target]).toEqual(['INCOMING_EVENTS', 'LATENCY_MAX'])
    expect(incoming.datapoints.length).toBeGreaterThanOrEqual(60)
    expect(incoming.datapoints.at(-1)).toEqual([expect.anything(), expect.any(Number)])
    const count = await call('get_incoming_events_count', 60)
    expect(count).toBeGreaterThanOrEqual(10)
    expect(await call('get_average_event_size', 60)).toBeGreaterThan(0)
    expect(await call('get_max_latency', 60)).toBeGreaterThan(0)
    const [unmapped, ignored, failed, loaded] = await call('get_outputs_metrics', 60)
    expect([unmapped, ignored, failed, loaded].every((value) => value > 0)).toBe(true)
    expect(await call('get_incoming_queue_metric', 60)).toEqual(expect.any(Number))
    expect(await errorOf('get_metrics_by_names', ['NONE'], 60)).toContain('does not exist')
  })

  it('ALOOMA-44, 45, 74: notifications are published and read', async () => {
    const from = Math.floor(Date.now() / 1000) - 60
    expect(await call('publish_notification', 'ERROR', 'the tool says', { a: 1 })).toMatchObject({ status: 200 })
    const found = await until(
      ({ messages }) => messages.some(({ type }: Any) => type === 'CUSTOM'),
      'get_notifications',
      from,
    )
    const errors = await call('parse_notifications_errors', found)
    expect(errors).toContain('the tool says')
    const millis = await call('get_notifications', Date.now() + 60_000)
    expect(millis).toEqual({ messages: [] })
  })

  it('ALOOMA-56 to 60: queries are scheduled, run, seen by both clients, and removed', async () => {
    await send('sold', [{ sku: 'a', n: 1 }])
    expect(await call('get_queries')).toEqual([])
    expect(await errorOf('schedule_query', 'none', 'SELECT 1', 1)).toContain('Bad Request')
    const insert = 'CREATE TABLE sums AS SELECT sku, sum(n) AS n FROM sold GROUP BY sku;'
    const made = await call('schedule_query', 'sold', insert, 6)
    const { id } = JSON.parse(made.text)
    expect(id).toEqual(expect.any(Number))
    expect((await call('get_scheduled_queries'))[id]).toMatchObject({
      status: 'active',
      event_type: 'sold',
      frequency: 6,
    })
    expect(await call('run_query', id)).toMatchObject({ status: 200 })
    const hasRun = ([query]: Any) => query.last_run_return_code !== null
    expect((await until(hasRun, 'get_queries'))[0]).toMatchObject({ id, error_message: null, last_run_return_code: 0 })
    expect(await server.rowsOf('SELECT sku, n::INT AS n FROM sums', 1)).toEqual([{ sku: 'a', n: 1 }])
    expect(await call('get_query_by_event_type', 'sold')).toMatchObject({ id, query_type: 'custom' })

    const columnType = { type: 'VARCHAR', nonNull: false }
    await call('create_table', 'skus', [{ columnName: 'sku', columnType }])
    const copy = JSON.parse((await call('schedule_query', 'sold', 'INSERT INTO skus SELECT sku FROM sold', 6)).text)
    await call('run_query', copy.id)
    const copied = await until((queries) => hasRun([queries.find((query: Any) => query.id === copy.id)]), 'get_queries')
    expect(copied.map(({ error_message }: Any) => error_message)).toEqual([null, null])
    expect(await server.rowsOf('SELECT sku FROM skus', 1)).toEqual([{ sku: 'a' }])
    await call('remove_scheduled_query', copy.id)

    const wrong = JSON.parse(
      (await call('schedule_query', 'sold', 'SELECT error(sku) AS n FROM sold', null, '0 3 * * *')).text,
    )
    await call('run_query', wrong.id)
    const failed = await until((queries) => queries.length === 1, 'get_queries_in_error_state')
    expect(failed).toMatchObject([{ id: wrong.id, schedule: { cron: '0 3 * * *' } }])
    expect(Object.keys(await call('get_scheduled_queries_in_error_state'))).toEqual([String(wrong.id)])
    for (const each of [id, wrong.id]) await call('remove_scheduled_query', each)
    expect(await errorOf('remove_scheduled_query', id)).toContain('Not Found')

    const mapping = await call('get_mapping', 'sold')
    expect(await errorOf('schedule_default_query', { event_type: 'sold', run_at: '0 * * * *' })).toContain(
      'consolidationKeys',
    )
    mapping.consolidation = { consolidationKeys: ['sku'], consolidatedTableName: 'SOLD_NOW' }
    await call('set_mapping', mapping, 'sold')
    expect((await call('get_mapping', 'sold')).consolidation).toMatchObject(mapping.consolidation)
    const merge = await call('schedule_default_query', {
      event_type: 'sold',
      run_at: '0 * * * *',
      query_type: 'incremental',
    })
    expect(merge).toMatchObject({ query_type: 'incremental', configuration: { run_at: '0 * * * *' } })
    await send('sold', [{ sku: 'a', n: 2 }])
    await call('run_query', merge.id)
    expect(await server.rowsOf('SELECT sku, n FROM "SOLD_NOW"', 1)).toEqual([{ sku: 'a', n: 2 }])
    await call('remove_scheduled_query', merge.id)
    expect(await call('get_queries')).toEqual([])
  })

  it('ALOOMA-53, 54: the destination is told under the name of a warehouse', async () => {
    expect(await call('get_output_config')).toEqual({ sinkType: 'REDSHIFT' })
    expect(await call('set_redshift_config', 'host', 5439, 'public', 'db', 'me', 'very secret')).toMatchObject({
      type: 'REDSHIFT',
      name: 'Redshift',
    })
    expect(await call('get_redshift_config')).toMatchObject({ hostname: 'host', username: 'me', password: '********' })
    expect(await call('get_redshift_node')).toMatchObject({ configuration: { sinkType: 'REDSHIFT' } })
    expect(await call('get_snowflake_config')).toBeNull()
    expect(await errorOf('set_bigquery_config', 'p', 'd')).toContain('Changing output types is not supported')
  })

  it('ALOOMA-61 to 66: users, settings, configuration', async () => {
    expect((await call('get_users')).map(({ email }: Any) => email)).toContain(credentials.ALOOMA_USERNAME)
    const mails = {
      digestInfo: false,
      digestWarning: true,
      digestError: true,
      digestFrequency: 'HOURLY',
      recipientsChanged: true,
      recipients: ['someone@example.com'],
    }
    await call('set_settings_email_notifications', mails)
    await call('set_s3_retention', 'bucket', 'key', 'very secret')
    expect(await call('get_settings')).toMatchObject({
      emailNotifications: mails,
      s3Retention: { awsBucketName: 'bucket' },
    })
    await call('delete_s3_retention')
    await call('delete_s3_retention')
    expect((await call('get_settings')).s3Retention).toBeNull()
  })

  it('G-1 to 3, ALOOMA-49, 50, 55, 66, 70, Q1, Q2: what other tools ask, and how they spell it', async () => {
    const made = (await server.ask('tokens', { label: 'tools', role: 'admin' })) as { text: string }
    const raw = async (path: string, method = 'GET', body?: unknown) => {
      const answer = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          authorization: `API ${made.text}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as Any) }
    }
    for (const path of ['//rest//repository', '/rest/repository/', '/default//rest/repository']) {
      expect(await raw(path), path).toMatchObject({ status: 200, body: { config_clientName: 'default' } })
    }
    await send('a+b', [{ n: 1 }])
    await until((found) => found.length > 0, 'get_samples', 'a+b')
    expect((await raw('/rest/samples?eventType=a+b')).body).toMatchObject([{ eventType: 'a+b' }])
    expect((await raw('/rest/samples&status=VALID')).status).toBe(200)

    await send('tool/type', [{ n: 1 }])
    expect((await raw('/rest/event-types/tool%2Ftype')).body).toMatchObject({ name: 'tool/type' })
    expect(await raw('/rest/event-types/tool/type/clear-stats', 'DELETE')).toEqual({ status: 204, body: undefined })
    expect((await raw('/rest/event-types/tool%2Ftype/clear-stats', 'DELETE')).status).toBe(204)
    const cleared = (await raw('/rest/event-types/tool%2Ftype')).body.fields
    expect(cleared[0]).toMatchObject({ fieldName: 'n', mapping: { columnName: 'n' }, stats: null })

    const flag = '/rest/zk-configuration/featureUseBigQueryNewConnectConfiguration'
    expect((await raw(flag)).body).toEqual({ featureUseBigQueryNewLoginConfiguration: true })
    const config = (await raw('/rest/config/export')).body
    expect(config.eventTypes.map(({ name }: Any) => name)).toContain('tool/type')
    const summary = '/rest/events/loaded-events-per-table/summary?from=2026-01-01T00:00:00'
    expect((await raw(summary)).body).toContainEqual(
      expect.objectContaining({ table_name: 'tool_type', count: 1, instance_name: 'default' }),
    )
    expect((await raw('/rest/metrics?metrics=NONE&from=-60min')).status).toBe(400)
    const table = '/rest/tables/PUBLIC/tool_type'
    expect(await raw(table, 'DELETE')).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect((await raw(`${table}?cascade=true`, 'DELETE')).status).toBeLessThan(300)
    expect((await raw(table, 'DELETE')).status).toBe(404)
    expect((await raw('/rest/nothing')).status).toBe(404)
    expect(await raw('/rest/credits/company')).toMatchObject({ status: 501, body: { code: 'not_implemented' } })
  })

  it('its version 0.3.20, which asks some things otherwise', async () => {
    const packages = join(server.folder, 'alooma-0.3.20')
    const env = { ...process.env, PYTHONPATH: join(drivers, 'old-pip') } // its setup looks for a pip of before
    const old = ['--no-deps', '--no-build-isolation', '--target', packages, 'alooma==0.3.20']
    await run(interpreter, [...install, ...old], { env })
    const newer = ask
    ask = start({ ...process.env, PYTHONPATH: packages })
    try {
      expect(await logIn()).toMatchObject({ result: 'default' })
      expect((await call('get_config')).inputs).toEqual(expect.any(Array))
      expect((await call('get_inputs', null, 'RESTREAM')).map(({ id }: Any) => id)).toEqual(['restream'])
      const draft = { name: 'old rest', type: 'RESTAPI', configuration: {} }
      const id = await call('create_input', draft)
      expect((await call('get_inputs', 'old rest'))[0]).toMatchObject({ id, configuration: { auto_map: 'true' } })
      await call('remove_input', id)
      expect((await call('get_users')).map(({ email }: Any) => email)).toContain(credentials.ALOOMA_USERNAME)
      const [incoming] = await call('get_metrics_by_names', 'INCOMING_EVENTS', 5)
      expect(incoming.datapoints.length).toBeGreaterThanOrEqual(2)
      expect(await call('get_outputs_metrics', 60)).toHaveLength(4)
      expect(await call('get_samples', 'sampled')).toHaveLength(1)
      expect(await call('get_table_names')).toContainEqual({ schemaName: 'PUBLIC', tableName: 'ORDERS' })
    } finally {
      ask = newer
    }
  }, 120_000)

  it('ALOOMA-71: the system is cleaned', async () => {
    await call('create_mixpanel_input', 'key', 'secret', '2026-01-01', 'mixpanel')
    await call('clean_system')
    const { nodes } = await call('get_structure')
    const inputs = nodes.filter(({ category }: Any) => category === 'INPUT')
    expect(inputs.map(({ type }: Any) => type)).toEqual(['RESTREAM'])
    expect(await call('get_event_types')).toEqual([])
    expect((await call('get_settings')).emailNotifications).toMatchObject({ digestFrequency: 'DAILY', recipients: [] })
  })
})
