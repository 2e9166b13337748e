/** The example in a package of its own, as people use it: checked, and run by the command and by a server. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openShop, type Shop, settingsFor } from './fixture.ts'

const command = join(import.meta.dirname, '../../../cli/src/main.ts')
const here = import.meta.dirname
let folder: string
let shop: Shop

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-shop-'))
  shop = await openShop()
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settingsFor(shop)))
})
afterEach(async () => {
  await shop[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const env = () => ({ ...process.env, MILLRACE_ALLOWED_HOSTS: '127.0.0.1', HOME: folder })

async function run(...args: string[]) {
  const ran = await promisify(execFile)(process.execPath, [command, ...args], { cwd: folder, env: env() }).then(
    (said) => ({ ...said, exitCode: 0 }),
    ({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({
      stdout,
      stderr,
      exitCode: code,
    }),
  )
  const records = ran.stdout.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)))
  return { ...ran, records: records as Record<string, unknown>[] }
}

const words = ['connector', 'run', here, '--settings', 'settings.json', '--state', 'state.json']
const readJson = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))

it('does what every connector must do', async () => {
  const { exitCode, records } = await run('connector', 'test', here)
  expect([exitCode, records.filter(({ isPassed }) => !isPassed)]).toEqual([0, []])
})

it('reads both resources, renews its token in the middle and saves it, is tried again, and goes on from where each ended', async () => {
  shop.trouble = 1
  const { exitCode, records, stderr } = await run(...words)
  expect([exitCode, records.map(({ id }) => String(id).split('-2026')[0])]).toEqual([
    0,
    [...[1, 2, 3, 4, 5, 6, 7].map((n) => `orders-${n}`), ...[1, 2, 3, 4].map((n) => `customers-${n}`)],
  ])
  expect(await readJson('state.json')).toEqual({ orders: 7, customers: 4 })
  expect(shop.renewals.slice(0, 2)).toEqual(['refresh-0', 'refresh-1'])
  const last = shop.renewals.length
  expect(await readJson('settings.json')).toMatchObject({
    accessToken: `access-${last}`,
    refreshToken: `refresh-${last}`,
  })
  expect(stderr).toContain('tried again from the last page')
  expect(stderr.match(/the shop is left/g)).toHaveLength(2)
  expect(stderr).not.toContain('refresh-')
  expect((await run(...words)).records).toEqual([])
})

it('ends at once where no token is to be had', async () => {
  shop.isLocked = true
  const { exitCode, stderr } = await run(...words)
  expect([exitCode, shop.renewals]).toEqual([1, ['refresh-0']])
  expect(stderr).toContain('400 invalid_grant')
  expect(stderr).not.toContain('tried again')
  expect(stderr).not.toContain('refresh-0')
})

it('is a source of a server: rows in tables, the new tokens kept, what was retrieved with what it is', async () => {
  const start = ['start', '--port', '0', '--log-level', 'error', '--connectors', here]
  const server = spawn(process.execPath, [command, ...start], { cwd: folder, env: env(), stdio: 'ignore' })
  try {
    const local = join(folder, '.millrace/local.json')
    await expect.poll(() => existsSync(local) || server.exitCode, { timeout: 60_000 }).toBe(true)
    const { url, token } = JSON.parse(await readFile(local, 'utf8'))
    const ask = async <T>(path: string, body?: unknown): Promise<T> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
      return (await fetch(`${url}/api/v1/${path}`, init)).json() as Promise<T>
    }
    const { items: types } = await ask<{ items: object[] }>('input-types')
    expect(types).toContainEqual(expect.objectContaining({ name: 'shop', icon: expect.stringMatching(/^data:image/) }))
    const made = await ask<{ input: { id: string } }>('inputs', {
      label: 'mine',
      type: 'shop',
      settings: settingsFor(shop),
    })
    const found = await ask<{ resources: { id: string }[] }>('inputs/discover', { source: made.input.id, settings: {} })
    expect(found.resources.map(({ id }) => id)).toEqual(['orders', 'customers'])
    const ran = await run('sources', 'run', 'mine', '--wait')
    expect(ran.records.at(-1)).toMatchObject({ state: 'SUCCESS', rowCount: 11 })

    const id = String(ran.records.at(-1)!['id'])
    const { items: pages } = await ask<{ items: object[] }>(`jobs/${id}/raw`)
    expect(pages[0]).toMatchObject({ name: '000001-orders.json', metadata: { resource: 'orders', after: 3, total: 7 } })
    const count = async () => (await run('query', 'SELECT count(*) AS n FROM orders')).records[0]
    await expect.poll(count, { timeout: 60_000, interval: 200 }).toEqual({ n: 7 })
    expect(JSON.stringify(await ask('inputs'))).not.toMatch(/refresh-\d|access-\d/)
  } finally {
    const isGone = once(server, 'exit')
    if (server.kill()) await isGone
  }
})
