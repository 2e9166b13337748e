import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { type RunningServer, startServer } from '@millrace/server/main'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type FakeWorld, openFakeWorld } from '../fake-world.ts'

const token = 'fixed-admin-token-of-the-test'
let place: FakeWorld
let world: FakeWorld
let server: RunningServer

beforeAll(async () => {
  place = await openFakeWorld()
  server = await startServer(
    await readConfig({
      flags: { port: '0', data: join(place.folder, 'data'), logLevel: 'error' },
      env: { MILLRACE_ADMIN_TOKEN: token },
      cwd: place.folder,
    }),
  )
  world = await openFakeWorld({ MILLRACE_URL: server.url, MILLRACE_TOKEN: token })
})
beforeEach(async () => {
  await world.run(['bulk', 'delete', '--all', '--yes', '--wait'])
  for (const label of ['ads one', 'ads two', 'sales']) {
    const made = await world.run([
      'inputs',
      'create',
      label,
      '--type',
      'http-json',
      '--set',
      'url=http://example.com/',
      'table=t',
    ])
    expect(made.stderr).toBe('')
  }
})
afterAll(async () => {
  await server.close()
  await world.remove()
  await place.remove()
})

const labels = async () => (await world.run(['sources', 'list'])).records().map(({ label }) => label)
const file = (name: string) => join(world.folder, name)

it('sources are renamed by a pattern, after a look at what would be done', async () => {
  const words = ['bulk', 'rename', '--label', 'ads*', '--to-label', '{label} (old)']
  const dry = await world.run([...words, '--dry-run'])
  expect([dry.exitCode, dry.records()]).toMatchObject([
    0,
    [{ label: 'ads one', state: 'SUCCESS' }, { label: 'ads two' }],
  ])
  expect(await labels()).toEqual(['ads one', 'ads two', 'sales'])
  const ran = await world.run([...words, '--wait'])
  expect([ran.exitCode, ran.records()]).toMatchObject([0, [{ state: 'SUCCESS', succeeded: 2 }]])
  expect(await labels()).toEqual(['ads one (old)', 'ads two (old)', 'sales'])
})

it('what became of each is saved as CSV, to which later results are added', async () => {
  const partly = await world.run(['bulk', 'disable', 'sales', '=unknown', '--wait', '--save', 'log.csv'])
  expect(partly.exitCode).toBe(5)
  const failed = await world.run(['bulk', 'enable', 'unknown', '--wait', '--save', 'log.csv', '--append'])
  expect(failed.exitCode).toBe(1)
  const id = String(failed.records()[0]!['id'])
  await world.run(['bulk', 'results', id, '--csv', 'log.csv', '--append'])
  const lines = (await readFile(file('log.csv'), 'utf8')).trim().split('\r\n')
  expect(lines[0]).toBe('bulk,position,workspace,source,label,line,state,errorCode,error,detail')
  expect(lines.map((line) => line.split(',')[6])).toEqual(['state', 'SUCCESS', 'FAILURE', 'FAILURE', 'FAILURE'])
  expect(lines[2]).toContain("'=unknown")
})

it('settings are patched by a CSV; a wrong line is told, and nothing is done', async () => {
  const sources = (await world.run(['sources', 'list'])).records()
  const lines = sources.map(({ id }, n) => `${id},changed${n}`)
  await writeFile(file('good.csv'), `\ufeffsource,settings.table\r\n${lines.join('\r\n')}\r\n`)
  expect((await world.run(['bulk', 'patch', '--csv', 'good.csv', '--wait'])).exitCode).toBe(0)
  const tables = async () =>
    (await world.run(['metadata', 'sources'])).records().map(({ settings }) => (settings as { table: string }).table)
  expect(await tables()).toEqual(['changed0', 'changed1', 'changed2'])
  await writeFile(file('bad.csv'), `source,settings.table\n${sources[0]!['id']},other\n${sources[1]!['id']}\n`)
  const bad = await world.run(['bulk', 'patch', '--csv', 'bad.csv'])
  expect([bad.exitCode, bad.stderr]).toEqual([1, expect.stringContaining('line 3')])
  expect(await tables()).toEqual(['changed0', 'changed1', 'changed2'])
})

it('operations are listed, shown, waited for and cancelled', async () => {
  const started = (await world.run(['bulk', 'disable', '--all'])).records()[0]!
  const id = String(started['id'])
  expect((await world.run(['bulk', 'wait', id])).records()).toMatchObject([{ id, state: 'SUCCESS', total: 3 }])
  expect((await world.run(['bulk', 'list'])).records()[0]).toMatchObject({ id })
  expect((await world.run(['bulk', 'show', id])).records()).toMatchObject([{ id }])
  expect((await world.run(['bulk', 'cancel', id])).records()).toMatchObject([{ state: 'SUCCESS' }])
  expect((await world.run(['bulk', 'results', id, '--state', 'SUCCESS'])).records()).toHaveLength(3)
})

it.each([
  ['no sources', ['bulk', 'enable']],
  ['sources in two ways', ['bulk', 'enable', 'sales', '--all']],
  ['half a range', ['bulk', 'process', '--all', '--from', '2026-01-01']],
  ['no label', ['bulk', 'rename', '--all']],
  ['no settings', ['bulk', 'patch', '--all']],
  ['what to append to', ['bulk', 'enable', '--all', '--wait', '--append']],
])('%s is a mistake of usage', async (_, words) => {
  expect((await world.run(words)).exitCode).toBe(2)
})

it('metadata is told as lines, CSV and Parquet', async () => {
  expect((await world.run(['metadata', 'workspaces'])).records()).toMatchObject([{ id: 'default' }])
  await world.run(['metadata', 'sources', '--csv', 'sources.csv'])
  expect(await readFile(file('sources.csv'), 'utf8')).toMatch(/^workspace,id,label,.*\r\n.*ads one/)
  await world.run(['metadata', 'sources', '--parquet', 'sources.parquet'])
  expect((await readFile(file('sources.parquet'))).subarray(-4).toString()).toBe('PAR1')
  await world.run(['metadata', 'refresh'])
  const asked = await world.run(['query', 'SELECT count(*) AS n FROM millrace_sources'])
  expect(asked.records()).toEqual([{ n: 3 }])
})

it('a workspace is archived and taken up again', async () => {
  await world.run(['workspaces', 'create', 'lab'])
  await world.run(['workspaces', 'archive', 'lab', '--yes'])
  expect((await world.run(['inputs', 'list', '--workspace', 'lab'])).exitCode).not.toBe(0)
  expect((await world.run(['workspaces', 'unarchive', 'lab'])).records()).toMatchObject([
    { id: 'lab', archivedAt: null },
  ])
  expect((await world.run(['inputs', 'list', '--workspace', 'lab'])).exitCode).toBe(0)
})
