/**
 * The older clients themselves, unmodified from the package index, against a whole server: nothing but an address is changed.
 * Panoply's is for Python 2 there, so it is driven where a machine has that.
 */
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Credentials, openTestServer, type TestServer } from './running-server.ts'

const run = promisify(execFile)
const drivers = join(import.meta.dirname, 'python')
const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0
const hasPython2 = spawnSync('python2', ['-m', 'pip', '--version']).status === 0

describe.skipIf(!hasPython)('with Python’s venv and pip', () => {
  let server: TestServer
  let credentials: Credentials
  let python: string

  beforeAll(async () => {
    server = await openTestServer()
    credentials = await server.makeCredentials()
    const environment = join(server.folder, 'venv')
    await run('python3', ['-m', 'venv', environment])
    python = join(environment, 'bin', 'python')
    await install(python, ['ISStreamer==2.0.0', 'requests', 'setuptools==75.8.0', 'wheel'])
    await install(python, ['--no-deps', '--no-build-isolation', 'ironSourceAtom==1.0.4'], join(drivers, 'old-pip'))
  }, 300_000)
  afterAll(() => server?.close())

  it('Initial State’s ISStreamer 2.0.0', async () => {
    const folder = join(server.folder, 'initial-state')
    await mkdir(folder)
    const ini = `[isstreamer.client_config]\n[isstreamer.api_config]\nstream_api_base: ${server.url}\n`
    await writeFile(join(folder, 'isstreamer.ini'), ini)
    const driver = [join(drivers, 'initial_state.py'), credentials.IS_ACCESS_KEY]
    const { stdout } = await run(python, driver, { cwd: folder })
    expect(stdout).toContain('unauthorized access_key: wrong')
    await server.settled()

    const mixed = await server.rowsOf(`SELECT value, value_type AS type, epoch FROM py_calm WHERE key = 'mixed'`, 9)
    expect(mixed.map(({ value, type }) => `${type} ${value}`).sort()).toEqual(
      ['string 32', 'number 32', 'number 1.5', 'boolean true', 'json null', 'json [1, "a"]', 'json {"a": 1}']
        .concat('json null', 'string Grüße 😀')
        .sort(),
    )
    expect(new Set(mixed.map(({ epoch }) => epoch))).toEqual(new Set([1419876021.778477]))
    const objects = await server.rowsOf(
      `SELECT key, value, epoch FROM py_calm WHERE key <> 'mixed' ORDER BY epoch, key`,
      6,
    )
    expect(objects.map(({ key, value, epoch }) => [key, value, epoch])).toEqual([
      ['list_0', '1', 1000],
      ['list_1', '2', 1000],
      ['room_t', '20.5', 1001],
      ['plain', '1', 1002],
      ['Room_humidity', '41', 1003],
      ['Room_name', 'cellar', 1003],
    ])
    expect(await server.rowsOf('SELECT key FROM py_second', 1)).toEqual([{ key: 'after' }])
    const busy = await server.rowsOf('SELECT DISTINCT value FROM py_busy ORDER BY value', 95)
    expect(busy.map(({ value }) => value)).toEqual(Array.from({ length: 95 }, (_, number) => number))
    const { items } = (await server.ask('restream')) as { items: { eventType: string; code: string }[] }
    expect(items.map(({ eventType, code }) => [eventType, code])).toContainEqual(['py_calm', 'value_too_large'])
    await expect(server.ask('tables/py_wrong')).rejects.toThrow('not_found')
  }, 120_000)

  it('ironSource’s AtomApi 1.0.4', async () => {
    await server.ask('inputs', {
      label: 'open atom',
      type: 'atom',
      settings: { requireAuth: false, streams: ['py_open'] },
    })
    const driver = [join(drivers, 'atom.py'), `${server.url}/`, credentials.ATOM_AUTH_KEY]
    const { stdout } = await run(python, driver)
    const ok = '200 {"Status":"OK"}'
    expect(stdout.trimEnd().split('\n')).toEqual([
      ...['dict', 'text', 'dotted', 'bulk', 'texts', 'again'].map((name) => `${name} ${ok}`),
      'wrong HmacException',
      'unsigned HmacException',
      `open-get ${ok}`,
      `open-post ${ok}`,
    ])
    await server.settled()
    const rows = await server.rowsOf('SELECT n, text FROM py_atom ORDER BY n', 7)
    expect(rows.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(rows[0]).toEqual({ n: 1, text: 'Grüße 😀' })
    expect(await server.rowsOf('SELECT n, text FROM py_open ORDER BY n', 2)).toEqual([
      { n: 1, text: '~~~???>>>' },
      { n: 2, text: null },
    ])
  }, 120_000)

  if (hasPython2)
    it('Panoply’s SDK 1.6.3', async () => {
      const packages = join(server.folder, 'python2')
      await install('python2', [
        '--target',
        packages,
        'panoply-python-sdk==1.6.3',
        'rsa==4.5',
        'pyasn1-modules==0.3.0',
        'pyasn1==0.5.1',
      ])
      const { PANOPLY_APIKEY, PANOPLY_APISECRET } = credentials
      const driver = [join(drivers, 'panoply_writer.py'), server.url, PANOPLY_APIKEY, PANOPLY_APISECRET]
      const { stdout } = await run('python2', driver, { env: { ...process.env, PYTHONPATH: packages } })
      expect(
        stdout
          .split('\n')
          .filter((line) => /^(flush|error)/.test(line))
          .sort(),
      ).toEqual(['error 403', 'flush 200'])
      await server.settled()
      const sums = 'SELECT count(*) AS count, count(DISTINCT n) AS n, max(n) AS last FROM py_panoply'
      expect(await server.rowsOf(sums, 1)).toEqual([{ count: 1001, n: 1001, last: 1000 }])
      const awkward = 'SELECT text FROM py_panoply WHERE n = 0'
      expect(await server.rowsOf(awkward, 1)).toMatchObject([{ text: '&=+%/\n"\\ü' }])
      expect(await server.rowsOf('SELECT n FROM py_panoply_other', 1)).toEqual([{ n: 0 }])
    }, 120_000)
})

async function install(python: string, wanted: readonly string[], pythonPath?: string): Promise<void> {
  const env = pythonPath === undefined ? process.env : { ...process.env, PYTHONPATH: pythonPath }
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted], { env })
}
