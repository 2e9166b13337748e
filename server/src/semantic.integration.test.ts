/** The semantic layer in a server that runs: saved over HTTP, asked for in SQL. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const key = 'fixed-ingest-key-of-the-test'
const patience = { timeout: 30_000, interval: 50 }
let folder: string
let server: RunningServer

const start = async () =>
  startServer(
    await readConfig({
      flags: { port: '0', data: join(folder, 'data'), logLevel: 'error' },
      env: { MILLRACE_ADMIN_TOKEN: token, MILLRACE_INGEST_KEY: key },
      cwd: folder,
    }),
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-semantic-'))
  server = await start()
  await send('ads_eu', [
    { campaign: 'EU_Search_Brand_2026', spend: 10, clicks: 4, account_id: 7 },
    { campaign: 'EU_Social_Generic_2026', spend: 5.5, clicks: 0, account_id: 7 },
    { campaign: 'unnamed', spend: 1, clicks: 1, account_id: 8 },
  ])
  await send('ads_us', [{ name: 'search-us-brand', cost: 20, clicks: 10 }])
  while ((await rowsOf('ads_eu')) !== 3 || (await rowsOf('ads_us')) !== 1) await delay(50)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

interface Made {
  id: string
  version: number
  state: string
  reasons: { field: string; message: string }[]
  views: string[]
}

async function ask<T = Made>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const answer = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as T }
}

async function make(path: string, body: unknown): Promise<Made> {
  const made = await ask('POST', path, body)
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201, body: { state: 'valid', reasons: [] } })
  return made.body
}

const send = async (type: string, events: object[]) => {
  const answer = await fetch(`${server.url}/api/v1/events/${type}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(events),
  })
  expect(answer.status, await answer.text()).toBe(200)
}

async function warehouse(): Promise<string> {
  const files = await readdir(join(folder, 'data'), { recursive: true })
  return join(folder, 'data', files.find((file) => file.endsWith('warehouse.duckdb'))!)
}

const rowsOf = async (name: string) => (await ask<{ rowCount: number }>('GET', `tables/${name}`)).body.rowCount

async function query(sql: string): Promise<unknown[][]> {
  const { status, body } = await ask<{ rows: unknown[][] }>('POST', 'query', { sql })
  expect(status, JSON.stringify(body)).toBe(200)
  return body.rows
}

const ids: Record<string, string> = {}

describe('columns', () => {
  test('are dimensions or measurements, as they are inferred or as somebody says', async () => {
    const { body } = await ask<{ items: { column: string; role: string }[] }>('GET', 'dimensions?table=ads_eu')
    const roles = Object.fromEntries(body.items.map(({ column, role }) => [column, role]))
    expect(roles).toMatchObject({
      ...{ spend: 'measurement', clicks: 'measurement', campaign: 'dimension', account_id: 'dimension' },
      ...{ _time: 'dimension', _id: 'dimension' },
    })
    const change = { displayName: 'Ad spend', aggregation: 'avg' }
    const changed = await ask('PATCH', 'dimensions/ads_eu/spend', change)
    expect(changed).toMatchObject({ status: 200, body: { ...change, role: 'measurement', viewColumn: 'Ad spend' } })
    expect(await query('SELECT "Ad spend" FROM semantic_ads_eu ORDER BY 1')).toEqual([[1], [5.5], [10]])
    expect(await ask('PATCH', 'dimensions/ads_eu/clicks', { displayName: 'AD SPEND' })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'displayName' }] },
    })
    expect(await ask('PATCH', 'dimensions/ads_eu/campaign', { role: 'measurement' })).toMatchObject({ status: 400 })
    expect((await ask('DELETE', 'dimensions/ads_eu/spend')).status).toBe(204)
    expect(await query("FROM duckdb_views() SELECT view_name WHERE view_name = 'semantic_ads_eu'")).toEqual([])
  })
})

describe('patterns', () => {
  test('show what they would make of real values before they are saved', async () => {
    const rule = { kind: 'regex', expression: '^([A-Z]+)_' }
    const { status, body } = await ask('POST', 'patterns/preview', {
      source: { table: 'ads_eu', column: 'campaign' },
      rule,
    })
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        ...{ rows: 3, isWhole: true, rowsMatched: 2, values: 3, valuesMatched: 2, results: 1 },
        coverage: { rows: 2 / 3, values: 2 / 3 },
        misses: [{ value: 'unnamed', rows: 1, result: null }],
      },
    })
  })

  test('derive columns of a view, of columns and of each other', async () => {
    const [eu, us] = [
      { table: 'ads_eu', column: 'campaign' },
      { table: 'ads_us', column: 'name' },
    ]
    ids['channel'] = (
      await make('patterns', {
        name: 'Channel',
        sources: [eu, us],
        rule: {
          kind: 'first',
          rules: [
            { kind: 'regex', expression: '^[A-Z]{2}_([A-Za-z]+)_' },
            { kind: 'split', separator: '-', position: 1 },
          ],
        },
        default: 'other',
      })
    ).id
    ids['channelName'] = (
      await make('patterns', {
        name: 'Channel name',
        sources: [
          { table: 'ads_eu', pattern: ids['channel'] },
          { table: 'ads_us', pattern: ids['channel'] },
        ],
        rule: { kind: 'lookup', entries: [{ from: 'SEARCH', to: 'Paid search' }], isCaseSensitive: false },
      })
    ).id
    expect(await query('SELECT campaign, "Channel", "Channel name" FROM semantic_ads_eu ORDER BY 1')).toEqual([
      ['EU_Search_Brand_2026', 'Search', 'Paid search'],
      ['EU_Social_Generic_2026', 'Social', null],
      ['unnamed', 'unnamed', null],
    ])
    expect(await query('SELECT "Channel name" FROM semantic_ads_us')).toEqual([['Paid search']])
  })

  test('are refused with a reason where they cannot be', async () => {
    const source = { table: 'ads_eu', column: 'campaign' }
    const refused = async (draft: object, status: number, field: string, message: RegExp) => {
      const answer = await ask<{ errors: { field: string; message: string }[] }>('POST', 'patterns', {
        ...{ name: 'Wrong', sources: [source] },
        ...draft,
      })
      expect(answer.status, JSON.stringify(answer.body)).toBe(status)
      expect(answer.body.errors[0]).toMatchObject({ field, message: expect.stringMatching(message) })
    }
    const rule = { kind: 'split', separator: '_', position: 1 }
    await refused({ rule: { kind: 'regex', expression: '(?=a)' } }, 400, 'rule.expression', /perl operator/)
    await refused({ rule: { kind: 'regex', expression: 'a(' } }, 400, 'rule.expression', /missing \)/)
    await refused({ rule: { kind: 'regex', expression: '(a)', group: 2 } }, 400, 'rule.group', /1 group/)
    await refused({ rule, sources: [{ table: 'ads_e', column: 'a' }] }, 400, 'sources.0', /did you mean ads_eu/)
    await refused({ rule, sources: [{ table: 'ads_eu', column: 'campain' }] }, 400, 'sources.0', /mean campaign/)
    await refused({ rule, sources: [{ table: 'ads_eu', column: 'spend' }] }, 400, 'sources.0', /is a DOUBLE/)
    await refused({ rule, sources: [source, source] }, 400, 'sources.1', /another source/)
    await refused({ rule, name: 'campaign' }, 409, 'name', /column campaign/)
    await refused({ rule, name: 'CHANNEL' }, 409, 'name', /Channel already/)
    const circle = { rule: { kind: 'pattern', pattern: ids['channelName'] } }
    expect(await ask('PATCH', `patterns/${ids['channel']}`, circle)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'rule', message: expect.stringContaining('Channel name → Channel') }] },
    })
  })

  test('that others use are not deleted, and the others are named', async () => {
    const answer = await ask<{ detail: string }>('DELETE', `patterns/${ids['channel']}`)
    expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining('pattern Channel name') } })
  })

  test('with names and values that are hostile to SQL are what they are', async () => {
    const hostile = `"; DROP TABLE ads_eu; --'`
    await make('patterns', {
      name: hostile,
      sources: [{ table: 'ads_eu', column: 'campaign' }],
      rule: { kind: 'lookup', entries: [{ from: 'unnamed', to: hostile }] },
      default: `'); --`,
    })
    const [[found]] = (await query(
      `SELECT "${hostile.replaceAll('"', '""')}" FROM semantic_ads_eu WHERE campaign = 'unnamed'`,
    )) as [[string]]
    expect(found).toBe(hostile)
    expect(await rowsOf('ads_eu')).toBe(3)
  })

  test('are changed by what is given, or replaced, and not behind somebody’s back', async () => {
    const { id } = await make('patterns', {
      name: 'Year',
      sources: [{ table: 'ads_eu', column: 'campaign' }],
      rule: { kind: 'split', separator: '_', position: 1, from: 'end' },
    })
    const renamed = await ask('PATCH', `patterns/${id}`, { name: 'Campaign year' })
    expect(renamed.body).toMatchObject({ version: 2, name: 'Campaign year', sources: [{ table: 'ads_eu' }] })
    const replaced = await ask('PUT', `patterns/${id}`, {
      name: 'Yearly',
      rule: { kind: 'split', separator: '_', position: 4 },
    })
    expect(replaced.body).toMatchObject({ version: 3, sources: [], default: null })
    const stale = await fetch(`${server.url}/api/v1/patterns/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'if-match': '"old"' },
      body: '{"name":"Other"}',
    })
    expect(stale.status).toBe(412)
    expect((await ask('DELETE', `patterns/${id}`)).status).toBe(204)
    expect((await ask('GET', `patterns/${id}`)).status).toBe(404)
  })
})

describe('harmonised dimensions and calculated measurements', () => {
  test('unite tables, and are the same formula in each', async () => {
    await ask('PATCH', 'dimensions/ads_us/cost', { displayName: 'spend' })
    ids['cpc'] = (await make('calculated-measurements', { name: 'CPC', formula: 'spend / clicks' })).id
    await make('calculated-measurements', { name: 'CPM-like', formula: 'round(CPC * 1000, 1)' })
    ids['share'] = (
      await make('calculated-measurements', {
        name: 'Search share',
        formula: `sum(if(Channel = 'Search', spend, 0)) / sum(spend)`,
        tables: ['ads_eu'],
      })
    ).id
    const united = await make('harmonised-dimensions', {
      name: 'Ad channel',
      members: [
        { table: 'ads_eu', pattern: ids['channel'] },
        { table: 'ads_us', pattern: ids['channel'] },
      ],
    })
    ids['united'] = united.id
    expect(united.views.sort()).toEqual([
      'harmonised_ad_channel',
      'harmonised_ad_channel__totals',
      'semantic_ads_eu',
      'semantic_ads_us',
    ])
    const rows = await query(
      'SELECT _table, lower("Ad channel"), spend, clicks, CPC, "CPM-like" FROM harmonised_ad_channel ORDER BY 3',
    )
    expect(rows).toEqual([
      ['ads_eu', 'unnamed', 1, 1, 1, 1000],
      ['ads_eu', 'social', 5.5, 0, null, null],
      ['ads_eu', 'search', 10, 4, 2.5, 2500],
      ['ads_us', 'search', 20, 10, 2, 2000],
    ])
  })

  test('have SQL for many rows', async () => {
    const { body } = await ask<{ items: { table: string; view: string; aggregate: string }[] }>(
      'GET',
      `calculated-measurements/${ids['cpc']}/sql`,
    )
    const sums: Record<string, unknown> = {}
    for (const { table, view, aggregate } of body.items)
      sums[table] = (await query(`SELECT ${aggregate} FROM ${view}`))[0]![0]
    expect(sums).toEqual({ ads_eu: 16.5 / 5, ads_us: 2 })
    const share = await ask<{ items: { column: null; aggregate: string }[] }>(
      'GET',
      `calculated-measurements/${ids['share']}/sql`,
    )
    expect(share.body.items).toHaveLength(1)
    expect(share.body.items[0]!.column).toBeNull()
    expect(await query(`SELECT ${share.body.items[0]!.aggregate} FROM semantic_ads_eu`)).toEqual([[10 / 16.5]])
  })

  test('are refused with a reason', async () => {
    const refused = async (formula: string, message: RegExp, tables: string[] | null = null) => {
      const answer = await ask<{ errors: { field: string; message: string }[] }>('POST', 'calculated-measurements', {
        ...{ name: 'Wrong', formula, tables },
      })
      expect(answer.status, `${formula} ${JSON.stringify(answer.body)}`).toBe(400)
      expect(answer.body.errors.map((error) => error.message).join('\n')).toMatch(message)
    }
    await refused('spendd / clicks', /did you mean spend\?/)
    await refused('spend / ', /at character/)
    await refused('spend; DROP TABLE ads_eu', /more than one expression/)
    await refused("'a' + spend", /\+ takes numbers, not a text/)
    await refused('sum(sum(spend))', /within another aggregate/)
    await refused('sum(spend) / campaign', /\/ takes numbers/)
    await refused('summ(spend)', /did you mean sum\?/)
    await refused('spend.clicks', /double quotes/)
    await refused('spend', /no table ads_xx/, ['ads_xx'])
    expect(await ask('PATCH', `calculated-measurements/${ids['cpc']}`, { formula: '"CPM-like" / 2' })).toMatchObject({
      status: 400,
      body: { errors: [{ message: expect.stringContaining('CPC → CPM-like → CPC') }] },
    })
    expect(await ask('PATCH', `calculated-measurements/${ids['cpc']}`, { name: 'Click cost' })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('calculated measurement CPM-like') },
    })
    const members = [{ harmonisedDimension: ids['united'] }]
    expect(await ask('PUT', `harmonised-dimensions/${ids['united']}`, { name: 'Ad channel', members })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'members', message: expect.stringContaining('leads back') }] },
    })
  })
})

describe('views', () => {
  test('have what mappings add, keep what is derived where a column comes to have its name, and survive a wider column', async () => {
    await send('ads_eu', [
      { campaign: 'EU_Search_New_2026', spend: 'unknown', clicks: 1, impressions: 100, Channel: 'x' },
    ])
    await expect.poll(() => rowsOf('ads_eu'), patience).toBe(4)
    const { body } = await ask<{ items: { column: string; viewColumn: string; role: string; type: string }[] }>(
      'GET',
      'dimensions?table=ads_eu',
    )
    const channel = body.items.find(({ column }) => column === 'Channel')
    expect(channel?.viewColumn).toBe('Channel_2')
    await expect
      .poll(
        () =>
          ask<unknown>('POST', 'query', {
            sql: `SELECT "Channel", "Channel_2", impressions FROM semantic_ads_eu WHERE impressions = 100`,
          }),
        patience,
      )
      .toMatchObject({ status: 200, body: { rows: [['Search', 'x', 100]] } })
  })

  test('tell what is not valid any more', async () => {
    const spend = (await ask<{ type: string }>('GET', 'dimensions/ads_eu/spend')).body
    expect(spend.type).toBe('VARCHAR')
    const { body } = await ask('GET', `calculated-measurements/${ids['share']}`)
    expect(body).toMatchObject({ state: 'invalid', reasons: [{ field: 'formula' }, { field: 'formula' }] })
    expect((await ask('GET', `patterns/${ids['channel']}`)).body).toMatchObject({ state: 'valid' })
  })

  test('come from a layer that is told and set as a whole', async () => {
    type Layer = Record<string, unknown[]>
    const { body: layer } = await ask<Layer>('GET', 'semantic-layer')
    expect(JSON.stringify(layer)).toContain('"pattern":"Channel"')
    expect(await ask('PUT', 'semantic-layer', layer)).toMatchObject({ status: 200, body: { changes: [] } })
    const measurement = { name: 'Clicks twice', formula: 'clicks * 2' }
    const more = { ...layer, calculatedMeasurements: [...layer['calculatedMeasurements']!, measurement] }
    expect(await ask('PUT', 'semantic-layer', more)).toMatchObject({
      status: 200,
      body: { changes: [{ action: 'create', kind: 'calculated-measurement', name: 'Clicks twice' }] },
    })
    expect(await query('SELECT "Clicks twice" FROM semantic_ads_us')).toEqual([[20]])
    const wrong = { ...more, patterns: [], harmonisedDimensions: [] }
    expect(
      await ask('PUT', 'semantic-layer', { ...wrong, dimensions: [{ table: 'ads_us', column: 'x' }] }),
    ).toMatchObject({
      status: 400,
    })
    const formulas = (name: string) => Array.from({ length: 3_000 }, (_, n) => ({ name: `${name}${n}`, formula: '1' }))
    const patterns = formulas('p').map(({ name }) => ({ name, rule: { kind: 'split', separator: '_', position: 1 } }))
    expect(await ask('PUT', 'semantic-layer', { patterns, calculatedMeasurements: formulas('m') })).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('at most 5000') },
    })
    expect((await ask<Layer>('GET', 'semantic-layer')).body['patterns']).toEqual(layer['patterns'])
    expect(await ask('PUT', 'semantic-layer', layer)).toMatchObject({ body: { changes: [{ action: 'delete' }] } })
  })

  test('leave their names to nobody else', async () => {
    await send('semantic_x', [{ n: 1 }])
    await send('Harmonised_y', [{ n: 1 }])
    const names = async () =>
      (await ask<{ items: { name: string }[] }>('GET', 'tables')).body.items.map(({ name }) => name)
    await expect.poll(names, patience).toEqual(expect.arrayContaining(['_semantic_x', '_Harmonised_y']))
    const statement = { kind: 'select', sql: 'SELECT 1 AS n', mode: 'replace' }
    const scheduled = { label: 'x', target: 'semantic_ads_eu', statement, schedule: { everyHours: 1 } }
    expect(await ask('POST', 'scheduled-queries', scheduled)).toMatchObject({
      status: 403,
      body: { code: 'query_refused' },
    })
    expect((await ask('PUT', 'tables/harmonised_z', { columns: [{ name: 'n', type: 'BIGINT' }] })).status).toBe(400)
  })

  test('are there after a restart, and go with what they are made of', async () => {
    await server.close()
    server = await start()
    expect(await query('SELECT count(*) FROM harmonised_ad_channel')).toEqual([[5]])
    await server.close()
    // As if the process had died between the change and its views.
    const instance = await DuckDBInstance.create(await warehouse())
    const connection = await instance.connect()
    await connection.run('DROP VIEW main.harmonised_ad_channel')
    connection.closeSync()
    instance.closeSync()
    server = await start()
    const sql = 'SELECT count(*) FROM harmonised_ad_channel'
    await expect.poll(() => ask<unknown>('POST', 'query', { sql }), patience).toMatchObject({ status: 200 })
    expect((await ask('DELETE', `harmonised-dimensions/${ids['united']}`)).status).toBe(204)
    expect(await query("FROM duckdb_views() SELECT view_name WHERE view_name LIKE 'harmonised%'")).toEqual([])
  })
})
