/** Code, mappings and what is seen of them, by command line, against a server that runs. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FakeWorld, openFakeWorld, type Ran } from '../fake-world.ts'

let world: FakeWorld
let terminal: FakeWorld
let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  world = await openFakeWorld()
  const data = join(world.folder, '.millrace')
  const flags = { port: '0', data, logLevel: 'error', allowedHosts: '127.0.0.1' }
  server = await startServer(await readConfig({ flags, env: {}, cwd: world.folder }))
  terminal = await openFakeWorld({ MILLRACE_DATA: data }, { isTerminal: true })
  await send('flight', [
    { n: 1, from: { city: 'Oslo' } },
    { n: 2, from: { city: 'Rome' } },
  ])
})

afterAll(async () => {
  await server.close()
  await world.remove()
  await terminal.remove()
})

async function records(...args: string[]) {
  const { exitCode, records, stderr } = await world.run(args)
  expect([exitCode, stderr]).toEqual([0, ''])
  return records()
}

async function told(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await terminal.run(args)
  expect([exitCode, stderr]).toEqual([0, ''])
  return stdout
}

async function failure(code: number, ...args: string[]) {
  const { exitCode, stderr } = await world.run(args)
  expect(exitCode).toBe(code)
  return JSON.parse(stderr).error as { code: string; message: string; faults?: { place: string; message: string }[] }
}

/** Until all of it is a row, discarded or set aside. */
async function send(type: string, events: readonly object[]): Promise<void> {
  const text = events.map((data) => JSON.stringify({ type, data })).join('\n')
  expect((await world.run(['send', '-'], text)).exitCode).toBe(0)
  await settled()
}

async function settled(): Promise<void> {
  const lag = async () => {
    const [status] = (await world.run(['status'])).records() as { partitions?: { lagEvents: number }[] }[]
    return status?.partitions?.every(({ lagEvents }) => lagEvents === 0)
  }
  await vi.waitFor(async () => expect(await lag()).toBe(true), { timeout: 30_000, interval: 50 })
}

/** Ctrl-C, and how the command ended, if it did. */
function stopped(where: FakeWorld, running: Promise<Ran>): Promise<Ran | undefined> {
  where.stop()
  return Promise.race([running, undefined])
}

async function write(name: string, text: string): Promise<void> {
  for (const { folder } of [world, terminal]) await writeFile(join(folder, name), text)
}

describe('code', () => {
  it('that cannot be used is told by file, line and column, and nothing is deployed', async () => {
    await write('main.ts', 'export function transform(event: Event) {\n  const n: number = "one"\n  return event\n}\n')
    await write('helper.ts', 'export const factor = 2\n')
    const { code, faults } = await failure(1, 'transform', 'set', 'main.ts', 'helper.ts')
    expect(code).toBe('invalid_code')
    expect(faults).toMatchObject([{ place: expect.stringMatching(/^main\.ts:2:\d+$/) }])
    const { exitCode, stderr } = await terminal.run(['transform', 'set', 'main.ts'])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /^error: The code cannot be used: 1 mistake\nmain\.ts:2:9: .*\n {4}const n: number = "one"\n {10}\^\n/,
    )
    expect(await records('transform', 'list')).toEqual([])
    expect(await told('transform', 'list')).toContain('There is no code')
  })

  it('is deployed, several files at once, and got back', async () => {
    const code = `import { factor } from './helper'
export function transform(event: Event): TransformResult {
  console.log('seen')
  if (event._metadata.event_type !== 'flight') return event
  return { ...event, doubled: Number(event.n) * factor }
}
`
    await write('main.ts', code)
    expect(await records('transform', 'set', 'main.ts', 'helper.ts', '--message', 'Doubles')).toMatchObject([
      { version: 1, changed: expect.arrayContaining(['module main', 'module helper']) },
    ])
    expect((await world.run(['transform', 'get'])).stdout).toBe(code)
    expect(await records('transform', 'get', 'helper', '--json')).toMatchObject([{ name: 'helper', since: 1 }])
    expect(await told('transform', 'list')).toMatch(/main\s+typescript\s+6 .*called as 1\./)
    expect((await failure(1, 'transform', 'set', 'main.ts', '--base', '0')).code).toBe('precondition_failed')
    expect((await world.run(['transform', 'types'])).stdout).toContain('flight')
  })

  it('is tested on samples, on files and on what failed', async () => {
    await expect.poll(async () => (await world.run(['samples', '--type', 'flight'])).records()).toHaveLength(2)
    const tested = await records('transform', 'test', '--samples', 'flight', '--mapping')
    expect(tested).toHaveLength(2)
    expect(tested[0]).toMatchObject({ outcome: 'passed', printed: 'seen\n', addedColumns: [{ column: 'doubled' }] })
    await write('event.json', '{"type": "flight", "data": {"n": 21}}')
    const shown = await told('transform', 'test', '--sample', 'event.json', '--mapping')
    expect(shown).toMatch(
      /^passed {3}flight \S+ {2}[\d.]+ ms\n {2}printed {2}seen\n {2}became {3}flight .*"doubled":42/,
    )
    expect(shown).toMatch(/\n {2}row {6}flight .*\n {2}adds {5}flight\.doubled \w+\n1 event: 1 passed\.\n$/)
    await write(
      'main.js',
      'export function transform(event) {\n  if (event.n > 1) return event.a.b\n  return null\n}\n',
    )
    const args = ['transform', 'test', '--samples', 'flight', '--code', 'main.js']
    const failed = await terminal.run(args)
    expect(failed.exitCode).toBe(1)
    expect(failed.stdout).toMatch(
      /main\.js:2:\d+: transform_error: TypeError.*\n {4}if \(event\.n > 1\) return event\.a\.b\n +\^/,
    )
    expect(failed.stdout).toMatch(/\n2 events: (1 failed, 1 dropped|1 dropped, 1 failed)\.\n$/)
    expect(
      (await world.run(args))
        .records()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['dropped', 'failed'])
    const none = await failure(2, 'transform', 'test', '--samples', 'x', '--cluster', 'y')
    expect(none.message).toContain('said once')
    const unseen = await terminal.run(['transform', 'test', '--samples', 'none'])
    expect([unseen.exitCode, unseen.stderr]).toEqual([1, expect.stringContaining('"none" has come yet')])
  })

  it('what failed is tried dry, fixed, and sent through again', async () => {
    await write(
      'main.js',
      'export function transform(event) {\n  return event._metadata.event_type === "bad" ? event.a.b : event\n}\n',
    )
    await records('transform', 'set', 'main.js', '--only')
    await send('bad', [{ n: 1 }, { n: 2 }, { n: 3 }])
    const [cluster] = await records('restream', 'clusters')
    const fingerprint = String(cluster?.['fingerprint'])
    const again = await terminal.run(['transform', 'test', '--cluster', fingerprint, '--limit', '1'])
    expect([again.exitCode, again.stdout]).toEqual([1, expect.stringMatching(/main:2:\d+: transform_error/)])
    const still = await terminal.run(['transform', 'dry-run', '--cluster', fingerprint])
    expect([still.exitCode, still.stdout]).toEqual([
      1,
      expect.stringContaining('0 would pass, 0 be dropped, 3 fail again'),
    ])
    expect(still.stdout).toContain('transform_error')
    await write('main.js', 'export function transform(event) {\n  return event.n === 3 ? null : event\n}\n')
    const [dry] = await records('transform', 'dry-run', '--cluster', fingerprint, '--code', 'main.js')
    expect(dry).toMatchObject({ state: 'DONE', total: 3, passed: 2, dropped: 1, failed: 0 })
    expect(await told('transform', 'dry-run', '--reason', 'no_such', '--code', 'main.js')).toContain(
      'nothing was tried',
    )
    await records('transform', 'set', 'main.js')
    expect((await world.run(['restream', 'send', '--cluster', fingerprint])).exitCode).toBe(0)
    await settled()
    expect(await records('verify')).toMatchObject([{ isBalanced: true }])
    expect(await records('query', 'SELECT count(*) AS n FROM bad')).toEqual([{ n: 2 }])
  })

  it('has versions, differences, and a way back', async () => {
    const [newest, before] = await records('transform', 'versions', '--limit', '2')
    expect([newest?.['version'], before?.['version']]).toEqual([3, 2])
    expect(await told('transform', 'versions')).toMatch(/1 .*admin@localhost .*Doubles/)
    const { stdout } = await world.run(['transform', 'diff', '3'])
    expect(stdout).toMatch(/^\+ {2}return event\.n === 3/m)
    expect(await records('transform', 'diff', '3', '--from', '1', '--json')).toMatchObject([{ from: 1, to: 3 }])
    expect(await records('transform', 'rollback', '1', '--message', 'Back')).toMatchObject([{ version: 4 }])
    expect((await records('transform', 'list')).map(({ name }) => name)).toEqual(['helper', 'main'])
    expect(await told('transform', 'state')).toMatch(/^state {5}running\nversion {3}4\nisolation /)
    await write('helper.ts', 'export const other = 2\n')
    const broken = await terminal.run(['transform', 'set', 'helper.ts'])
    expect([broken.exitCode, broken.stderr]).toEqual([1, expect.stringContaining("import { factor } from './helper'")])
    // Only what is paused can go on.
    expect((await failure(1, 'transform', 'resume')).code).toBe('conflict')
    expect((await world.run(['transform', 'diff', 'x'])).exitCode).toBe(2)
  })

  it('has secrets and lookups', async () => {
    expect((await world.run(['transform', 'secrets', 'set', 'salt'], 'sesame\n')).records()).toMatchObject([
      { changed: ['secret salt'] },
    ])
    expect(await records('transform', 'secrets', 'list')).toMatchObject([{ name: 'salt' }])
    expect((await world.run(['transform', 'secrets', 'set', 'salt'], '\n')).exitCode).toBe(2)
    await records('transform', 'secrets', 'delete', 'salt', '--yes')
    await write('cities.json', '{"OSL": {"name": "Oslo"}}')
    await records('transform', 'lookups', 'set', 'cities', 'cities.json')
    expect(await records('transform', 'lookups', 'list')).toMatchObject([{ name: 'cities', keys: 1 }])
    expect(await records('transform', 'lookups', 'get', 'cities')).toEqual([{ OSL: { name: 'Oslo' } }])
    await records('transform', 'lookups', 'delete', 'cities')
    expect(await told('transform', 'delete', 'main')).toContain('is deployed, without the module main.')
    const uncalled = await terminal.run(['transform', 'set', 'helper.ts'])
    expect([uncalled.exitCode, uncalled.stderr]).toEqual([0, expect.stringContaining('nothing calls this code')])
    await records('transform', 'delete', 'helper')
    expect(await records('transform', 'list')).toEqual([])
  })
})

describe('a mapping', () => {
  it('is edited field by field', async () => {
    await records('mapping', 'map', 'flight', 'price', 'price', 'decimal', '--precision', '10', '--scale', '2')
    await records('mapping', 'rename', 'flight', 'from.city', 'origin')
    await records('mapping', 'discard', 'flight', 'debug', 'trace')
    await records('mapping', 'mode', 'FLEXIBLE', '--event-type', 'flight')
    await send('flight', [{ n: 3, price: 1.5, from: { city: 'Bern' }, debug: { a: 1 }, more: 1 }])
    const sql = 'SELECT * FROM flight WHERE n = 3'
    const [row] = await records('query', sql)
    expect(row).toMatchObject({ origin: 'Bern', price: expect.anything() })
    expect(Object.keys(row!)).not.toContain('more')
    const shown = await told('mapping', 'get', 'flight')
    expect(shown).toContain('FLEXIBLE (new fields are dropped)')
    expect(shown).toMatch(/price\s+price\s+DECIMAL\(10,2\)\s+by hand/)
    expect(shown).toMatch(/debug\s+discarded/)
    await records('mapping', 'unmap', 'flight', 'debug')
    expect((await failure(2, 'mapping', 'unmap', 'flight', 'nothing')).message).toContain('no field nothing')
    expect((await failure(2, 'mapping', 'rename', 'flight', 'nothing', 'x')).message).toContain('no field nothing')
    const wrong = await failure(1, 'mapping', 'map', 'flight', 'n', 'n', 'COLOUR')
    expect(wrong).toMatchObject({ code: 'invalid_mapping', message: expect.stringContaining('COLOUR') })
    expect(await told('mapping', 'mode', '--event-type', 'flight')).toContain('flight: FLEXIBLE')
    expect(await records('mapping', 'mode', 'default', '--event-type', 'flight')).toMatchObject([{ mode: 'AUTO_MAP' }])
  })

  it('goes out as a file and comes back the same, or is tried dry', async () => {
    const [mapping] = await records('mapping', 'get', 'flight')
    await write('flight.json', JSON.stringify(mapping))
    const [set] = await records('mapping', 'set', 'flight', 'flight.json')
    const again = (await records('mapping', 'set', 'flight', 'flight.json'))[0]
    expect(again).toEqual(set)
    expect(again).toMatchObject({ eventType: 'flight', mapping: { table: 'flight' } })
    expect(await records('mapping', 'get', 'flight', '--at', '1')).toMatchObject([{ eventType: 'flight' }])
    expect(await records('transform', 'dry-run', '--mapping', 'flight.json')).toMatchObject([{ total: 0 }])
    await write('wrong.json', '{"table": "flight"}')
    expect((await failure(2, 'mapping', 'set', 'flight', 'wrong.json')).message).toContain('is no mapping')
  })

  it('of a whole type, of a new one, and of the workspace', async () => {
    await records('mapping', 'map', 'brand new', '["a.b"]', 'a_b', 'BIGINT')
    await records('mapping', 'discard', 'brand new')
    await send('brand new', [{ 'a.b': 1 }])
    await records('mapping', 'unmap', 'brand new')
    await send('brand new', [{ 'a.b': 2 }])
    expect(await records('query', 'SELECT a_b FROM brand_new')).toEqual([{ a_b: expect.anything() }])
    expect(await records('mapping', 'mode', 'STRICT')).toEqual([{ mode: 'STRICT' }])
    expect(await told('mapping', 'mode', 'AUTO_MAP')).toContain('new fields get columns')
    expect((await world.run(['mapping', 'mode', 'LAX'])).exitCode).toBe(2)
  })

  it('what was seen in fields', async () => {
    const seen = await records('mapping', 'fields', 'flight')
    const city = seen.find(({ path }) => String(path) === 'from,city')
    expect(city).toMatchObject({ column: 'origin', samples: expect.arrayContaining(['Oslo']) })
    expect(await told('mapping', 'fields', 'flight')).toMatch(/^3 events of flight\n\nfield /)
    expect(await records('mapping', 'fields', 'flight', '--clear')).toEqual([{ cleared: 'flight' }])
  })

  it('tables are created, altered, and dropped once that is said twice', async () => {
    expect(await records('tables', 'create', 'price', 'amount=DECIMAL(38,2)')).toMatchObject([{ name: 'price' }])
    expect((await failure(1, 'tables', 'create', 'price', 'amount=BIGINT')).code).toBe('conflict')
    expect(await told('tables', 'alter', 'price', 'note=varchar')).toMatch(/note\s+VARCHAR/)
    expect((await failure(1, 'tables', 'alter', 'none', 'a=BIGINT')).code).toBe('not_found')
    expect((await world.run(['tables', 'alter', 'price', 'note'])).exitCode).toBe(2)
    expect((await records('tables', 'price')).map(({ name }) => name)).toContain('note')
    expect((await world.run(['tables', 'drop', 'price'])).exitCode).toBe(2)
    const asked = await terminal.run(['tables', 'drop', 'price'], 'y\nprices\n')
    expect([asked.exitCode, asked.stderr]).toEqual([1, expect.stringContaining('Nothing was done')])
    expect(asked.stderr).toContain('with 0 rows')
    expect(await told('tables')).toContain('price')
    expect((await failure(1, 'tables', 'drop', 'flight', '--yes')).code).toBe('conflict')
    expect(await records('tables', 'drop', 'price', '--yes')).toEqual([{ dropped: 'price' }])
    expect((await failure(1, 'tables', 'drop', 'price', '--yes')).code).toBe('not_found')
  })
})

describe('what goes on', () => {
  it('samples and metrics', async () => {
    await expect
      .poll(async () => (await world.run(['samples', '--counts'])).records())
      .toContainEqual({ eventType: 'bad', status: 'transform_error', count: 3 })
    const failing = await records('samples', '--type', 'bad', '--status', 'transform_error', '--limit', '1')
    expect(failing).toMatchObject([{ eventType: 'bad', raw: { encoding: 'utf8' } }])
    await write('failing.json', JSON.stringify(failing[0]))
    expect(await records('transform', 'test', '--sample', 'failing.json')).toMatchObject([{ outcome: 'passed' }])
    expect(await told('samples', '--statuses')).toContain('VALID')
    const metrics = await records('metrics', 'incoming-events', 'ERROR_EVENTS', '--from', '5m')
    const sum = metrics.reduce((total, { INCOMING_EVENTS }) => total + Number(INCOMING_EVENTS ?? 0), 0)
    expect(sum).toBeGreaterThanOrEqual(6)
    expect(await told('metrics', 'LATENCY_MAX')).toMatch(/^at\s+LATENCY_MAX\n/)
    expect((await world.run(['metrics', 'NONE'])).exitCode).toBe(1)
    expect((await world.run(['metrics', '--from', 'yesterday'])).exitCode).toBe(2)
  })

  it('notifications, and those that come while one watches', async () => {
    expect((await records('notifications', '--since', '5m')).map(({ type }) => type)).toContain('events_failed')
    expect(await told('notifications')).toContain('wait in the restream queue')
    const watching = world.run(['notifications', '--since', '5m', '--follow'])
    await expect.poll(() => stopped(world, watching)).toMatchObject({ exitCode: 0 })
    expect((await watching).records().map(({ type }) => type)).toContain('events_failed')
  })

  it('the tail shows events as they come', async () => {
    const watching = world.run(['tail', '--stage', 'loaded', '--type', 'tailed', '--count', '1'])
    // Nothing tells from outside that the server listens: events are sent until one was seen.
    let isOver = false
    watching.finally(() => {
      isOver = true
    })
    while (!isOver) await send('tailed', [{ n: 1 }])
    const { exitCode, records } = await watching
    expect(exitCode).toBe(0)
    expect(records()).toMatchObject([
      { stage: 'loaded', eventType: 'tailed', raw: { data: expect.stringContaining('"n":1') } },
    ])
  })

  it('the tail ends at Ctrl-C', async () => {
    const watching = terminal.run(['tail'])
    await expect.poll(() => stopped(terminal, watching)).toMatchObject({ exitCode: 0 })
  })

  it('channels and mutes', async () => {
    const hook = createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
    await once(hook, 'listening')
    try {
      const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}`
      expect(await told('channels', 'create', 'on call', '--webhook', url)).toContain('shown this once')
      expect(await records('channels', 'test', 'on call')).toEqual([{ isDelivered: true, reason: null }])
      hook.closeAllConnections()
    } finally {
      hook.close()
    }
    expect((await world.run(['channels', 'test', 'on call'])).exitCode).toBe(1)
    expect(await records('channels', 'disable', 'on call')).toMatchObject([{ disabledAt: expect.any(String) }])
    expect(await told('channels', 'list')).toMatch(/on call\s+webhook 127\.0\.0\.1/)
    await records('channels', 'delete', 'on call')
    expect((await world.run(['channels', 'create', 'x'])).exitCode).toBe(2)
    expect((await world.run(['channels', 'enable', 'x'])).exitCode).toBe(2)
    await records('mutes', 'add', 'events_failed', '--for', '2h')
    expect(await records('mutes', 'list')).toMatchObject([{ type: 'events_failed', until: expect.any(String) }])
    await records('mutes', 'remove', 'events_failed')
    expect(await told('mutes', 'list')).toBe('Everything is sent.\n')
  })
})

it('every command is told to a shell that completes', async () => {
  const { stdout } = await world.run(['completion', 'bash'])
  for (const path of ['transform dry-run', 'transform lookups set', 'mapping rename', 'tables alter', 'mutes add'])
    expect(stdout).toContain(`'${path}') words=`)
})
