/** What the guides say is so: their commands and examples run, their tables hold, their numbers are the code's. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { zstdCompressSync } from 'node:zlib'
import { limits } from '@millrace/event/limits'
import { describeConfig, readConfig } from '@millrace/server/config'
import { roles } from '@millrace/server/control-plane/permissions'
import { errorCodes } from '@millrace/server/errors'
import { idempotencyWindow } from '@millrace/server/ingest/idempotency'
import { liveStages } from '@millrace/server/live'
import { checkpointLimits } from '@millrace/server/load/loaders/duckdb/checkpoints'
import { statementRowsMax } from '@millrace/server/load/loaders/duckdb/statement'
import { startServer } from '@millrace/server/main'
import { mapLimits } from '@millrace/server/map/limits'
import { metricNames } from '@millrace/server/minute-metrics'
import { notificationTypes } from '@millrace/server/notifications'
import { runStates, runsKept } from '@millrace/server/scheduled-queries'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DemoApi, openDemoApi } from '../../examples/demo/api.ts'
import { codesOf, readGuide, repository } from './guide-page.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'millrace-guides-'))
const data = join(folder, 'data')
let server: Awaited<ReturnType<typeof startServer>>
let local: { url: string; token: string; ingestKey: string }
let api: DemoApi

beforeAll(async () => {
  const flags = { port: '0', data, logLevel: 'error' }
  server = await startServer(await readConfig({ flags, env: {}, cwd: folder }))
  local = JSON.parse(readFileSync(join(data, 'local.json'), 'utf8'))
  api = openDemoApi(local)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: { code?: string; accepted?: number; faults?: { code: string }[] }
}

interface Sending {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

/** By node:http, which sends what `fetch` refuses to; in chunks, so that nobody is told the length before. */
function send(path: string, { method = 'POST', headers = {}, body = '{}' }: Sending = {}): Promise<Answer> {
  const all = { authorization: `Bearer ${local.ingestKey}`, 'content-type': 'application/json', ...headers }
  return new Promise((resolve, reject) => {
    const request = httpRequest(local.url + path, { method, headers: all }, async (response) => {
      const chunks = await response.toArray()
      const { statusCode = 0, headers } = response
      resolve({
        status: statusCode,
        retryAfter: headers['retry-after'],
        body: JSON.parse(Buffer.concat(chunks).toString()),
      })
    })
    request.on('error', reject)
    request.write(body)
    request.end()
  })
}

/** Sends each text as the data of an event of the type `<name> <index>`, and waits until they are rows or set aside. */
async function load(name: string, texts: readonly string[]): Promise<void> {
  const body = texts.map((text, index) => `{"type":"${name} ${index}","data":${text}}`).join('\n')
  const answer = await send('/api/v1/events', { headers: { 'content-type': 'application/x-ndjson' }, body })
  expect(answer.body).toEqual({ accepted: texts.length, restreamed: 0 })
  await loaded()
}

async function loaded(): Promise<void> {
  const lag = async () => ((await api.get('/api/v1/status')) as { partitions: { lagEvents: number }[] }).partitions[0]
  await expect.poll(lag, { timeout: 10_000, interval: 25 }).toMatchObject({ lagEvents: 0 })
}

/** Types of a table's columns but the system's; nothing for a table that is not there. */
async function columnsOf(table: string): Promise<Map<string, string>> {
  const sql = `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '${table}'`
  const { rows } = await api.query(sql)
  const columns = rows.map(([name, type]) => [String(name), String(type)] as const)
  return new Map(columns.filter(([name]) => !/^_(id|time|received_at|input|event_type)$/.test(name)))
}

describe('sending-events.md', () => {
  const guide = readGuide('sending-events.md')

  it('has commands that run and answer what it says', async () => {
    const webhook = (await api.post('/api/v1/inputs', { label: 'hooks', type: 'webhook' })) as { key: string }
    writeFileSync(join(folder, 'events.json'), '[{"page":"/"},{"page":"/team"}]')
    const settled = `curl -sS ${local.url}/api/v1/status -H "Authorization: Bearer $TOKEN" | grep -q '"lagEvents":0'`
    const cli = join(repository, 'cli', 'src', 'main.ts')
    const prelude = `millrace() { until ${settled}; do sleep 0.05; done; '${process.execPath}' '${cli}' "$@"; }`
    const env = {
      PATH: process.env['PATH'],
      KEY: local.ingestKey,
      TOKEN: local.token,
      WEBHOOK_KEY: webhook.key,
      MILLRACE_DATA: data,
    }
    let ranCount = 0
    for (const [index, { language, text }] of guide.blocks.entries()) {
      if (language !== 'sh') continue
      const script = `set -eo pipefail\n${prelude}\n${text.replaceAll('http://127.0.0.1:4700', local.url)}`
      const { stdout } = await run('bash', ['-c', script], { env, cwd: folder, timeout: 20_000 })
      const next = guide.blocks[index + 1]
      if (next?.language === 'json') expect(stdout.trim(), text).toBe(next.text.trim())
      ranCount++
    }
    expect(ranCount).toBeGreaterThan(8)
  })

  it.each(['send.ts', 'send.py'])('shows a part of examples/first-events/%s, which sends its events', async (file) => {
    const path = join(repository, 'examples', 'first-events', file)
    const source = readFileSync(path, 'utf8')
    const language = file === 'send.py' ? 'python' : 'ts'
    const shown = guide.blocks.filter((block) => block.language === language)
    expect(shown.length).toBe(1)
    expect(source).toContain(shown[0]!.text)
    const program = language === 'ts' ? process.execPath : 'python3'
    const env = { PATH: process.env['PATH'], MILLRACE_URL: local.url, MILLRACE_KEY: local.ingestKey }
    const { stdout } = await run(program, [path], { env })
    expect(JSON.parse(stdout)).toEqual({ accepted: 2, restreamed: 0 })
  })

  it('takes every Content-Type and Content-Encoding that it names', async () => {
    const named = Array.from(guide.text.matchAll(/`(application\/(?!problem|x-www)[\w-]+)`/g), ([, type]) => type!)
    const types = new Set(named)
    expect(types.size).toBe(5)
    for (const type of types)
      expect(await send('/api/v1/events/form', { headers: { 'content-type': type } })).toMatchObject({ status: 200 })
    const headers = { 'content-encoding': 'zstd' }
    expect(await send('/api/v1/events/form', { headers, body: zstdCompressSync('{}') })).toMatchObject({ status: 200 })
  })

  it('names every limit of the code, each of which holds to the byte', async () => {
    const rows = guide.table('limit', 'at most', 'beyond it')
    const numbers = Object.values(limits).map((limit) => limit.toLocaleString('en-US'))
    for (const number of numbers) expect(rows.some(([, most]) => most!.includes(number))).toBe(true)
    expect(rows.length).toBe(numbers.length + 1) // and the bodies under way
    expect(guide.text).toContain(`24 hours or ${idempotencyWindow.countMax.toLocaleString('en-US')} keyed requests`)
    for (const { most, path = () => '/api/v1/events/limit', headers = () => ({}), body, code } of edges()) {
      const within = await send(path(most), { headers: headers(most), body: body(most) })
      expect(within.body.faults, `${code} at ${most}`).toBeUndefined()
      expect(within.status, `${code} at ${most}`).toBe(200)
      const beyond = await send(path(most + 1), { headers: headers(most + 1), body: body(most + 1) })
      expect(beyond.body.code ?? beyond.body.faults?.[0]?.code, `beyond ${most}`).toBe(code)
    }
  })

  it('lists statuses that its requests get', async () => {
    const rows = guide.table('status', 'code', 'what to do').filter(([, code]) => code !== '')
    const listed = rows.flatMap(([status, codes]) => codesOf(codes!).map((code) => ({ status: Number(status), code })))
    for (const { status, code } of listed) expect(errorCodes, code).toMatchObject({ [code]: { status } })
    for (const [code, ask] of Object.entries(refused)) {
      const answer = await ask()
      expect(answer.body.code, code).toBe(code)
      expect(listed).toContainEqual({ status: answer.status, code })
    }
    const rare = ['request_timeout', 'internal', 'overloaded', 'storage_full', 'log_stopped', 'log_corrupt']
    expect(listed.map(({ code }) => code).sort()).toEqual([...Object.keys(refused), ...rare].sort())
  })

  it('says when to come again where bodies under way use up their memory', async () => {
    const head = `POST /api/v1/events/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${local.ingestKey}\r\n`
    const slow = `${head}Content-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{`
    const sockets = Array.from({ length: 26 }, () => connect(Number(new URL(local.url).port), '127.0.0.1'))
    for (const socket of sockets) socket.on('error', () => {}).write(slow)
    const body = Buffer.alloc(10_000_000, ' ')
    await expect
      .poll(() => send('/api/v1/events/x', { body }), { timeout: 5_000 })
      .toMatchObject({ status: 503, retryAfter: '1', body: { code: 'overloaded' } })
    for (const socket of sockets) socket.destroy()
  })
})

describe('tables-and-types.md', () => {
  const guide = readGuide('tables-and-types.md')

  it('says which value makes which column, and what a query answers', async () => {
    const rows = guide.table('value', 'column', 'answer')
    await load(
      'value',
      rows.map(([value]) => `{"x":${codesOf(value!)[0]}}`),
    )
    for (const [index, [value, column, answer]] of rows.entries()) {
      const type = (await columnsOf(`value_${index}`)).get('x')
      expect(type ?? 'none', value).toBe(column!.split(':')[0])
      if (type === undefined) continue
      const found = await api.query(`SELECT x FROM value_${index}`)
      expect(JSON.stringify(found.rows[0]![0]), value).toBe(codesOf(answer!)[0])
    }
    const { items } = (await api.get('/api/v1/restream?code=number_range')) as { items: unknown[] }
    expect(items.length).toBe(rows.filter(([, column]) => column!.includes('restreamed')).length)
  })

  it('says how columns widen', async () => {
    const rows = guide.table('the column holds', 'then comes', 'it becomes', 'and both read')
    for (const cell of [0, 1])
      await load(
        'wide',
        rows.map((row) => `{"x":${codesOf(row[cell]!)[0]}}`),
      )
    for (const [index, [first, , becomes, both]] of rows.entries()) {
      expect((await columnsOf(`wide_${index}`)).get('x'), first).toBe(becomes)
      const { rows } = await api.query(`SELECT x FROM wide_${index} ORDER BY _received_at`)
      expect(
        rows.map(([x]) => JSON.stringify(x)),
        first,
      ).toEqual(codesOf(both!))
      const mapping = (await api.get(`/api/v1/event-types/wide%20${index}/mappings/1`)) as MappingVersion
      expect(first).toContain(` ${mapping.mapping.fields[0]!.type}`)
    }
  })

  it('says how fields and event types are named', async () => {
    const rows = guide.table('event', 'columns')
    await load(
      'name',
      rows.map(([event]) => codesOf(event!)[0]!),
    )
    for (const [index, [event, columns]] of rows.entries())
      expect([...(await columnsOf(`name_${index}`)).keys()].sort(), event).toEqual(codesOf(columns!).sort())
    for (const [type, table] of guide.table('event type', 'table')) {
      const [name] = codesOf(type!)
      await send(`/api/v1/events/${encodeURIComponent(name!)}`)
      await loaded()
      expect(await api.get(`/api/v1/event-types/${encodeURIComponent(name!)}`)).toMatchObject({
        table: codesOf(table!)[0],
      })
    }
  })

  it('says what leaves no trace, and what an event without fields is', async () => {
    const texts = ['{"a":null,"b":{},"c":{"d":null},"e":[]}', '{"a":1,"a":2}', '{"a":{"x":1},"a":{"y":2}}', '{}']
    await load('trace', texts)
    const columns = await Promise.all(texts.map(async (_, index) => [...(await columnsOf(`trace_${index}`)).keys()]))
    expect(columns).toEqual([['e'], ['a'], ['a_y'], []])
    expect((await api.query('SELECT count(*), max(a) FROM trace_3, trace_1')).rows).toEqual([[1, 2]])
  })

  it('names every limit of the code', () => {
    const most = guide.table('limit', 'at most', 'what is beyond it').map(([, most]) => most!)
    for (const limit of Object.values(mapLimits))
      expect(most.some((text) => text.includes(limit.toLocaleString('en-US')))).toBe(true)
  })
})

interface MappingVersion {
  readonly mapping: { readonly fields: readonly { readonly type: string }[] }
}

describe('operating.md', () => {
  const guide = readGuide('operating.md')

  it('names every setting with its default', async () => {
    const settings = await describeConfig({ flags: {}, env: {}, cwd: folder })
    const shown = guide.table('variable', 'default', 'what it is').map(([variable, value]) => {
      return [codesOf(variable!)[0], codesOf(value!)[0] ?? '']
    })
    const expected = settings.map(({ variable, value }) => [variable, value ?? ''])
    const found = shown.map(([variable, value]) => [
      variable,
      variable === 'MILLRACE_DATA' ? join(folder, value!) : value,
    ])
    expect(found).toEqual(expected)
  })

  it('names every metric', async () => {
    const response = await fetch(`${local.url}/metrics`, { headers: { authorization: `Bearer ${local.token}` } })
    const names = Array.from((await response.text()).matchAll(/^# TYPE (\S+)/gm), ([, name]) => name!)
    const ours = names.filter((name) => !/^millrace_(process|nodejs)_/.test(name))
    expect(guide.table('metric', 'labels', 'what it counts').map(([name]) => codesOf(name!)[0])).toEqual(ours)
    const rules = [...guide.table('wake somebody when', 'why'), ...guide.table('look in the morning when', 'why')]
    for (const [rule] of rules)
      for (const [metric] of rule!.matchAll(/millrace_\w+/g))
        expect(
          ours.some((name) => metric === name || metric === `${name}_bucket`),
          metric,
        ).toBe(true)
  })

  it('knows every file of the data folder', () => {
    const known = guide.table('file', 'what it is', 'if it is lost').flatMap(([names]) => patternsOf(codesOf(names!)))
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory())
    const paths = files.map(({ parentPath, name }) => join(parentPath, name).slice(data.length + 1))
    expect(paths.length).toBeGreaterThan(8)
    expect(paths.filter((path) => !known.some((pattern) => pattern.test(path)))).toEqual([])
  })

  it('gives the numbers of the code', () => {
    expect(guide.text).toContain(
      `after ${checkpointLimits.bytes / 2 ** 20} MiB of rows, after ${checkpointLimits.ageMs / 1000} s`,
    )
    for (const role of roles) expect(guide.text).toContain(role)
    const codes = guide.table('it says', 'what happened', 'what to do').flatMap(([says]) => codesOf(says!))
    for (const code of codes.filter((code) => /^[a-z]+_[a-z_]+$/.test(code))) expect(errorCodes).toHaveProperty(code)
  })

  it('has paths that answer everybody', async () => {
    for (const path of ['/healthz', '/readyz', '/api/v1/openapi.json']) {
      expect(guide.text).toContain(path)
      expect((await fetch(local.url + path)).status, path).toBe(200)
    }
  })
})

describe('observing.md', () => {
  const guide = readGuide('observing.md')

  it('names every metric by the minute, and every type of notification', () => {
    const metrics = guide.table('name', 'what it is', 'for longer intervals').flatMap(([names]) => codesOf(names!))
    expect(metrics.sort()).toEqual([...metricNames].sort())
    const types = guide.table('type', 'severity', 'what happened', 'where to look').map(([type]) => codesOf(type!)[0])
    expect([...types, 'test'].sort()).toEqual(Object.keys(notificationTypes).sort())
  })

  it('has requests that are answered', async () => {
    await load('observed', ['{"n":1}'])
    const urls = guide.blocks.flatMap(({ text }) =>
      [...text.matchAll(/127\.0\.0\.1:4700(\/[^\s"]+)/g)].map(([, url]) => url!),
    )
    expect(urls.length).toBeGreaterThan(5)
    for (const url of urls.filter((url) => !url.includes('/live'))) await api.get(url)
    const body = guide.blocks.flatMap(({ text }) => /-d '(\{.*\})'/.exec(text)?.[1] ?? [])
    const made = await api.post('/api/v1/notification-channels', JSON.parse(body[0]!))
    expect(made).toMatchObject({ channel: { severityMin: 'error' }, signingSecret: expect.any(String) })
    for (const stage of liveStages) expect(guide.text).toContain(`\`${stage}\``)
    expect(guide.text).toContain('right within 5 %')
  })
})

describe('scheduled-queries.md', () => {
  const guide = readGuide('scheduled-queries.md')
  interface Made {
    readonly id: string
    readonly target: string
    readonly lastRun: { readonly state: string; readonly error: unknown } | null
  }

  it('has statements that run', async () => {
    const events = [1, 2].map((at) => `{"order_id":1,"updated_at":${at}}`)
    await send('/api/v1/events/orders', {
      headers: { 'content-type': 'application/x-ndjson' },
      body: events.join('\n'),
    })
    await loaded()
    const path = '/api/v1/scheduled-queries'
    const [summary] = guide.blocks.flatMap(({ text }) => /-d '(\{.*\})'/s.exec(text)?.[1] ?? [])
    const draft = JSON.parse(summary!) as { label: string; schedule: object }
    const [newest, deletion] = guide.blocks
      .filter(({ language }) => language === 'json')
      .map(({ text }) => JSON.parse(text) as object)
    const drafts = [
      draft,
      { ...draft, label: 'newest', target: 'newest_orders', statement: newest },
      { ...draft, label: 'old ones', target: undefined, statement: deletion },
    ]
    for (const one of drafts) {
      const made = (await api.post(path, one)) as Made
      await api.post(`${path}/${made.id}/run`)
      const lastRun = async () => ((await api.get(`${path}/${made.id}`)) as Made).lastRun
      await expect.poll(lastRun, { timeout: 10_000 }).toMatchObject({ state: 'SUCCESS', error: null })
    }
    expect((await api.query('SELECT orders FROM orders_by_day')).rows).toEqual([[2]])
    expect((await api.query('SELECT updated_at FROM newest_orders')).rows).toEqual([[2]])
  })

  it('names the states of runs that have ended, and the limits', () => {
    const states = guide.table('state', 'the table').flatMap(([state]) => codesOf(state!))
    expect([...states, 'QUEUED', 'RUNNING'].sort()).toEqual([...runStates].sort())
    expect(guide.text).toContain(`last ${runsKept}, newest`)
    expect(guide.text).toContain(`${statementRowsMax.toLocaleString('en').replaceAll(',', ' ')} that are computed`)
  })
})

/** `log/W/0/N.segment` → what such files are called; a name that begins with `-` or `.` follows the one before it. */
function patternsOf(names: readonly string[]): RegExp[] {
  const [first = ''] = names
  const folder = first.slice(0, first.lastIndexOf('/') + 1)
  return names.map((name) => {
    const whole = /^[-.]/.test(name) ? first + name : name === first ? name : folder + name
    const escaped = whole.replace(/[.]/g, '\\.').replace(/\/$/, '/.*')
    const pattern = escaped.replace('WORKSPACE', '[^/]+').replace(/\bN\b/, '\\d+').replace('TIME', '\\w+')
    return new RegExp(`^${pattern}$`)
  })
}

interface Edge {
  /** The largest number that is allowed. */
  readonly most: number
  /** What is said of a request made for a larger one. */
  readonly code: string
  readonly path?: (count: number) => string
  readonly headers?: (count: number) => Record<string, string>
  readonly body: (count: number) => string
}

function edges(): Edge[] {
  const object = () => '{}'
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":null`)
  const id = (count: number) => `[{"type":"limit","data":{},"id":"${'i'.repeat(count)}"}]`
  return [
    { most: limits.requestBytesMax, code: 'request_too_large', body: (count) => `[${' '.repeat(count - 2)}]` },
    { most: limits.requestEventsMax, code: 'too_many_events', body: (count) => `[${Array(count).fill('{}')}]` },
    { most: limits.eventBytesMax, code: 'event_too_large', body: (count) => `{"a":"${'x'.repeat(count - 8)}"}` },
    { most: limits.depthMax, code: 'too_deep', body: nested },
    { most: limits.keyBytesMax, code: 'event_too_large', body: (count) => `{"${'k'.repeat(count)}":null}` },
    { most: limits.objectKeysMax, code: 'event_too_large', body: (count) => `{${keys(count)}}` },
    {
      most: limits.eventTypeCharsMax,
      code: 'invalid_event_type',
      path: (count) => `/api/v1/events/${'t'.repeat(count)}`,
      body: object,
    },
    { most: limits.eventIdCharsMax, code: 'invalid_request', path: () => '/api/v1/events', body: id },
    {
      most: limits.idempotencyKeyCharsMax,
      code: 'invalid_request',
      headers: (count) => ({ 'idempotency-key': 'k'.repeat(count) }),
      body: object,
    },
  ]
}

function nested(depth: number): string {
  return `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`
}

const path = '/api/v1/events/refused'

/** Of an input made for it. */
async function keyOf(input: object): Promise<string> {
  const made = (await api.post('/api/v1/inputs', { label: `made ${++madeCount}`, type: 'native', ...input })) as {
    key: string
  }
  return made.key
}

let madeCount = 0

/** How many events the workspace may take in a month. */
async function setQuota(eventsPerMonthMax: number | null): Promise<void> {
  const open = { eventsPerSecondMax: null, bytesPerSecondMax: null, bytesPerMonthMax: null }
  const answer = await fetch(`${local.url}/api/v1/workspaces/default/quota`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${local.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...open, eventsPerMonthMax }),
  })
  expect(answer.status).toBe(200)
}

/** Requests that are refused, by code. */
const refused: Readonly<Record<string, () => Promise<Answer>>> = {
  forbidden: async () => send(path, { headers: { authorization: `Bearer ${await keyOf({ type: 'webhook' })}` } }),
  idempotency_key_reused: async () => {
    const headers = { 'idempotency-key': 'used' }
    await send(path, { headers })
    return send(path, { headers, body: '{"other":1}' })
  },
  too_many_requests: async () => {
    const headers = { authorization: `Bearer ${await keyOf({ settings: { eventsPerSecondMax: 1 } })}` }
    await send(path, { headers, body: '[{},{},{},{},{},{},{},{}]' })
    return send(path, { headers })
  },
  workspace_quota_exceeded: async () => {
    await setQuota(0)
    const answer = await send(path)
    await setQuota(null)
    return answer
  },
  invalid_json: () => send(path, { body: '{' }),
  invalid_utf8: () => send(path, { body: Buffer.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d) }),
  not_an_object: () => send(path, { body: '7' }),
  too_deep: () => send(path, { body: nested(limits.depthMax + 1) }),
  invalid_event_type: () => send('/api/v1/events/%20x'),
  invalid_request: () => send(path, { headers: { 'content-encoding': 'gzip' } }),
  unauthenticated: () => send(path, { headers: { authorization: `Bearer ${local.token}` } }),
  not_found: () => send('/api/v1/event'),
  method_not_allowed: () => send(path, { method: 'PUT' }),
  request_too_large: () => send(path, { body: Buffer.alloc(limits.requestBytesMax + 1, ' ') }),
  too_many_events: () => send(path, { body: `[${Array(limits.requestEventsMax + 1).fill('{}')}]` }),
  event_too_large: () => send(path, { body: `{"a":"${'x'.repeat(limits.eventBytesMax)}"}` }),
  uri_too_long: () => send(`/api/v1/events/${'x'.repeat(9_000)}`),
  unsupported_media_type: () => send(path, { headers: { 'content-type': 'text/csv' } }),
  unsupported_encoding: () => send(path, { headers: { 'content-encoding': 'br' } }),
  expectation_failed: () => send(path, { headers: { expect: 'the-unexpected' } }),
  headers_too_large: () => {
    const headers = Array.from({ length: 101 }, (_, index) => [`x-${index}`, ''] as const)
    return send(path, { headers: Object.fromEntries(headers) })
  },
}
