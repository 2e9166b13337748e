/** An S3 input of Alooma's clients, in a server that runs: what lies in the bucket are rows, what comes later too, and what cannot run says so. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'
import { openS3Store } from './object-store/s3.ts'
import { type S3Server, startS3Server } from './object-store/s3-server.fixture.ts'
import { openOutbound } from './outbound.ts'
import { openConnectorHttp, openPauses } from './pull/connector-http.ts'

const token = 'fixed-admin-token-of-the-test'
const patience = { timeout: 30_000, interval: 50 }
let folder: string
let server: RunningServer
let bucket: S3Server

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-alooma-bucket-'))
  bucket = await startS3Server()
  const flags = { port: '0', data: folder, logLevel: 'error' }
  const env = { MILLRACE_ADMIN_TOKEN: token, MILLRACE_ALLOWED_HOSTS: '127.0.0.1' }
  server = await startServer(await readConfig({ flags, env, cwd: folder }))
})
afterAll(async () => {
  await server?.close()
  await bucket?.close()
  rmSync(folder, { recursive: true })
})

async function ask<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json().catch(() => undefined)) as T }
}

async function put(key: string, text: string): Promise<void> {
  const http = openConnectorHttp({
    outbound: openOutbound(['127.0.0.1']),
    pauses: openPauses(),
    scope: 'test',
    signal: new AbortController().signal,
  })
  await openS3Store(bucket.place, http.request).put(key, Buffer.from(text))
  await http.close()
}

interface Node {
  readonly id: string
  readonly type: string
  readonly state: string
  readonly configuration: Record<string, unknown>
}

/** As `create_s3_input` sends it, and where the bucket is. */
const configurationOf = () => ({
  awsAccessKeyId: bucket.place.accessKeyId,
  awsSecretAccessKey: bucket.place.secretAccessKey,
  awsBucketName: bucket.place.bucket,
  filePrefix: 'shop/',
  loadFiles: 'all',
  fileFormat: '{"type": "delimited", "delimiter": ";"}',
  auto_map: 'true',
  endpoint: bucket.place.endpoint,
})

const rows = async (): Promise<unknown> =>
  (await ask<{ rows?: unknown }>('POST', '/api/v1/query', { sql: 'SELECT id, name FROM orders ORDER BY id' })).body.rows

const runNow = (id: string) => ask('POST', `/api/v1/sources/${id}/run`, {})

it('is a source: files of the bucket are rows, its configuration is what was said, its secret masked', async () => {
  await put('shop/a.csv', 'id;name\n1;x\n2;y\n')
  await put('elsewhere/b.csv', 'id;name\n9;z\n')
  const draft = { name: 'orders', type: 'S3', configuration: configurationOf() }
  const { status, body: node } = await ask<Node>('POST', '/rest/plumbing/inputs', draft)
  expect(status).toBe(200)
  expect(node).toMatchObject({ type: 'S3', state: 'RUNNING' })
  expect(node.configuration).toEqual({ ...configurationOf(), awsSecretAccessKey: '********' })
  expect((await ask(`GET`, `/rest/inputSleepTime/${node.id}`)).body).toEqual({ inputSleepTime: 60 })
  expect((await ask('GET', `/api/v1/sources/${node.id}`)).body).toMatchObject({ schedule: { everyMinutes: 1 } })
  await runNow(node.id)
  await expect.poll(rows, patience).toEqual([
    [1, 'x'],
    [2, 'y'],
  ])

  // What comes back masked stays, and what is changed holds for the next run.
  const change = { id: node.id, configuration: { ...node.configuration, filePrefix: 'elsewhere/' } }
  expect((await ask<Node>('PUT', `/rest/inputs/${node.id}`, change)).body).toMatchObject({
    configuration: { filePrefix: 'elsewhere/', awsSecretAccessKey: '********' },
  })
  await runNow(node.id)
  await expect.poll(rows, patience).toContainEqual([9, 'z'])
  const renamed = await ask<Node>('PUT', `/rest/inputs/${node.id}`, { id: node.id, name: 'renamed' })
  expect(renamed).toMatchObject({ status: 200, body: { type: 'S3', configuration: { filePrefix: 'elsewhere/' } } })
  expect((await ask('POST', `/rest/plumbing/nodes/remove/${node.id}`)).status).toBe(200)
})

it('that says too little is refused with the reason; unvalidated it is kept, and stands still', async () => {
  const draft = { name: 'incomplete', type: 'S3', configuration: { awsBucketName: 'raw' } }
  expect(await ask('POST', '/rest/plumbing/inputs', draft)).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('awsAccessKeyId') },
  })
  const { body } = await ask<Node>('POST', '/rest/inputs?validate=false', draft)
  expect(body).toMatchObject({
    type: 'S3',
    state: 'NOT_RUNNING',
    stateReason: expect.stringContaining('awsAccessKeyId'),
  })
})

it('of a type that nothing here can fetch says why it stands still', async () => {
  const draft = { name: 'mixpanel', type: 'MIXPANEL', configuration: { mixpanelApiKey: 'k', fromDate: '2026-01-01' } }
  const { body } = await ask<Node>('POST', '/rest/plumbing/inputs', draft)
  expect(body).toMatchObject({
    type: 'MIXPANEL',
    state: 'NOT_RUNNING',
    stateReason: expect.stringContaining('no connector for MIXPANEL'),
  })
})
