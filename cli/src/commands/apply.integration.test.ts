/** Configuration as code by command line, against a server that runs: exported, planned, applied, and exported again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const main = join(import.meta.dirname, '..', 'main.ts')
const timeout = 120_000

/** The command in a process of its own, as its config is a module that Node itself loads. */
async function openWorld(env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-apply-'))
  return {
    folder,
    async run(args: readonly string[], stdin = '') {
      const child = spawn(process.execPath, [main, ...args], {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      child.stdin.end(stdin)
      const ended = once(child, 'close')
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
      const [exitCode] = (await ended) as [number]
      const records = (): Record<string, unknown>[] =>
        stdout
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line))
      return { exitCode, stdout, stderr, records }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

let world: Awaited<ReturnType<typeof openWorld>>
let server: ChildProcess

/** One of everything that a config can say. */
const everything = `import * as define from '@millrace/client/config'
import { defineConfig, secret } from '@millrace/client/config'

const fields: define.EventTypeConfig['fields'] = [
  { path: ['id'], column: 'id', type: 'BIGINT', origin: 'user', nonNull: true },
  { path: ['price'], column: 'price', type: 'DECIMAL', precision: 10, scale: 2 },
  { path: ['shop', "it's \`\${here}\`"], column: 'shop', type: 'VARCHAR', length: 20, truncate: true },
  { path: ['debug'], isDiscarded: true },
]

export default defineConfig({
  mappingMode: 'STRICT',
  inputs: [
    define.defineInput({ label: 'native', type: 'native' }),
    define.defineInput({ label: "hook's \`\${1}\`", type: 'webhook', isEnabled: false }),
  ],
  sources: [
    define.defineSource({
      label: 'nightly',
      type: 'http-json',
      settings: { url: 'https://example.com/a', table: 'pulled', auth: { type: 'bearer', token: secret('PULL_TOKEN') } },
      schedule: { cron: '0 3 * * *' },
      isPaused: true,
      limits: { daysPerJob: 5 },
    }),
  ],
  buckets: [define.defineBucket({ input: 'native', key: 'cellar', name: 'Cellar', eventType: 'cellar' })],
  eventTypes: [
    define.defineEventType({ name: 'sale', mode: 'FLEXIBLE', table: 'sales', primaryKey: ['id'], onConflict: 'null', fields }),
    define.defineEventType({ name: 'noise', isDiscarded: true, fields: [] }),
  ],
  transforms: [
    define.defineTransform({ name: 'main', file: 'code/main.ts' }),
    define.defineTransform({ name: 'other', language: 'python', code: 'def transform(event):\\n    return event\\n' }),
  ],
  codeSettings: { order: ['main'], limits: { eventMs: 500 } },
  lookups: [define.defineLookup({ name: 'cities', entries: { m: 'Munich', b: { z: 1, a: 2 } } })],
  codeSecrets: { salt: secret('SALT') },
  scheduledQueries: [
    define.defineScheduledQuery({
      label: 'daily',
      target: 'sums',
      statement: { kind: 'select', sql: 'SELECT 1 AS n,\\n  2 AS m', mode: 'replace' },
      schedule: { cron: '0 4 * * *', timeZone: 'Europe/Prague' },
    }),
  ],
  channels: [
    define.defineChannel({ label: 'on call', target: { kind: 'webhook', url: secret('HOOK_URL') }, severityMin: 'error' }),
    define.defineChannel({ label: 'mail', target: { kind: 'email', to: ['a@example.com'] }, isEnabled: false }),
  ],
  mutes: [define.defineMute({ type: 'events_failed' })],
  dimensions: [define.defineDimension({ table: 'sales', column: 'price', role: 'measurement', aggregation: 'sum' })],
  patterns: [
    define.definePattern({
      name: 'Region',
      sources: [{ table: 'sales', column: 'shop' }],
      rule: { kind: 'split', separator: '_', position: 1, from: 'start' },
    }),
  ],
  harmonisedDimensions: [
    define.defineHarmonisedDimension({ name: 'Place', members: [{ table: 'sales', pattern: 'Region' }] }),
  ],
  calculatedMeasurements: [define.defineCalculatedMeasurement({ name: 'Double', formula: 'sum(price) * 2' })],
})
`
const code = 'export function transform(event: AnyEvent) {\n  return event\n}\n'
const secrets = { PULL_TOKEN: 'planted-token', SALT: 'planted-salt', HOOK_URL: 'https://hooks.example.com/planted' }

beforeAll(async () => {
  world = await openWorld(secrets)
  server = spawn(process.execPath, [main, 'start', '--port', '0', '--log-level', 'error'], {
    cwd: world.folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: server.stdout! })) {
    if (line.startsWith('Millrace is ready at http://')) break
  }
  await mkdir(join(world.folder, 'code'))
  await writeFile(join(world.folder, 'millrace.config.ts'), everything)
  await writeFile(join(world.folder, 'code/main.ts'), code)
}, timeout)

afterAll(async () => {
  server.kill('SIGKILL')
  await world.remove()
})

const ok = async (...args: string[]) => {
  const ran = await world.run(args)
  expect([ran.exitCode, ran.stderr.split('\n').filter((line) => line.includes('"error"'))], ran.stderr).toEqual([0, []])
  return ran
}
const changesOf = (records: Record<string, unknown>[]) =>
  (records[0]!['changes'] as { action: string; kind: string; name: string }[]).map(({ action, kind, name }) =>
    `${action} ${kind} ${name}`.trim(),
  )
const file = (path: string) => readFile(join(world.folder, path), 'utf8')

describe('a workspace with one of everything', () => {
  it(
    'is applied, after which nothing is left to change',
    async () => {
      expect((await world.run(['apply'])).exitCode).toBe(2)
      const planned = await world.run(['plan', '--exit-code'])
      expect(planned.exitCode, planned.stderr).toBe(2)
      expect(planned.stdout).not.toContain('planted')
      const applied = await ok('apply', '--yes')
      expect(changesOf(applied.records())).toEqual(changesOf(planned.records()))
      expect(changesOf(applied.records())).toContain('create event-type sale')
      const again = await ok('plan', '--exit-code', '--prune')
      expect(changesOf(again.records())).toEqual([])
    },
    timeout,
  )

  it(
    'is exported, applied to an empty workspace, and exported as the same text',
    async () => {
      await ok('export', 'first')
      const text = await file('first/millrace.config.ts')
      expect(text).not.toContain('planted')
      await ok('workspaces', 'create', 'other')
      // The names that an export gives to secrets.
      const env = {
        ...secrets,
        NIGHTLY_AUTH: JSON.stringify({ type: 'bearer', token: secrets.PULL_TOKEN }),
        CODE_SALT: secrets.SALT,
        ON_CALL_URL: secrets.HOOK_URL,
      }
      const elsewhere = await openWorld(env)
      const there = ['--data', join(world.folder, '.millrace'), '--workspace', 'other']
      const applied = await elsewhere.run(['apply', join(world.folder, 'first/millrace.config.ts'), '--yes', ...there])
      expect(applied.exitCode, applied.stderr).toBe(0)
      const exported = await elsewhere.run(['export', 'second', ...there])
      expect(exported.exitCode, exported.stderr).toBe(0)
      for (const path of ['millrace.config.ts', 'transforms/main.ts', 'transforms/other.py', 'lookups/cities.json'])
        expect(await readFile(join(elsewhere.folder, 'second', path), 'utf8'), path).toBe(await file(`first/${path}`))
      const plan = await elsewhere.run(['plan', 'second/millrace.config.ts', '--exit-code', '--prune', ...there])
      expect([plan.exitCode, changesOf(plan.records())]).toEqual([0, []])
      await elsewhere.remove()
    },
    timeout,
  )

  it(
    'tells when somebody changed it by hand, and takes that back',
    async () => {
      await ok('inputs', 'create', 'by-hand', '--type', 'native')
      await ok('mapping', 'mode', 'AUTO_MAP')
      const planned = await world.run(['plan', '--exit-code'])
      expect([planned.exitCode, changesOf(planned.records())]).toEqual([2, ['update mapping-mode']])
      expect(planned.records()[0]!['kept']).toEqual([{ kind: 'input', name: 'by-hand' }])
      const applied = await ok('apply', '--yes', '--prune')
      expect(changesOf(applied.records())).toEqual(['update mapping-mode', 'delete input by-hand'])
    },
    timeout,
  )

  it(
    'is left as it is by a config of which one part is wrong',
    async () => {
      const before = (await ok('config', 'export')).stdout
      for (const [from, to, reason] of [
        ["type: 'BIGINT'", "type: 'INTEGRE'", 'sale.fields.0.type'],
        ['SELECT 1 AS n', 'SELEC 1 AS n', 'invalid_sql'],
        ['position: 1,', 'position: 0,', 'position'],
      ] as const) {
        const wrong = everything.replace(from, to).replace("label: 'native'", "label: 'new one'")
        await writeFile(join(world.folder, 'wrong.config.ts'), wrong)
        const ran = await world.run(['apply', 'wrong.config.ts', '--yes'])
        expect([ran.exitCode, ran.stderr]).toEqual([1, expect.stringContaining(reason)])
      }
      await writeFile(
        join(world.folder, 'code/wrong.ts'),
        'export function transform(event: AnyEvent) {\n  return event.a.b\n}\n',
      )
      await writeFile(join(world.folder, 'wrong.config.ts'), everything.replace('code/main.ts', 'code/wrong.ts'))
      const ran = await world.run(['apply', 'wrong.config.ts', '--yes'])
      expect([ran.exitCode, ran.stderr]).toEqual([1, expect.stringContaining('main:2')])
      expect((await ok('config', 'export')).stdout).toBe(before)
    },
    timeout,
  )
})

describe('a config that cannot be used is told by file and line:', () => {
  const start = "import { defineConfig } from '@millrace/client/config'\n"
  it.each([
    [
      'a mistake in its types',
      `${start}export default defineConfig({\n  mappingMode: 'LAX',\n})\n`,
      /broken\.config\.ts:3:3/,
    ],
    ['a mistake in its syntax', `${start}export default defineConfig({\n`, /broken\.config\.ts:3:1/],
    [
      'what it throws',
      `${start}const fail = (): never => {\n  throw new Error('no such luck')\n}\nexport default defineConfig(fail())\n`,
      /broken\.config\.ts:3:\d+: no such luck/,
    ],
    ['what no workspace has', 'export default { port: 4700 }\n', /port is nothing/],
    ['nothing exported', `${start}export const config = defineConfig({})\n`, /exports no configuration/],
    [
      'a file that is not there',
      `${start}export default defineConfig({ transforms: [{ name: 'a', file: 'none.ts' }] })\n`,
      /none\.ts does not exist/,
    ],
  ])(
    '%s',
    async (_, config, reason) => {
      await writeFile(join(world.folder, 'broken.config.ts'), config)
      const ran = await world.run(['plan', 'broken.config.ts'])
      expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringMatching(reason)])
    },
    timeout,
  )

  it('or that it is not there', async () => {
    const ran = await world.run(['plan', 'none.config.ts'])
    expect([ran.exitCode, ran.stderr]).toEqual([2, expect.stringContaining('none.config.ts does not exist')])
  })
})

describe('types of events', () => {
  const check = (...more: string[]) =>
    world.run(['types', '--out', 'events.ts', '--check', '--workspace', 'typed', ...more])
  const send = (event: object) =>
    world.run(['send', '-', '--type', 'click', '--key', key], `${JSON.stringify(event)}\n`)
  let key: string

  it(
    'are written, and told apart from what comes later',
    async () => {
      await ok('workspaces', 'create', 'typed')
      const created = await ok('inputs', 'create', 'site', '--type', 'native', '--workspace', 'typed')
      key = created.records()[0]!['key'] as string
      expect((await send({ n: 1, user: { name: 'a' } })).exitCode).toBe(0)
      const write = () => world.run(['types', '--out', 'events.ts', '--workspace', 'typed'])
      await expect
        .poll(async () => (await write()).exitCode === 0 && (await file('events.ts')), {
          timeout: 60_000,
          interval: 500,
        })
        .toContain('  click: {\n    n?: number | null\n    user?: {\n      name?: string | null\n    } | null\n  }\n')
      expect((await check()).exitCode).toBe(0)

      expect((await send({ n: 'many', more: true })).exitCode).toBe(0)
      await expect.poll(async () => (await check()).exitCode, { timeout: 60_000, interval: 500 }).toBe(1)
      const drifted = await check()
      expect(drifted.stderr).toContain('click.more is new: boolean')
      expect(drifted.stderr).toContain('click.n was number and is string')
      await write()
      expect((await check()).exitCode).toBe(0)
    },
    timeout,
  )

  it(
    'are JSON Schema too, and those of all that came',
    async () => {
      await ok('types', '--json-schema', '--out', 'events.json', '--workspace', 'typed')
      const schema = JSON.parse(await file('events.json'))
      expect(schema.$defs.click).toMatchObject({ type: 'object', properties: { more: { type: ['boolean', 'null'] } } })
      const seen = await ok('types', '--from', 'traffic', '--workspace', 'typed')
      expect(seen.stdout).toContain('    n?: number | null\n')
      await writeFile(join(world.folder, 'mine.ts'), 'export type Events = {}')
      expect((await world.run(['types', '--out', 'mine.ts', '--check'])).exitCode).toBe(2)
    },
    timeout,
  )
})
