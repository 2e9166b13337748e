/** A workspace is archived and taken up again, in a server that runs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, startServer } from './main.ts'

const token = 'fixed-admin-token-of-the-test'
const patience = { timeout: 20_000, interval: 50 }
let folder: string
let server: RunningServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-archived-'))
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  server = await startServer(
    await readConfig({ flags, env: { MILLRACE_ADMIN_TOKEN: token, MILLRACE_ALLOWED_HOSTS: '127.0.0.1' }, cwd: folder }),
  )
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function ask(method: string, path: string, body?: unknown, bearer = token) {
  const answer = await fetch(`${server.url}/${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, text, json: () => JSON.parse(text) }
}

async function well(method: string, path: string, body?: unknown) {
  const answer = await ask(method, `api/v1/${path}`, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`)
  return answer.text === '' ? undefined : answer.json()
}

async function workspaceWithKey(id: string): Promise<string> {
  await well('POST', 'workspaces', { id, name: id })
  return (await well('POST', `inputs?workspace=${id}`, { label: 'shop', type: 'native' })).key
}

const send = (key: string, id: string) => ask('POST', 'api/v1/events', [{ type: 'click', id, data: { n: 1 } }], key)
const rows = (workspace: string) => async () => {
  const answer = await ask('POST', `api/v1/query?workspace=${workspace}`, { sql: 'SELECT count(*) FROM click' })
  return answer.status === 200 ? Number(answer.json().rows[0][0]) : `${answer.status}`
}

test('an archived workspace takes and shows nothing; taken up again it is as it was, and events go on', async () => {
  const key = await workspaceWithKey('lab')
  expect((await send(key, 'first')).status).toBe(200)
  await expect.poll(rows('lab'), patience).toBe(1)

  await well('POST', 'workspaces/lab/archive')
  expect((await send(key, 'second')).status).toBe(401)
  expect((await ask('GET', 'api/v1/inputs?workspace=lab')).status).toBe(404)
  expect((await ask('GET', 'readyz')).text).not.toContain('lab')
  expect((await ask('POST', 'api/v1/workspaces/lab/archive')).status).toBe(404)

  const again = await well('POST', 'workspaces/lab/unarchive')
  expect(again).toMatchObject({ id: 'lab', archivedAt: null, role: 'owner' })
  expect((await ask('GET', 'readyz')).text).toContain('lab')
  expect((await send(key, 'first')).status).toBe(200)
  expect((await send(key, 'third')).status).toBe(200)
  await expect.poll(rows('lab'), patience).toBe(2)
})

test('archived and taken up again in turn, as often as is asked, nothing is lost', async () => {
  const key = await workspaceWithKey('often')
  for (let n = 0; n < 5; n++) {
    expect((await send(key, `event ${n}`)).status).toBe(200)
    const archived = ask('POST', 'api/v1/workspaces/often/archive')
    await expect
      .poll(async () => (await well('GET', 'workspaces?limit=1000')).items, patience)
      .toContainEqual(expect.objectContaining({ id: 'often', archivedAt: expect.any(String) }))
    await well('POST', 'workspaces/often/unarchive')
    expect((await archived).status).toBe(204)
  }
  await expect.poll(rows('often'), patience).toBe(5)
})

test('a job under way stops with its workspace, and goes on behind its last page when that is taken up again', async () => {
  await workspaceWithKey('sleeping')
  let hold = true
  const asked: number[] = []
  const source = createServer(({ url }, response) => {
    const offset = Number(new URL(url!, 'http://local').searchParams.get('offset') ?? 0)
    asked.push(offset)
    if (offset > 0 && hold) return // the answer never comes
    response.end(JSON.stringify(offset < 4 ? [{ n: offset }, { n: offset + 1 }] : []))
  })
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(source.address() as AddressInfo).port}/`
    const settings = { url, table: 'fetched', paging: { type: 'offset', size: 2 } }
    const made = await ask('POST', 'api/v1/inputs?workspace=sleeping', { label: 'rows', type: 'http-json', settings })
    expect(made.status, made.text).toBe(201)
    const { id } = made.json().input
    const job = await well('POST', `sources/${id}/run?workspace=sleeping`, {})
    await expect.poll(() => asked, patience).toContain(2)
    await well('POST', 'workspaces/sleeping/archive')
    expect((await ask('POST', `api/v1/sources/${id}/run?workspace=sleeping`, {})).status).toBe(404)

    hold = false
    const before = asked.length
    await well('POST', 'workspaces/sleeping/unarchive')
    const now = () => well('GET', `jobs/${job.id}?workspace=sleeping`)
    await expect.poll(async () => (await now()).state, patience).toBe('SUCCESS')
    expect(asked.slice(before)).toEqual([2, 4])
    const count = async () => {
      const sql = 'SELECT count(*), count(DISTINCT n) FROM fetched'
      return (await well('POST', 'query?workspace=sleeping', { sql })).rows[0]
    }
    await expect.poll(count, patience).toEqual([4, 4])
  } finally {
    source.closeAllConnections()
    await new Promise((resolve) => source.close(resolve))
  }
})

test('only an owner takes it up again; whoever else asks is told that there is none', async () => {
  await workspaceWithKey('closed')
  const { text: editor } = await well('POST', 'tokens?workspace=closed', { label: 'editor', role: 'editor' })
  await well('POST', 'workspaces/closed/archive')
  expect((await ask('POST', 'api/v1/workspaces/closed/unarchive', undefined, editor)).status).toBe(403)
  expect((await ask('POST', 'api/v1/workspaces/nowhere/unarchive')).status).toBe(404)
})
