/** Datorama's own client, pyDatorama 0.11 from the package index, unmodified, against a whole server: call by call, as its README has them. */
import { type ChildProcessWithoutNullStreams, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Credentials, openTestServer, type TestServer } from './running-server.ts'

const run = promisify(execFile)
const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0

/** biome-ignore lint/suspicious/noExplicitAny: what the client returns is looked at, not typed */
type Any = any

const driver = join(import.meta.dirname, 'python', 'datorama_calls.py')
const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
/** The last pandas in which the client's exports work; it has no `requests` of its own, which the client forgets to ask for. */
const packages = ['pyDatorama==0.11', 'pandas==1.5.3', 'numpy==1.26.4', 'requests==2.32.3']

interface Asked {
  readonly path?: readonly (string | number)[]
  readonly call?: string
  readonly args?: readonly unknown[]
  readonly with?: Readonly<Record<string, unknown>>
  readonly today?: boolean
}
interface Answer {
  readonly result?: Any
  /** What the client wrote into its error log meanwhile. */
  readonly errors: string[]
  readonly slept: number[]
  readonly error?: string
}

/** A day of each range that is asked for is a record; a day that `broken` names is a failure. */
function sourceServer() {
  const asked: string[] = []
  const broken = new Set<string>()
  let factor = 1
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, 'http://localhost')
    const [from, to] = [searchParams.get('from')!, searchParams.get('to')!]
    asked.push(`${from}..${to}`)
    const rows: object[] = []
    for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) {
      const day = new Date(at).toISOString().slice(0, 10)
      if (broken.has(day)) return void response.writeHead(400).end('{}')
      rows.push({ day, campaign: 'EU, "spring"', clicks: factor * new Date(at).getUTCDate() })
    }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(rows))
  })
  return { server, asked, broken, multiply: (by: number) => (factor = by) }
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe.skipIf(!hasPython)('with Python’s venv and pip: pyDatorama', () => {
  let server: TestServer
  let credentials: Credentials
  let interpreter: string
  let workspace: number
  let url: string
  const source = sourceServer()
  const clients: ChildProcessWithoutNullStreams[] = []

  const start = (): ((asked: Asked) => Promise<Answer>) => {
    const client = spawn(interpreter, ['-u', driver, `${server.url}/`], { cwd: server.folder })
    client.stderr.resume()
    clients.push(client)
    const answers = createInterface(client.stdout)[Symbol.asyncIterator]()
    return async (asked) => {
      client.stdin.write(`${JSON.stringify(asked)}\n`)
      return JSON.parse((await answers.next()).value!)
    }
  }
  const noPause = { pause: 0, restore_spaces: false, restore_streams: false }
  let ask: (asked: Asked) => Promise<Answer>
  /** What a call returns, where the client noted no error. */
  const call = async (path: Asked['path'], name?: string, ...args: unknown[]): Promise<Any> => {
    const { result, errors, error } = await ask({ path: path!, ...(name !== undefined && { call: name }), args })
    expect({ error, errors }, name).toEqual({ errors: [] })
    return result
  }
  const ws = () => ['workspaces', workspace] as const
  const stream = (id: number) => ['streams', id] as const
  /** Made by the client, and fetched, since it keeps a plain dict of what it makes (DATORAMA-Q11). */
  const make = async (name: string, more: object = {}): Promise<number> => {
    const config = { url: `${url}/data?from={start}&to={end}`, table: name.toLowerCase().replaceAll(' ', '_') }
    await call(ws(), 'create_stream', {
      ...{ name, workspaceId: workspace, dataSourceName: 'HTTP JSON', config, ...more },
    })
    const id = (await call([...ws(), 'create_response'])).json.id
    await call(ws(), 'get_streams')
    return id
  }
  const jobs = async (id: number): Promise<Any[]> => {
    await call(stream(id), 'get_stream_runs')
    return Object.values(await call(['jobs', id]))
  }
  /** Jobs, once each has come to its end. */
  const ended = async (id: number, count: number): Promise<Any[]> => {
    for (let tries = 0; ; tries++) {
      const all = await jobs(id)
      const done = all.filter(({ status }) => ['SUCCESS', 'FAILURE', 'ERROR'].includes(status))
      if ((done.length >= count && done.length === all.length) || tries === 300) return all
      await sleep(100)
    }
  }

  beforeAll(async () => {
    url = await listen(source.server)
    const opened = await openTestServer({ MILLRACE_ALLOWED_HOSTS: '127.0.0.1' })
    server = opened
    await server.makeCredentials()
    credentials = await server.makeCredentials() // of a fixture that is made twice, the newest count
    workspace = Number(credentials.DATORAMA_WORKSPACE)
    const environment = join(server.folder, 'venv')
    await run('python3', ['-m', 'venv', environment])
    interpreter = join(environment, 'bin', 'python')
    await run(interpreter, [...install, ...packages])
    ask = start()
    await ask({ call: 'new', today: true, args: [credentials.DATORAMA_TOKEN], with: noPause })
  }, 600_000)
  afterAll(async () => {
    for (const client of clients) client.stdin.end()
    source.server.closeAllConnections()
    source.server.close()
    await server?.close()
  })

  it('the fixture’s tokens are two users’, the one with a raised limit, the other at the usual one', async () => {
    const limitOf = async (token: string) => {
      const answer = await fetch(`${server.url}/v1/workspaces/${workspace}`, { headers: { authorization: token } })
      expect(answer.status).toBe(200)
      return Number(answer.headers.get('x-platformratelimit-limit'))
    }
    expect(await limitOf(credentials.DATORAMA_TOKEN)).toBeGreaterThan(1_000)
    expect(await limitOf(credentials.DATORAMA_TOKEN_BURN)).toBe(60)
    const { items } = (await server.ask('tokens')) as { items: { userId: string }[] }
    expect(new Set(items.map(({ userId }) => userId)).size).toBe(items.length)
  })

  it('DATORAMA-01, 02, 31, Q10: begins with workspaces, and can restore them from its files', async () => {
    const spaces = await call(['workspaces'])
    expect(spaces[workspace]).toMatchObject({ id: workspace, name: 'Default' })
    expect((await ask({ call: 'workspace', args: [workspace] })).result).toMatchObject({ name: 'Default' })
    expect((await ask({ call: 'workspace', args: [99_999] })).errors.length).toBeGreaterThan(0)
    const other = start()
    await call(ws(), 'get_streams')
    await other({ call: 'new', args: ['none'], with: { pause: 0, restore_spaces: true, restore_streams: true } })
    expect((await other({ path: ['workspaces', workspace] })).result).toMatchObject({ name: 'Default' })
    await other({ call: 'set', path: ['connection'], args: ['api_url', server.url] })
    expect((await other({ call: 'get_workspaces' })).errors).toEqual([
      expect.stringContaining('401'),
      expect.anything(),
    ])
  })

  it('DATORAMA-03 to 09, 27, 40: streams are made, renamed, changed, switched and deleted', async () => {
    const id = await make('Ads EU')
    const made = await call(stream(id))
    expect(made).toMatchObject({
      id,
      name: 'Ads EU',
      enabled: true,
      dataSourceName: 'HTTP JSON',
      workspaceId: workspace,
    })
    expect((await ask({ call: 'stream', path: ws(), args: [id] })).result).toMatchObject({ name: 'Ads EU' })
    await call(stream(id), 'update_stream', { name: 'Ads DE', note: 'mine' })
    await call(stream(id), 'patch', { note: 'ours' })
    await call(stream(id), 'disable')
    await call(stream(id), 'get_meta_data')
    expect(await call(stream(id))).toMatchObject({ name: 'Ads DE', note: 'ours', enabled: false })
    await call(stream(id), 'enable')
    await call([], 'bulk_rename_streams', [id], ['Ads FR'], false)
    expect(await call(stream(id), 'get_meta_data', true)).toMatchObject({ name: 'Ads FR', enabled: true, note: 'ours' })
    await call([], 'get_all_streams')
    await call([], 'create_stream_df')
    const table = await call(['stream_df'])
    expect(table.find((row: Any) => row.id === id)).toMatchObject({ createTime: expect.stringContaining('20') })
    await call(stream(id), 'delete')
    expect((await ask({ path: stream(id), call: 'get_meta_data' })).errors[0]).toContain('404')
  })

  it('DATORAMA-10, 15 to 17, 42, 44: processes a range in jobs of ten days, and downloads what they retrieved', async () => {
    const id = await make('Clicks')
    expect(await call(stream(id), 'process', '2026-01-01', '2026-01-25')).toBe(true)
    const all = await ended(id, 3)
    expect(all.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS'])
    expect(all.map(({ dataStartDate }) => dataStartDate).sort()).toEqual(['2026-01-01', '2026-01-11', '2026-01-21'])
    expect(all.map(({ processedRows }) => processedRows).sort()).toEqual([10, 10, 5])
    await expect
      .poll(() => server.rowsOf('SELECT count(*) AS n, sum(clicks) AS s FROM clicks', 1), { timeout: 30_000 })
      .toEqual([{ n: 25, s: 325 }])
    const job = all.find(({ dataStartDate }) => dataStartDate === '2026-01-21')
    expect((await ask({ call: 'job', path: stream(id), args: [job.id] })).result).toMatchObject({ status: 'SUCCESS' })
    expect(job.processLog).toMatch(/\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\]$/)
    await call([], 'create_jobs_df')

    const folder = await mkdtemp(join(server.folder, 'downloads-'))
    const name = await call(['jobs', id, job.id], 'download', folder)
    expect(name).toBe(`${workspace}_${id}_${job.id}_data.zip`)
    const unzip =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); [print(z.read(n).decode()) for n in z.namelist()]'
    const { stdout } = await run(interpreter, ['-c', unzip, join(folder, name)])
    const lines = stdout.trim().split(/\r?\n/)
    expect(lines[0]).toContain('day')
    expect(lines).toHaveLength(6)
    expect(stdout).toContain('"EU, ""spring"""')
    await call([], 'download_stats', folder)
    expect((await readdir(folder)).length).toBeGreaterThanOrEqual(3)
  }, 120_000)

  it('DATORAMA-18: what a TotalConnect stream retrieved comes as CSV', async () => {
    const id = await make('Total', { dataSourceName: 'TotalConnect' })
    await call(stream(id), 'process', '2026-01-01', '2026-01-02')
    const [job] = await ended(id, 1)
    const folder = await mkdtemp(join(server.folder, 'downloads-'))
    const name = await call(['jobs', id, job.id], 'download', folder)
    expect(name).toBe(`${workspace}_${id}_${job.id}_data.csv`)
    expect((await readFile(join(folder, name), 'utf8')).trim().split(/\r?\n/)).toHaveLength(3)
  }, 60_000)

  it('DATORAMA-12 to 14, Q4: reruns replace rows and never double them', async () => {
    const id = await make('Again')
    await call(stream(id), 'process', '2026-02-01', '2026-02-12')
    const first = await ended(id, 2)
    source.multiply(10)
    const older = first.find(({ dataStartDate }) => dataStartDate === '2026-02-01')
    expect(await call(stream(id), 'rerun_job_batch', [older.id])).toBe(true)
    expect(await ended(id, 3)).toHaveLength(3)
    await expect
      .poll(() => server.rowsOf('SELECT count(*) AS n, sum(clicks) AS s FROM again', 1), { timeout: 30_000 })
      .toEqual([{ n: 12, s: 550 + 23 }])
    expect(await call(stream(id), 'rerun_all_jobs')).toBe(true)
    expect(await ended(id, 5)).toHaveLength(5)
    await expect
      .poll(() => server.rowsOf('SELECT count(*) AS n, sum(clicks) AS s FROM again', 1), { timeout: 30_000 })
      .toEqual([{ n: 12, s: 780 }])
    const { error } = await ask({ path: ['jobs', id, older.id], call: 'rerun' })
    expect(error).toContain('AttributeError')
    expect(await ended(id, 6)).toHaveLength(6)
    source.multiply(1)
  }, 120_000)

  it('a stream that is disabled still does what it is asked to', async () => {
    const id = await make('Off')
    await call(stream(id), 'disable')
    await call(stream(id), 'process', '2026-01-01', '2026-01-02')
    expect(await ended(id, 1)).toMatchObject([{ status: 'SUCCESS', processedRows: 2 }])
    await call(stream(id), 'get_meta_data')
    expect(await call(stream(id))).toMatchObject({ enabled: false, lastRunStatus: 'SUCCESS', lastRowsRetrieved: 2 })
  }, 60_000)

  it('DATORAMA-19 to 24, 41: dimensions, what is derived from them, and measurements', async () => {
    const id = await make('Campaigns')
    await call(stream(id), 'process', '2026-01-01', '2026-01-02')
    await ended(id, 1)
    await server.rowsOf('SELECT * FROM campaigns', 2)
    await call(ws(), 'get_dimensions')
    const dimensions: Any[] = await call([...ws(), 'dimensions'])
    const campaign = dimensions.find(({ table, systemName }) => table === 'campaigns' && systemName === 'campaign')
    expect(campaign).toMatchObject({ name: 'campaign', type: 'VARCHAR', workspaceId: workspace })
    await call(ws(), 'create_pattern', {
      ...{
        name: 'Country',
        workspaceId: workspace,
        dimensionId: campaign.id,
        pattern: { separator: ',', position: 1 },
      },
    })
    await call(ws(), 'get_patterns')
    expect(await call([...ws(), 'patterns'])).toMatchObject([{ name: 'Country', dimensionId: campaign.id }])
    expect(await server.rowsOf('SELECT DISTINCT "Country" FROM semantic_campaigns', 1)).toEqual([{ Country: 'EU' }])
    await call(ws(), 'get_harmonized_dimensions')
    expect(await call([...ws(), 'harmonized_dimensions'])).toEqual([])
    expect((await ask({ path: ws(), call: 'create_calculated_measurement', args: [{ name: 'x' }] })).errors).toEqual([
      expect.stringContaining('400'),
    ])
    await call(ws(), 'get_calculated_measurements')
    expect(await call([...ws(), 'calculated_measures'])).toEqual([])
    await call([], 'get_all_dimensions')
    expect((await call(['dimensions']))[workspace].length).toBe(dimensions.length)
  }, 60_000)

  it('a job that fails says so, and does not hold up the others', async () => {
    const id = await make('Broken')
    source.broken.add('2026-03-02')
    await call(stream(id), 'process', '2026-03-01', '2026-03-03')
    expect(await ended(id, 1)).toMatchObject([{ status: 'FAILURE', processLog: expect.stringContaining('400') }])
    source.broken.clear()
  }, 120_000)

  it('DATORAMA-11, 28 to 30, 39, Q7 to Q9: bulk, with throttle', async () => {
    const [one, two] = [await make('Bulk one'), await make('Bulk two')]
    await ask({ call: 'set', path: ws(), args: ['throttle', true] })
    const days = ['2026-04-01', '2026-04-01']
    await call([], 'process_streams', [one, two], days, ['2026-04-15', '2026-04-05'])
    expect((await jobs(one)).map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS'])
    expect(await jobs(two)).toHaveLength(1)
    const again = Object.keys(await call(['jobs', one])).map(Number)
    await call(
      [],
      'rerun_batch',
      again.map(() => one),
      again,
    )
    expect((await jobs(one)).map(({ status }) => status)).toEqual(Array(4).fill('SUCCESS'))
    expect((await call(['jldf'])).length).toBeGreaterThan(0)
    expect((await ask({ call: 'rerun_all', args: [[one]] })).error).toContain('TypeError')
    await call([], 'process_stream_batch', [one, two], '2026-05-01', '2026-05-02')
    expect(await ended(one, 5)).toHaveLength(5)
    expect(await ended(two, 2)).toHaveLength(2)
    await ask({ call: 'set', path: ws(), args: ['throttle', false] })
  }, 240_000)

  it('DATORAMA-25, 26, Q1: the mapping is read and changed', async () => {
    const id = await make('Mapped')
    await call(stream(id), 'process', '2026-01-01', '2026-01-02')
    await ended(id, 1)
    await server.rowsOf('SELECT * FROM mapped', 2)
    await call(stream(id), 'get_mapping')
    const { mappings, ...rest } = await call([...stream(id), 'mapping'])
    expect(rest).toMatchObject({ dataStreamId: id, table: 'mapped' })
    expect(mappings).toContainEqual({ source: 'clicks', target: 'clicks', type: 'BIGINT' })
    const changed = mappings.filter(({ source }: Any) => source !== 'campaign')
    await call(stream(id), 'update_mapping', {
      mappings: [...changed, { source: 'cost', target: 'cost', type: 'NUMBER' }],
      note: 'mine',
    })
    await call(stream(id), 'get_mapping')
    const after = await call([...stream(id), 'mapping'])
    expect(after).toMatchObject({ note: 'mine', dataStreamId: id })
    expect(after.mappings).toContainEqual({ source: 'cost', target: 'cost', type: 'DOUBLE' })
    expect(after.mappings.map(({ source }: Any) => source)).not.toContain('campaign')
  }, 60_000)

  it('DATORAMA-34 to 37, Q3: over the limit the client waits and asks again', async () => {
    const burning = start()
    await burning({ call: 'new', args: [credentials.DATORAMA_TOKEN_BURN], with: noPause })
    let slept: number[] = []
    for (let calls = 0; calls < 200 && slept.length === 0; calls++) {
      const answer = await burning({ call: 'workspace', args: [workspace] })
      slept = answer.slept.filter((seconds) => seconds === 10)
    }
    expect(slept.length).toBeGreaterThan(0)
    const again = await burning({ call: 'workspace', args: [workspace] })
    expect(again).toMatchObject({ result: { name: 'Default' }, errors: [] })
  }, 180_000)
})
