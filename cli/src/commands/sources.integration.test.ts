import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { type RunningServer, startServer } from '@millrace/server/main'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FakeWorld, openFakeWorld } from '../fake-world.ts'

const token = 'fixed-admin-token-of-the-test'
let place: FakeWorld
let world: FakeWorld
let server: RunningServer
let outside: Server
let status = 200

beforeAll(async () => {
  outside = createServer((_, response) => response.writeHead(status).end('[{"n": 1}, {"n": 2}]'))
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  place = await openFakeWorld()
  server = await startServer(
    await readConfig({
      flags: { port: '0', data: join(place.folder, 'data'), logLevel: 'error' },
      env: { MILLRACE_ADMIN_TOKEN: token, MILLRACE_ALLOWED_HOSTS: '127.0.0.1' },
      cwd: place.folder,
    }),
  )
  world = await openFakeWorld({ MILLRACE_URL: server.url, MILLRACE_TOKEN: token })
  const url = `url=http://127.0.0.1:${(outside.address() as AddressInfo).port}/`
  const made = await world.run(['inputs', 'create', 'orders', '--type', 'http-json', '--set', url, 'table=orders'])
  expect(made.stderr).toBe('')
})
afterAll(async () => {
  await server.close()
  await new Promise((resolve) => outside.close(resolve))
  await world.remove()
  await place.remove()
})

it('a source is run, its log followed, and its jobs listed', async () => {
  const ran = await world.run(['sources', 'run', 'orders', '--wait'])
  expect([ran.exitCode, ran.records().at(-1)]).toMatchObject([0, { state: 'SUCCESS', rowCount: 2 }])
  expect(ran.records().map(({ message }) => message)).toContain('begun')
  const [job] = (await world.run(['jobs', 'list', '--source', 'orders'])).records()
  expect(job).toMatchObject({ state: 'SUCCESS' })
  const log = await world.run(['jobs', 'log', String(job!['id'])])
  expect(log.records().map(({ message }) => message)).toContain('done')
  expect((await world.run(['jobs', 'cancel', String(job!['id'])])).records()).toMatchObject([{ state: 'SUCCESS' }])
})

it('ranges are planned and processed, jobs run again, their data saved', async () => {
  const range = ['--from', '2026-01-01', '--to', '2026-01-25']
  expect((await world.run(['sources', 'plan', 'orders', ...range])).records()).toMatchObject([{ calls: 3 }])
  expect((await world.run(['sources', 'limit', 'orders', '--days-per-job', '20'])).exitCode).toBe(0)
  const processed = await world.run(['sources', 'process', 'orders', ...range, '--wait'])
  expect(processed.stderr).toBe('')
  expect([processed.exitCode, processed.records()]).toMatchObject([0, [{ state: 'SUCCESS' }, { state: 'SUCCESS' }]])
  const id = String(processed.records()[0]!['id'])
  expect((await world.run(['jobs', 'rerun', id])).records()).toMatchObject([{ rerunOf: id }])
  for (const what of ['pause', 'resume', 'cancel'])
    expect((await world.run(['jobs', what, '--source', 'orders'])).exitCode, what).toBe(0)
  expect((await world.run(['jobs', 'pause'])).exitCode).toBe(2)
  expect((await world.run(['sources', 'rerun', 'orders'])).exitCode).toBe(0)
  const again = await world.run(['sources', 'rerun', 'orders', '--all', '--wait'])
  expect(again.exitCode).toBe(0)
  for (const { state } of again.records()) expect(state).toBe('SUCCESS')
  const file = join(world.folder, 'job.csv')
  expect((await world.run(['jobs', 'download', id, '--csv', '--output', file])).exitCode).toBe(0)
  expect(await readFile(file, 'utf8')).toBe('n\r\n1\r\n2\r\n')
  expect(
    (await world.run(['sources', 'process', 'orders', '--from', '2026-02-30', '--to', '2026-03-01'])).exitCode,
  ).toBe(1)
})

it('a job that fails makes the command fail', async () => {
  status = 403
  const ran = await world.run(['sources', 'run', 'orders', '--wait'])
  status = 200
  expect([ran.exitCode, ran.records().at(-1)]).toMatchObject([1, { state: 'FAILURE' }])
  expect((await world.run(['jobs', 'list', '--state', 'FAILURE'])).records()).toHaveLength(1)
})

it('a person sees of which source jobs are, and why they failed', async () => {
  const person = await openFakeWorld({ MILLRACE_URL: server.url, MILLRACE_TOKEN: token }, { isTerminal: true })
  try {
    status = 403
    const range = ['--from', '2026-01-01', '--to', '2026-01-25']
    const failed = await person.run(['sources', 'process', 'orders', ...range, '--wait'])
    status = 200
    expect([failed.exitCode, failed.stdout]).toMatchObject([1, expect.stringMatching(/\n2 jobs: .* answered 403/)])
    expect((await person.run(['jobs', 'list', '--limit', '1'])).stdout).toMatch(
      /orders +2026-01-21 to 2026-01-25 +FAILURE/,
    )
    const ran = await person.run(['sources', 'run', 'orders', '--wait'])
    expect(ran.stdout.trimEnd()).toMatch(/SUCCESS, 2 rows$/)
    await person.run(['sources', 'schedule', 'orders', '--cron', '0 3 * * *', '--time-zone', 'Europe/Prague'])
    expect((await person.run(['sources', 'list'])).stdout).toContain('0 3 * * * Europe/Prague')
    await person.run(['sources', 'schedule', 'orders', '--never'])
  } finally {
    status = 200
    await person.remove()
  }
})

it('runs of scheduled queries are among the jobs', async () => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const ask = async (path: string, body?: object) => {
    const content = body && { body: JSON.stringify(body) }
    const sent = { method: 'POST', headers: body ? headers : { authorization: headers.authorization }, ...content }
    return (await (await fetch(`${server.url}/api/v1/scheduled-queries${path}`, sent)).json()) as { id: string }
  }
  const statement = { kind: 'select', sql: 'SELECT 1 AS n', mode: 'replace' }
  const query = await ask('', { label: 'daily', target: 'one', statement, schedule: { everyHours: 24 } })
  const { id } = await ask(`/${query.id}/run`)
  const followed = await world.run(['jobs', 'log', id, '--follow'])
  expect([followed.exitCode, followed.records().at(-1)]).toMatchObject([0, { message: 'succeeded' }])
  for (const filter of [
    ['--query', 'daily'],
    ['--kind', 'query'],
  ])
    expect((await world.run(['jobs', 'list', ...filter])).records()).toMatchObject([{ id, label: 'daily' }])
  const { records } = await world.run(['jobs', 'list', '--kind', 'source'])
  expect(records().every(({ kind }) => kind === 'source')).toBe(true)
  expect((await world.run(['jobs', 'cancel', id])).records()).toMatchObject([{ state: 'SUCCESS' }])
  const paused = await world.run(['jobs', 'pause', id])
  expect([paused.exitCode, paused.stderr]).toEqual([1, expect.stringContaining('run of the scheduled query')])
  const unknown = await world.run(['jobs', 'list', '--query', 'nothing'])
  expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('no scheduled query')])
})

it('schedules are set, paused, resumed and taken away; what is wrong is told', async () => {
  const change = async (...words: string[]) => (await world.run(['sources', ...words])).records()
  const cron = ['--cron', '0 3 * * *', '--time-zone', 'Europe/Prague']
  expect(await change('schedule', 'orders', ...cron)).toMatchObject([{ nextAt: expect.any(String) }])
  expect(await change('pause', 'orders')).toMatchObject([{ nextAt: null }])
  expect(await change('resume', 'orders')).toMatchObject([{ nextAt: expect.any(String), pausedAt: null }])
  expect(await change('schedule', 'orders', '--never')).toMatchObject([{ schedule: null, nextAt: null }])
  expect(await change('list')).toMatchObject([{ label: 'orders' }])
  for (const words of [
    ['schedule', 'orders'],
    ['schedule', 'orders', '--every-minutes', '5', '--never'],
    ['run', 'orders', '--from', '2026-01-01'],
    ['run', 'nothing'],
    ['reset', 'orders'],
  ])
    expect((await world.run(['sources', ...words])).exitCode, words.join(' ')).toBe(2)
  expect(await change('reset', 'orders', '--yes')).toMatchObject([{ state: {} }])
})
