/** Singer taps: a real one from the package index, and such as crash, hang, print rubbish and lie. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openOutbound } from '../../outbound.ts'
import type { LogFields, Logger } from '../../telemetry.ts'
import { testConnector } from '../connector.suite.ts'
import { type Connector, type ConnectorContext, NotRetryable, type PulledDraft } from '../connector.ts'
import { openConnectorHttp, openPauses } from '../connector-http.ts'
import { singerTaps } from './singer.ts'

const run = promisify(execFile)
let place: string
let root: string

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'millrace-singer-'))
  root = join(place, 'taps')
  await mkdir(root)
  await run('python3', ['-m', 'venv', join(place, 'venv')])
  await run(join(place, 'venv/bin/pip'), ['install', '--quiet', '--disable-pip-version-check', 'tap-jsonl==0.3.1'])
  await symlink(join(place, 'venv/bin/tap-jsonl'), join(root, 'tap-jsonl'))
}, 300_000)
afterAll(() => rm(place, { recursive: true, force: true }))

let before: string[]
const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('millrace-tap-')).toSorted()
beforeEach(async () => {
  before = await leftovers()
})
afterEach(async () => expect(await leftovers()).toEqual(before))

interface Ran {
  readonly drafts: PulledDraft[]
  readonly pages: number
  readonly state: Record<string, unknown>
  readonly log: string
  readonly error: Error | undefined
}

async function read(
  given: Record<string, unknown>,
  {
    state = {},
    signal = new AbortController().signal,
    onPage = () => {},
    taps = root,
  }: {
    state?: Record<string, unknown>
    signal?: AbortSignal
    onPage?: () => void
    taps?: string
  } = {},
): Promise<Ran> {
  const lines: string[] = []
  const say = (message: string, fields: LogFields = {}) =>
    void lines.push(`${message} ${Object.values(fields).map(String).join(' ')}`)
  const log: Logger = { debug: say, info: say, warn: say, error: say }
  const connector = singerTaps(taps)
  const outbound = openOutbound([])
  const http = openConnectorHttp({ outbound, pauses: openPauses(), scope: 'test', signal })
  const context: ConnectorContext = {
    range: undefined,
    http,
    outbound,
    progress() {},
    log,
    async saveSettings() {},
    signal,
  }
  const result = { drafts: [] as PulledDraft[], pages: 0, state, error: undefined as Error | undefined }
  try {
    for await (const page of connector.read(connector.settings.parse(given), connector.state.parse(state), context)) {
      result.drafts.push(...page.drafts)
      result.state = { ...result.state, ...page.state }
      result.pages++
      onPage()
    }
  } catch (error) {
    result.error = error as Error
  } finally {
    http.close()
  }
  return { ...result, log: lines.join('\n') }
}

async function jsonLines(name: string, from: number, to: number): Promise<string> {
  const file = join(place, name)
  const rows = Array.from({ length: to - from + 1 }, (_, index) => `${JSON.stringify({ id: from + index })}\n`)
  await writeFile(file, rows.join(''), { flag: 'a' })
  return file
}

describe('tap-jsonl 0.3.1', () => {
  it('gives its rows with their keys and takes its state back; rows that it gives again are the same events', async () => {
    await jsonLines('grow-1.jsonl', 1, 3)
    const config = { path: join(place, 'grow-*.jsonl'), stream_name: 'things', primary_keys: ['id'] }
    const settings = { tap: 'tap-jsonl', config, tablePrefix: 'my_' }
    const first = await read(settings)
    expect(first.error).toBeUndefined()
    expect(first.drafts).toMatchObject([1, 2, 3].map((id) => ({ type: 'my_things', data: { id } })))
    expect(first.drafts.map(({ id }) => id?.split('@')[0])).toEqual(['1', '2', '3'])
    expect(first.state).toMatchObject({ tap: { bookmarks: { things: { replication_key: '_sdc_last_modified' } } } })
    expect(first.log).toContain('my_things id')
    await jsonLines('grow-2.jsonl', 4, 5)
    const second = await read(settings, { state: first.state })
    expect(second.error).toBeUndefined()
    const all = new Map([...first.drafts, ...second.drafts].map(({ id, data }) => [id, data['id']]))
    expect([...all.values()].toSorted()).toEqual([1, 2, 3, 4, 5])
  })

  it('says what it could fetch; what it has not is refused with what it has', async () => {
    const path = await jsonLines('found.jsonl', 1, 2)
    const connector = singerTaps(root)
    const settings = connector.settings.parse({ tap: 'tap-jsonl', config: { path, stream_name: 'things' } })
    const context = { outbound: openOutbound([]), signal: new AbortController().signal } as ConnectorContext
    const log = { info() {} } as unknown as Logger
    const [thing] = await connector.discover!(settings, { ...context, log })
    expect(thing).toMatchObject({ id: 'things', available: true })
    expect(thing!.fields.map(({ name }) => name)).toContain('id')
    const { error } = await read({ tap: 'tap-jsonl', config: { path, stream_name: 'things' }, streams: ['other'] })
    expect([error instanceof NotRetryable, error?.message]).toEqual([
      true,
      'The tap has no stream "other"; it has things',
    ])
  })
})

testConnector('Singer tap', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-singer-rows-'))
  const path = join(folder, 'rows.jsonl')
  await writeFile(path, Array.from({ length: 2_500 }, (_, id) => `{"id":${id}}\n`).join(''))
  return {
    connector: singerTaps(root) as unknown as Connector,
    settings: { tap: 'tap-jsonl', config: { path, primary_keys: ['id'] } },
    rowCount: 2_500,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
})

describe('a tap that', () => {
  /** Of JavaScript, with `say(message)`, `given(flag)` and `args`. */
  async function tap(name: string, code: string): Promise<{ tap: string; discovers: boolean }> {
    const file = join(root, name)
    const head = `#!${process.execPath}
const { readFileSync, statSync } = require('node:fs')
const args = process.argv.slice(2)
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n')
const place = (flag) => args[args.indexOf('--' + flag) + 1]
const given = (flag) => args.includes('--' + flag) ? JSON.parse(readFileSync(place(flag), 'utf8')) : undefined
const schema = { type: 'SCHEMA', stream: 's', schema: { properties: { id: { type: 'integer' } } }, key_properties: ['id'] }
const row = (id) => ({ type: 'RECORD', stream: 's', record: { id } })
`
    await writeFile(file, head + code)
    await chmod(file, 0o755)
    return { tap: name, discovers: false }
  }
  const ids = ({ drafts }: Ran) => drafts.map(({ data }) => data['id'])

  it('crashes keeps the state whose rows came before, and is told with its last words, without its secrets', async () => {
    const settings = await tap(
      'crash',
      `say(schema); say(row(1)); say({ type: 'STATE', value: { at: 1 } }); say(row(2))
       process.stderr.write('token ' + given('config').deep.token + ' is wrong\\n'); process.exitCode = 3`,
    )
    const secrets = JSON.stringify({ deep: { token: 'hush-hush' } })
    const result = await read({ ...settings, secrets })
    expect(result.error?.message).toBe('The tap crash ended with exit code 3: token ••• is wrong')
    expect(result.error).not.toBeInstanceOf(NotRetryable)
    expect(result.log).toContain('token ••• is wrong')
    // The rows of a page that was not full yet are read again.
    expect(result).toMatchObject({ state: {}, drafts: [] })
  })

  it('crashes behind a page goes on from the last state whose rows are in it', async () => {
    const settings = await tap(
      'crash-later',
      `const at = given('state')?.at ?? 0
       say(schema)
       for (let id = at + 1; id <= 1500; id++) { say(row(id)); if (id === 700) say({ type: 'STATE', value: { at: id } }) }
       process.exitCode = at === 0 ? 1 : 0`,
    )
    const first = await read(settings)
    expect([first.drafts.length, first.state]).toEqual([1_000, { tap: { at: 700 } }])
    const second = await read(settings, { state: first.state })
    expect([second.error, ids(second)[0], second.drafts.length]).toEqual([undefined, 701, 800])
    expect(new Set([...first.drafts, ...second.drafts].map(({ id }) => id)).size).toBe(1_500)
  })

  it('hangs is ended with all that it began', async () => {
    const settings = await tap(
      'hang',
      `const child = require('node:child_process').spawn('sleep', ['1000'], { stdio: 'ignore' })
       require('node:fs').writeFileSync(given('config').file, String(child.pid)); say(schema)
       process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`,
    )
    const file = join(place, 'child')
    const { error } = await read({ ...settings, config: { file }, silenceMinutesMax: 0.03 })
    expect(error).toMatchObject({ code: 'source_unavailable', message: 'The tap hang wrote nothing for 0.03 minutes' })
    const child = Number(await readFile(file, 'utf8'))
    const isAlive = async () =>
      (await readFile(`/proc/${child}/stat`, 'utf8').catch(() => ') Z')).split(') ')[1]![0] !== 'Z'
    await expect.poll(isAlive, { timeout: 10_000 }).toBe(false)
  })

  it('is not wanted any more is ended', async () => {
    const settings = { tap: 'endless', discovers: false }
    const line = JSON.stringify({ type: 'RECORD', stream: 's', record: { id: 1 } })
    await writeFile(join(root, 'endless'), `#!/bin/sh\nexec yes '${line}'\n`, { mode: 0o755 })
    const stop = new AbortController()
    const { error } = await read(settings, { signal: stop.signal, onPage: () => stop.abort(new Error('cancelled')) })
    expect(error?.message).toBe('cancelled')
  })

  it('prints rubbish among its messages loses the rubbish; one that prints nothing else is no tap', async () => {
    const some = await read(
      await tap(
        'chatty',
        `console.log('Hello!'); say(schema); say({ type: 'RECORD', stream: 's' }); say(7); say(row(1))
         say({ type: 'ACTIVATE_VERSION', stream: 's', version: 1 }); say({ type: 'STATE', value: 9 }); process.stdout.write('half a li')`,
      ),
    )
    expect([some.error, ids(some), some.state]).toEqual([undefined, [1], { tap: 9 }])
    expect(some.log.match(/passed over/g)).toHaveLength(4)
    expect(some.log).toContain('ignored ACTIVATE_VERSION')
    const none = await read(await tap('shell', `console.log('usage: shell'); console.log('{}')`))
    expect(none.error?.message).toContain('is no Singer: is it a tap at all?')
    const endless = await read(await tap('noise', `for (let n = 0; n < 200; n++) console.log('noise')`))
    expect(endless.error?.message).toContain('More than 100 lines')
    const batch = await read(await tap('batch', `say({ type: 'BATCH', stream: 's', manifest: [] })`))
    expect(batch.error?.message).toContain('configure it without')
  })

  it('lies about its schema costs nothing: rows are what they are, and have no id where they lack their key', async () => {
    const result = await read(
      await tap(
        'liar',
        `say({ type: 'RECORD', stream: 'early', record: { a: 1 } }); say(schema)
         say({ type: 'RECORD', stream: 's', record: { id: 'text', more: [1] } }); say({ type: 'RECORD', stream: 's', record: { name: 'x' } })
         say({ ...schema, key_properties: null }); say(row(3))`,
      ),
    )
    expect(result.error).toBeUndefined()
    expect(result.drafts.map(({ type, id }) => [type, id?.split('@')[0]])).toEqual([
      ['early', undefined],
      ['s', 'text'],
      ['s', undefined],
      ['s', undefined],
    ])
    expect(result.log).toContain('records came before their schema early')
  })

  it('writes numbers of many digits has each of them in its rows and their ids', async () => {
    const result = await read(
      await tap(
        'exact',
        `say(schema); for (const last of ['1', '3'])
         process.stdout.write('{"type":"RECORD","stream":"s","record":{"id":900719925474099' + last + '}}\\n')`,
      ),
    )
    expect(result.drafts.map(({ data }) => JSON.stringify(data))).toEqual([
      '{"id":9007199254740991}',
      '{"id":9007199254740993}',
    ])
    expect(result.drafts.map(({ id }) => id?.split('@')[0])).toEqual(['9007199254740991', '9007199254740993'])
  })

  it('looks around finds files of its own that nobody else may read, and nothing of the server', async () => {
    process.env['MILLRACE_SECRET_KEY'] = 'not-for-taps'
    const settings = await tap(
      'curious',
      `say({ type: 'RECORD', stream: 's', record: { modes: ['config', 'state'].map((flag) => (statSync(place(flag)).mode & 0o777).toString(8)),
         names: Object.keys(process.env).filter((name) => name.startsWith('MILLRACE')), config: given('config'), state: given('state') } })`,
    )
    const { drafts } = await read({ ...settings, config: { a: 1 }, secrets: '{"b":2}' }, { state: { tap: 'x' } })
    delete process.env['MILLRACE_SECRET_KEY']
    expect(drafts[0]!.data).toEqual({ modes: ['600', '600'], names: [], config: { a: 1, b: 2 }, state: 'x' })
  })

  it('is none that the operator allows is not run', async () => {
    expect((await read({ tap: 'crash' }, { taps: '' })).error).toMatchObject({ code: 'forbidden' })
    expect((await read({ tap: 'missing' })).error?.message).toContain('no executable "missing"')
    await writeFile(join(root, 'text'), 'no program')
    expect((await read({ tap: 'text' })).error).toBeInstanceOf(NotRetryable)
    const { settings } = singerTaps(root)
    for (const name of ['../x', '/bin/sh', '.', '..', 'a/b', '--help', ''])
      expect(settings.safeParse({ tap: name }).success).toBe(false)
    expect(settings.safeParse({ tap: 'x', secrets: 'no json' }).success).toBe(false)
  })
})
