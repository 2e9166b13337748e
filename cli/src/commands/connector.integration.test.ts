/** A connector of one's own, from nothing to rows: written, checked, run, loaded by a server. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

const command = join(import.meta.dirname, '../main.ts')
let folder: string
let outside: Server
let url: string
let failures = 0
const asked: { after: string | null; authorization: string | undefined }[] = []

beforeEach(async () => {
  asked.length = 0
  failures = 0
  outside = createServer(({ url, headers }, response) => {
    const after = new URL(url!, 'http://local').searchParams.get('after')
    asked.push({ after, authorization: headers.authorization })
    if (failures-- > 0) return void response.end('<html>')
    const n = Number(after ?? 0)
    response.end(JSON.stringify({ items: n < 3 ? [{ id: n + 1 }] : [], next: n < 3 ? `${n + 1}` : null }))
  })
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/`
  folder = await mkdtemp(join(tmpdir(), 'millrace-connector-'))
})
afterEach(async () => {
  outside.closeAllConnections()
  await new Promise((resolve) => outside.close(resolve))
  await rm(folder, { recursive: true })
})

const env = () => ({ ...process.env, MILLRACE_ALLOWED_HOSTS: '127.0.0.1', HOME: folder })

/** A process of its own: what it imports is Node's affair alone. */
async function run(...args: string[]) {
  const ran = await promisify(execFile)(process.execPath, [command, ...args], { cwd: folder, env: env() }).then(
    (said) => ({ ...said, exitCode: 0 }),
    ({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({
      stdout,
      stderr,
      exitCode: code,
    }),
  )
  const records = (): Record<string, unknown>[] =>
    ran.stdout.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)))
  return { ...ran, records }
}

const rowsOf = (stdout: string) => stdout.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line).data.id))

async function change(file: string, from: string, to: string): Promise<void> {
  const place = join(folder, file)
  const text = await readFile(place, 'utf8')
  expect(text).toContain(from)
  await writeFile(place, text.replace(from, to))
}

it('a new one passes all checks; one that forgets its state is told what it does wrong', async () => {
  const made = await run('connector', 'new', 'things')
  expect(made.records()).toHaveLength(5)
  expect((await run('connector', 'new', 'things')).stderr).toContain('not empty')
  expect((await run('connector', 'new', 'Things 2')).exitCode).toBe(2)
  const good = await run('connector', 'test', './things')
  expect([good.exitCode, good.records().map(({ isPassed }) => isPassed)]).toEqual([0, [true, true, true, true, true]])

  await run('connector', 'new', 'forgetful')
  await change('forgetful/connector.ts', 'state: { cursor } }', 'state: { cursor: 0 as never } }')
  const bad = await run('connector', 'test', './forgetful')
  expect(bad.exitCode).toBe(1)
  expect(bad.records().filter(({ isPassed }) => !isPassed)).toMatchObject([
    { check: expect.stringContaining('goes on'), reason: 'it cannot read its own state behind page 1' },
  ])
})

it('a run shows rows, state and progress, is repeated from the last page, and goes on the next time', async () => {
  await run('connector', 'new', 'things')
  await writeFile(join(folder, 'settings.json'), JSON.stringify({ url, token: 'hush-hush' }))
  const words = ['connector', 'run', './things', '--settings', 'settings.json', '--state', 'state.json']
  const first = await run(...words, '--pages', '2')
  expect([first.exitCode, rowsOf(first.stdout)]).toEqual([0, [1, 2]])
  expect(first.stderr).toContain('{"state":{"cursor":"2"}}')
  expect(first.stderr).toContain('"progress":{"loaded":1')
  expect(JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'))).toEqual({ cursor: '2' })
  expect((await stat(join(folder, 'state.json'))).mode & 0o777).toBe(0o600)

  failures = 1
  const second = await run(...words)
  expect([second.exitCode, rowsOf(second.stdout)]).toEqual([0, [3]])
  expect(second.stderr).toContain('tried again from the last page')
  expect(asked.map(({ after }) => after)).toEqual([null, '1', '2', '2', '3'])
  expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer hush-hush']))
  expect(first.stderr + second.stderr).not.toContain('hush-hush')
})

it('one that comes along runs too; settings that are wrong, hosts that are private and days that are none are told', async () => {
  const named = ['connector', 'run', 'http-json', '--set', `url=${url}`, 'table=t', 'recordPath=items']
  expect(rowsOf((await run(...named)).stdout)).toEqual([1])
  expect(await run(...named, '--allowed-hosts', '10.0.0.1')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('forbidden'),
  })
  const refused = async (...more: string[]) => (await run(...named, ...more)).stderr
  expect(await refused('--from', '2026-02-30', '--to', '2026-03-01')).toContain('days like')
  expect(await refused('--from', '2026-03-02', '--to', '2026-03-01')).toContain('in their order')
  expect((await run('connector', 'run', 'http-json', '--set', 'url=7')).stderr).toContain('url: ')
  expect((await run('connector', 'run', './nowhere')).stderr).toContain('there is no such package')
})

const start = (connectors: string) => ['start', '--port', '0', '--log-level', 'error', '--connectors', connectors]

it('a server loads what its operator names: a source of it is made, run, and its rows are in its table', async () => {
  await run('connector', 'new', 'things')
  const server = spawn(process.execPath, [command, ...start('./things')], { cwd: folder, env: env(), stdio: 'ignore' })
  try {
    await expect
      .poll(() => existsSync(join(folder, '.millrace/local.json')) || server.exitCode, { timeout: 60_000 })
      .toBe(true)
    expect((await run('inputs', 'types')).stdout).toContain('"things"')
    const made = await run('inputs', 'create', 'mine', '--type', 'things', '--set', `url=${url}`)
    expect(made.stderr).toBe('')
    const ran = await run('sources', 'run', 'mine', '--wait')
    expect(ran.records().at(-1)).toMatchObject({ state: 'SUCCESS', rowCount: 3 })
    const count = async () => (await run('query', 'SELECT count(*) AS n FROM things')).records()[0]
    await expect.poll(count, { timeout: 60_000, interval: 100 }).toEqual({ n: 3 })
  } finally {
    const isGone = once(server, 'exit')
    if (server.kill()) await isGone
  }
})

it('a package that is none keeps the server from starting, with the reason', async () => {
  const write = async (name: string, text: string, file = 'connector.js') => {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, file), text)
    await writeFile(join(folder, name, 'package.json'), JSON.stringify({ name, type: 'module', exports: `./${file}` }))
  }
  const kit = "import { defineConnector, secret, z } from '@millrace/server/connector-kit'\n"
  const whole = (more: string) =>
    `${kit}export const connectors = { ${more}: { title: 'x', settings: z.object({}), state: z.object({}), isByDate: false, async *read() {} } }`
  await write('empty', 'export const x = 1')
  await write('throws', "throw new Error('not today')")
  await write('shapeless', "export const connectors = { mine: { title: 'Mine' } }")
  await write('taken', whole("'http-json'"))
  await write('stateful', whole('mine').replace('state: z.object({})', 'state: z.object({ at: z.number() })'))
  await write('node_modules/typed', whole('typed'), 'connector.ts')
  await write('node_modules/built', whole('built'))
  const failure = async (name: string) => {
    const { exitCode, stderr } = await run(...start(name))
    expect(exitCode).toBe(2)
    return JSON.parse(stderr).error as { message: string; hint?: string }
  }
  expect((await failure('./missing')).message).toContain('there is no such package')
  expect((await failure('./empty')).hint).toContain('exports `connectors`')
  expect((await failure('./throws')).message).toContain('not today')
  expect((await failure('./shapeless')).message).toContain('mine.settings: it must be z.object(…) of the kit')
  expect((await failure('./taken')).message).toContain('calls a connector "http-json", which is taken')
  expect((await failure('./stateful')).message).toContain('mine.state: it must take {}')
  expect((await failure('typed')).hint).toContain('Node runs no TypeScript below node_modules')
  expect((await failure('nothing')).message).toContain('there is no such package')
  const built = await run('connector', 'run', 'built')
  expect([built.exitCode, built.stdout]).toEqual([0, ''])
})
