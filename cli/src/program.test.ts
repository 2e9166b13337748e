import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeConfig } from '@millrace/server/config'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addProcessFlags, processFlags } from './commands/process-config.ts'
import { findConnection } from './connection.ts'
import { type FakeWorld, openFakeWorld } from './fake-world.ts'
import { buildCommands } from './program.ts'
import type { World } from './world.ts'

let world: FakeWorld

beforeEach(async () => {
  world = await openFakeWorld()
})

afterEach(() => world.remove())

const commandLine = () => buildCommands({ world: { stdout: {}, stderr: {} } as World, end() {} })

describe('help', () => {
  it.each(commandLine().commands.map((command) => command.name()))(
    'of %s has examples or subcommands, and goes to standard output',
    async (name) => {
      const { exitCode, stdout, stderr } = await world.run([name, '--help'])
      expect([exitCode, stderr]).toEqual([0, ''])
      expect(stdout).toContain(`Usage: millrace ${name}`)
      expect(stdout).toMatch(/Examples:\n {2}\S/)
    },
  )

  it('is what a command line without a command gets, as a mistake', async () => {
    const { exitCode, stdout, stderr } = await world.run([])
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: millrace')
  })
})

describe('a mistake in the command line', () => {
  it.each([
    [['stats'], "unknown command 'stats'"],
    [['send'], "missing required argument 'file'"],
    [['send', 'x', '--batch-size', '2001'], 'whole number from 1 to 2000'],
    [['send', 'x', '--format', 'xml'], 'Allowed choices are ndjson, json, csv, tsv'],
    [['query', 'SELECT 1', '--limt', '5'], 'Did you mean --limit?'],
    [['restream', 'purge', '--url', 'http://127.0.0.1:1'], 'Nothing says which entries'],
    [['status', '--url', 'ftp://x'], 'not the address of a server'],
    [['transform', 'test'], 'It has to be said once on which events'],
    [['transform', 'set', 'main.rb'], 'in which language main.rb is'],
    [['tables', 'create', 'price', 'amount'], '"amount" is no column'],
    [['channels', 'create', 'team', '--severity', 'fatal'], 'Allowed choices are info, warning, error'],
    [['notifications', '--since', 'yesterday'], 'how long ago'],
    [['config', '--port', 'x'], 'MILLRACE_PORT is "x" (from --port)'],
    [['start', '--destination', 'clickhouse://x'], 'not built yet'],
  ])('%j ends with 2 and one line of JSON on standard error', async (args, reason) => {
    const { exitCode, stdout, stderr } = await world.run(args)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(JSON.parse(stderr).error.message).toContain(reason)
  })

  it('is told to a person in words, without a stack', async () => {
    const terminal = await openFakeWorld({}, { isTerminal: true })
    const { stderr } = await terminal.run(['stats'])
    await terminal.remove()
    expect(stderr).toMatch(/^error: unknown command 'stats'.*\nhint: {2}millrace --help/)
    expect(stderr).not.toContain('    at ')
  })

  it('shows where it comes from with --debug', async () => {
    expect((await world.run(['send', 'nowhere', '--type', 'x', '--key', 'k', '--debug'])).stderr).toContain('    at ')
  })
})

describe('config', () => {
  it('knows exactly the flags of the server that are no secrets', async () => {
    const entries = await describeConfig({ flags: {}, env: {}, cwd: world.folder })
    const flags = entries.flatMap(({ name, flag }) => (flag === undefined ? [] : [[name, flag]]))
    expect(Object.entries(processFlags).map(([name, [flag]]) => [name, flag.split(' ')[0]])).toEqual(flags)
    const options = addProcessFlags(commandLine().createCommand('any')).options.map((option) => option.attributeName())
    expect(options).toEqual(flags.map(([name]) => name))
  })

  it('is a line for each setting with its origin', async () => {
    const { exitCode, records } = await world.run(['config', '--port', '0'])
    expect(exitCode).toBe(0)
    expect(records()).toContainEqual(
      expect.objectContaining({ variable: 'MILLRACE_PORT', value: '0', origin: '--port' }),
    )
  })
})

describe('which server a command talks to', () => {
  const local = { url: 'http://127.0.0.1:1234', token: 'local-token', ingestKey: 'local-key' }
  const find = (env: World['env'], options = {}) => findConnection({ env, cwd: world.folder } as World, options)

  beforeEach(async () => {
    await mkdir(join(world.folder, '.millrace'))
    await writeFile(join(world.folder, '.millrace', 'local.json'), JSON.stringify(local))
  })

  it('the one whose data folder is here', async () => {
    expect(await find({})).toEqual({ url: local.url, token: 'local-token', key: 'local-key' })
  })

  it('the one of the folder that --data or MILLRACE_DATA names', async () => {
    await expect(find({ MILLRACE_DATA: 'elsewhere' })).resolves.toEqual({ url: 'http://127.0.0.1:4700' })
    await expect(find({ MILLRACE_DATA: 'elsewhere' }, { data: '.millrace' })).resolves.toMatchObject({ url: local.url })
  })

  it('the one that is named, and the folder’s secrets do not go there', async () => {
    const other = { url: 'http://other:1' }
    expect(await find({}, other)).toEqual({ ...other, token: undefined, key: undefined })
    expect(await find({ MILLRACE_URL: 'http://other:1/' })).toEqual({ ...other, token: undefined, key: undefined })
    expect(await find({ MILLRACE_URL: 'http://env:1', MILLRACE_TOKEN: 't' }, other)).toEqual({ ...other, token: 't' })
  })

  it('a flag comes before the environment', async () => {
    expect(await find({ MILLRACE_TOKEN: 'env', MILLRACE_KEY: 'env' }, { token: 'flag', key: 'flag' })).toMatchObject({
      token: 'flag',
      key: 'flag',
    })
  })
})
