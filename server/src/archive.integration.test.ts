/** Archives of a server that runs: what is in them, and what becomes of a store that says no. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'
import { answerXml, bucket, type S3Server, startS3Server } from './object-store/s3-server.fixture.ts'

const token = 'fixed-admin-token-of-the-test'
const ingestKey = 'fixed-ingest-key-of-the-test'
const patience = { timeout: 60_000, interval: 50 }
let folder: string
let server: RunningServer | undefined
let s3: S3Server | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-archive-'))
  mkdirSync(join(folder, 'archive'))
})
afterEach(async () => {
  await server?.close()
  await s3?.close()
  server = undefined
  s3 = undefined
  rmSync(folder, { recursive: true })
})

async function start(flags: Record<string, string> = {}, data = 'data'): Promise<void> {
  await server?.close()
  const all = { port: '0', data: join(folder, data), logLevel: 'error', archiveRoot: join(folder, 'archive') }
  const env = { MILLRACE_ADMIN_TOKEN: token, MILLRACE_INGEST_KEY: ingestKey, MILLRACE_ALLOWED_HOSTS: '127.0.0.1' }
  server = await startServer(await readConfig({ flags: { ...all, ...flags }, env, cwd: folder }))
}

async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  bearer = token,
): Promise<{ status: number; body: T }> {
  const answer = await fetch(`${server!.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as T }
}

interface Archive {
  readonly target: Record<string, unknown>
  readonly status: {
    readonly position: string
    readonly lagEvents: number
    readonly events: number
    readonly objects: number
    readonly lost: number
    readonly failure?: { code: string; message: string }
  }
}

const set = (target: object, more: object = {}) =>
  ask<Archive & { errors: unknown }>('PUT', 'archive', { target, rollSeconds: 1, ...more })
const status = async () => (await ask<Archive>('GET', 'archive')).body.status
const send = async (events: readonly object[], type = 'click') => {
  const answer = await ask<{ detail?: string }>('POST', `events/${type}`, events, ingestKey)
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body.detail}`)
}
const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `e${from + index}`, n: from + index }))
const archived = (events: number) => expect.poll(async () => (await status()).events, patience).toBe(events)
const notified = (type: string) =>
  expect
    .poll(async () => {
      const { body } = await ask<{ items: { type: string; message: string }[] }>('GET', 'notifications')
      return body.items.find((one) => one.type === type)?.message
    }, patience)
    .toBeTypeOf('string')
const rowCount = async (table = 'click') =>
  Number(
    (await ask<{ rows: unknown[][] }>('POST', 'query', { sql: `SELECT count(*) FROM ${table}` })).body.rows?.[0]?.[0],
  )
const linesIn = (place: string) =>
  globSync('**/*.ndjson.gz', { cwd: place }).flatMap((name) =>
    gunzipSync(readFileSync(join(place, name)))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
const s3Target = () => {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3!.place
  return { kind: 's3', endpoint, region, bucket, prefix: 'raw/', accessKeyId, secretAccessKey }
}

describe('a folder', () => {
  it('has every event once, over restarts, as any tool reads it', async () => {
    await start()
    await send(numbered(0, 500))
    expect((await set({ kind: 'folder', folder: 'a' })).status).toBe(200)
    await archived(500) // what was there before is archived, too
    await send(numbered(500, 500))
    await archived(1_000)
    await start()
    await send([
      { id: 'last', n: 1_000 },
      { id: 'nested', n: 1_001, deep: { a: [1, '\n'] } },
    ])
    await archived(1_002)
    const place = join(folder, 'archive/a')
    expect(
      linesIn(place)
        .map(({ data }) => data.n)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 1_002 }, (_, index) => index))
    expect(globSync('default/native/????/??/??/??/*.ndjson.gz', { cwd: place }).length).toBeGreaterThan(0)
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect()
    const sql = `SELECT count(DISTINCT id), sum((data->>'n')::INT), any_value(type) FROM read_json('${place}/**/*.ndjson.gz')`
    expect((await duckdb.runAndReadAll(sql)).getRows()).toEqual([[1_002n, 501_501n, 'click']])
    duckdb.closeSync()
  })

  it('is sent in again by a source, with the ids, types and times that the events had', async () => {
    await start({ filesRoot: join(folder, 'archive') })
    await set({ kind: 'folder', folder: '.' })
    await ask(
      'POST',
      'events',
      [{ id: 'a', type: 'purchase', time: '2020-02-03T04:05:06Z', data: { n: 1 } }],
      ingestKey,
    )
    await send(numbered(0, 100))
    await expect.poll(async () => (await status()).lagEvents, patience).toBe(0)
    const { events } = await status()
    await start({ filesRoot: join(folder, 'archive') }, 'another')
    const settings = { folder: '.', format: 'archive', table: 'unknown' }
    const made = await ask<{ input: { id: string } }>('POST', 'inputs', { label: 'again', type: 'files', settings })
    expect([made.status, made.body]).toMatchObject([201, {}])
    await ask('POST', `sources/${made.body.input.id}/run`, {})
    await expect.poll(() => rowCount(), patience).toBe(100)
    expect(events).toBe(101)
    const sql = 'SELECT _id, _time::VARCHAR, n FROM purchase'
    await expect
      .poll(async () => (await ask<{ rows: unknown }>('POST', 'query', { sql })).body.rows, patience)
      .toEqual([['a', expect.stringContaining('2020-02-03 04:05:06'), 1]])
  })

  it('is refused where the operator allows none, or not that one', async () => {
    await start({ archiveRoot: '' })
    const test = (target: object) => ask<{ isWritable: boolean; reason: string }>('POST', 'archive/test', { target })
    expect((await test({ kind: 'folder', folder: 'a' })).body.reason).toContain('MILLRACE_ARCHIVE_ROOT')
    await start()
    expect((await test({ kind: 'folder', folder: '../data' })).body.reason).toContain('not below the folder')
    expect((await test({ kind: 'folder', folder: 'a' })).body).toEqual({ isWritable: true, reason: null })
    expect(globSync('**/*', { cwd: join(folder, 'archive'), withFileTypes: true }).filter((e) => e.isFile())).toEqual(
      [],
    )
  })
})

describe('a bucket', () => {
  beforeEach(async () => {
    s3 = await startS3Server()
  })

  it('that says no is told of, and neither stops the pipeline nor loses anything', async () => {
    await start()
    const wrong = { ...s3Target(), secretAccessKey: 'wrong' }
    await set(wrong)
    await send(numbered(0, 10))
    await expect.poll(() => rowCount(), patience).toBe(10)
    await expect.poll(async () => (await status()).failure?.message, patience).toContain('signature is wrong')
    expect(await status()).toMatchObject({ lagEvents: 10, events: 0, lost: 0 })
    await notified('archive_failed')
    const metrics = await fetch(`${server!.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    expect(await metrics.text()).toContain('millrace_archive_failing{workspace="default"} 1')
    await set(s3Target())
    await archived(10)
    expect((await status()).failure).toBeUndefined()
    expect(s3!.requests.filter((line) => line.startsWith('PUT')).at(-1)).toMatch(
      new RegExp(
        `^PUT /${bucket}/raw/default/native/\\d{4}/\\d\\d/\\d\\d/\\d\\d/\\d{20}-\\d{20}-[0-9a-f]{8}\\.ndjson\\.gz`,
      ),
    )
  })

  it('is tried again where it fails for a while, and over a restart', async () => {
    await start()
    s3!.fault = (request, response) => request.method === 'PUT' && answerXml(response, 500, 'InternalError')
    await set(s3Target())
    await send(numbered(0, 10))
    await expect.poll(async () => (await status()).failure?.code, patience).toBe('object_store_unavailable')
    await start()
    await send(numbered(10, 10))
    s3!.fault = undefined
    await archived(20)
  })

  it('is tested before anything is lost on it', async () => {
    await start()
    const test = async (target?: object) =>
      (await ask<{ isWritable: boolean; reason: string }>('POST', 'archive/test', target && { target })).body
    const reasonOf = async (change: object) => (await test({ ...s3Target(), ...change })).reason
    expect((await ask('POST', 'archive/test', {})).status).toBe(404)
    expect(await test(s3Target())).toEqual({ isWritable: true, reason: null })
    expect(await reasonOf({ bucket: 'no-such' })).toContain('no bucket no-such')
    expect(await reasonOf({ secretAccessKey: 'wrong' })).toContain('secret access key')
    expect(await reasonOf({ endpoint: 'http://10.1.2.3' })).toContain('MILLRACE_ALLOWED_HOSTS')
    s3!.fault = (request, response) => request.method === 'DELETE' && answerXml(response, 403, 'AccessDenied')
    expect(await reasonOf({})).toContain('could not be deleted')
  })

  it('keeps its secret, for the access key and the endpoint that it is meant for', async () => {
    await start()
    const { secretAccessKey: _, ...known } = s3Target()
    expect((await set(known)).status).toBe(400)
    await set(s3Target())
    const shown = await ask<Archive>('GET', 'archive')
    expect(shown.body.target).toEqual({ ...known, serverSideEncryption: false })
    expect((await set({ ...known, prefix: 'other/' })).status).toBe(200)
    await send(numbered(0, 1))
    await archived(1)
    expect((await set({ ...known, endpoint: 'https://elsewhere.example.com' })).body.errors).toMatchObject([
      { field: 'target.secretAccessKey' },
    ])
    const told = JSON.stringify([
      shown.body,
      (await ask('GET', 'audit')).body,
      (await ask('GET', 'configuration')).body,
    ])
    expect(told).not.toContain('"S3RVER","S')
    expect((await ask('DELETE', 'archive')).status).toBe(204)
    expect((await ask('GET', 'archive')).status).toBe(404)
    expect((await ask('DELETE', 'archive')).status).toBe(404)
  })
})
