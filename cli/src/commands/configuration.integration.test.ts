/** What a workspace is set to, columns that are filled later, and how well code is kept in, by command line, against a server that runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FakeWorld, openFakeWorld } from '../fake-world.ts'

const main = join(import.meta.dirname, '..', 'main.ts')

let world: FakeWorld
let terminal: FakeWorld
let server: ChildProcess

beforeAll(async () => {
  world = await openFakeWorld()
  terminal = await openFakeWorld({ MILLRACE_DATA: join(world.folder, '.millrace') }, { isTerminal: true })
  server = spawn(process.execPath, [main, 'start', '--port', '0', '--log-level', 'error'], {
    cwd: world.folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: server.stdout! })) {
    if (line.startsWith('Millrace is ready at http://')) break
  }
})

afterAll(async () => {
  server.kill('SIGKILL')
  await world.remove()
  await terminal.remove()
})

const records = async (...args: string[]) => {
  const { exitCode, records, stderr } = await world.run(args)
  expect([exitCode, stderr]).toEqual([0, ''])
  return records()
}

describe('config export', () => {
  it('prints one JSON text, the same each time, from the server that it is told', async () => {
    const first = await world.run(['config', 'export'])
    expect([first.exitCode, first.stderr]).toEqual([0, ''])
    expect(JSON.parse(first.stdout)).toMatchObject({ format: 1, workspace: 'default', mappingMode: 'AUTO_MAP' })
    expect(first.stdout).toContain('\n  "inputs": [\n')
    const other = await openFakeWorld()
    const named = await other.run(['config', 'export', '--data', join(world.folder, '.millrace')])
    await other.remove()
    expect(named).toMatchObject({ exitCode: 0, stdout: first.stdout })
  })

  it('leaves `config` what it was', async () => {
    expect(await records('config', '--port', '0')).toContainEqual(
      expect.objectContaining({ variable: 'MILLRACE_PORT', value: '0', origin: '--port' }),
    )
  })
})

describe('mapping backfill', () => {
  it('fills a column that was mapped late, shows it, and lists it', async () => {
    await records('mapping', 'map', 'visit', 'n', 'n', 'bigint')
    await records('mapping', 'mode', 'FLEXIBLE', '--event-type', 'visit')
    const events = Array.from({ length: 50 }, (_, n) => JSON.stringify({ type: 'visit', data: { n, page: `p${n}` } }))
    expect((await world.run(['send', '-'], events.join('\n'))).exitCode).toBe(0)
    const count = async () => (await world.run(['query', 'SELECT count(*)::INTEGER AS rows FROM visit'])).records()
    await expect.poll(count, { timeout: 30_000, interval: 50 }).toEqual([{ rows: 50 }])
    await records('mapping', 'map', 'visit', 'page', 'page', 'varchar')

    const said = await records('mapping', 'backfill', 'visit', 'page')
    expect(said.at(-1)).toMatchObject({ event: 'done', state: 'DONE', updated: 50, failed: 0 })
    const sql = "SELECT count(*)::INTEGER AS rows FROM visit WHERE page = 'p' || n"
    expect(await records('query', sql)).toEqual([{ rows: 50 }])

    const again = await terminal.run(['mapping', 'backfill', 'visit'])
    expect([again.exitCode, again.stdout]).toEqual([0, expect.stringMatching(/^0 rows filled \(n, page\) in /)])
    const [newest, first] = await records('mapping', 'backfill', 'visit', '--list')
    expect([newest?.['updated'], first?.['updated']]).toEqual([0, 50])
    expect((await terminal.run(['mapping', 'backfill', 'visit', '--list'])).stdout).toContain(first?.['id'])
    expect(await records('mapping', 'backfill', 'visit', '--stop', String(first?.['id']))).toMatchObject([
      { state: 'DONE' },
    ])
  })

  it('says what is wrong', async () => {
    const { exitCode, stderr } = await world.run(['mapping', 'backfill', 'visit', 'nothing'])
    expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining('fills no column nothing')])
  })
})

describe('status', () => {
  it('tells how well code is kept in, with a warning where it is not', async () => {
    const [status] = (await records('status')) as unknown as [
      { isolation: { level: string; notHeld: string[]; warning: string | null } },
    ]
    const { level, notHeld, warning } = status.isolation
    expect(warning === null).toBe(level === 'full')
    const { stdout } = await terminal.run(['status'])
    expect(stdout).toMatch(new RegExp(`^isolation +${level}`, 'm'))
    for (const name of notHeld) expect(stdout).toContain(name)
    if (warning !== null) expect(stdout).toContain(warning)
  })
})
