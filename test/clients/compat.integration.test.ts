/** The examples of the three older clients' READMEs, in the SDK's shells of them, against a whole server: what is sent is in the tables. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IronSourceAtom, IronSourceAtomTracker, SDK, type ShellOptions, Streamer } from '@millrace/sdk/compat'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Credentials, openTestServer, type TestServer } from './running-server.ts'

let server: TestServer
let credentials: Credentials
let shell: ShellOptions

beforeAll(async () => {
  server = await openTestServer()
  credentials = await server.makeCredentials()
  shell = { handleSignals: false, spool: { dir: join(server.folder, 'spool') } }
})
afterAll(() => server.close())

describe("Panoply's SDK", () => {
  it('writes rows into tables, and tells of batches', async () => {
    const sdk = new SDK(credentials.PANOPLY_APIKEY, credentials.PANOPLY_APISECRET, shell)
    const queue = new URL(sdk.qurl)
    sdk.qurl = server.url + queue.pathname
    const heard: string[] = []
    sdk.on('send', () => heard.push('send'))
    sdk.on('flush', ({ res }) => heard.push(`flush ${res.status}`))
    sdk.on('error', (error) => heard.push(error.message))
    sdk.write('sdk_people', { name: 'Ada', note: "&=+%/ü😀 'quoted'" })
    sdk.write('sdk_things', { n: 1, deep: { list: [1, null] } })
    sdk.write('sdk_people', { name: 'Bo' })
    expect(await sdk.flush()).toMatchObject({ acked: 3, pending: 0 })
    await sdk.close()
    expect(heard).toEqual(['send', 'flush 200'])
    expect(await server.rowsOf('SELECT name, note FROM sdk_people ORDER BY name', 2)).toEqual([
      { name: 'Ada', note: "&=+%/ü😀 'quoted'" },
      { name: 'Bo', note: null },
    ])
    expect(await server.rowsOf('SELECT n::VARCHAR AS n FROM sdk_things', 1)).toEqual([{ n: '1' }])
  })

  it('loses none of a thousand writes in a loop', async () => {
    const sdk = new SDK(credentials.PANOPLY_APIKEY, credentials.PANOPLY_APISECRET, shell)
    sdk.qurl = `${server.url}/` // key and secret decide
    for (let n = 0; n < 1000; n++) sdk.write('sdk_loop', { n })
    await sdk.close()
    const rows = await server.rowsOf('SELECT n FROM sdk_loop', 1000)
    expect(new Set(rows.map(({ n }) => Number(n)))).toEqual(new Set(Array(1000).keys()))
    expect(rows).toHaveLength(1000)
  })

  it('says that the secret is wrong, and stores nothing', async () => {
    const wrong = Buffer.from(credentials.PANOPLY_APISECRET, 'base64')
      .toString()
      .replace(/mlr_key_\w/, 'mlr_key_Q')
    const sdk = new SDK(credentials.PANOPLY_APIKEY, Buffer.from(wrong).toString('base64'), { ...shell, spool: false })
    sdk.qurl = `${server.url}/`
    const statuses: unknown[] = []
    sdk.on('error', ({ status }) => statuses.push(status))
    sdk.write('sdk_wrong', { n: 1 })
    await sdk.close({ timeoutMs: 1000 })
    expect(statuses).toEqual([403])
  })
})

describe("Initial State's streamer", () => {
  const open = (bucketName: string, bucketKey: string, more: object = {}) =>
    new Streamer({ bucketName, bucketKey, iniFileLocation: ini(), ...more }, shell)
  const ini = () => {
    const path = join(server.folder, 'isstreamer.ini')
    mkdirSync(server.folder, { recursive: true })
    const text = `[isstreamer.client_config]\naccess_key: ${credentials.IS_ACCESS_KEY}\n[isstreamer.api_config]\nstream_api_base: ${server.url}\n`
    writeFileSync(path, text)
    return path
  }

  it('logs values of each type, which stay apart', async () => {
    const streamer = open('Some Bucket Name', 'stream_one')
    const epoch = 1419876021.778477
    streamer.log('My Messages', 'Stream Starting', epoch)
    streamer.log('temperature', 32, epoch + 1)
    streamer.log('temperature', '32', epoch + 2)
    streamer.log('on', true, epoch + 3)
    streamer.log('list', [1, 'a'], epoch + 4)
    await streamer.close()
    const rows = await server.rowsOf(
      'SELECT key, value::VARCHAR AS value, value_type, epoch FROM stream_one ORDER BY epoch',
      5,
    )
    expect(rows.map(({ key, value, value_type }) => [key, value, value_type])).toEqual([
      ['My Messages', 'Stream Starting', 'string'],
      ['temperature', '32', 'number'],
      ['temperature', '32', 'string'],
      ['on', 'true', 'boolean'],
      ['list', expect.stringMatching(/^\[1, ?"a"\]$/), 'json'],
    ])
    expect(rows[0]!['epoch']).toBe(epoch)
  })

  it('logs objects, and several buckets one after the other', async () => {
    const streamer = open('First', 'stream_first', { bufferSize: 3, useAsync: false })
    streamer.logObject({ a: 1, b: 2 })
    streamer.logObject([1, 2], 'mine')
    streamer.setBucket('Second', 'stream_second')
    streamer.logObject({ c: 3 }, '')
    await streamer.close()
    const first = await server.rowsOf('SELECT key FROM stream_first ORDER BY key', 4)
    expect(first.map(({ key }) => key)).toEqual(['dict_a', 'dict_b', 'mine_0', 'mine_1'])
    expect(await server.rowsOf('SELECT key, value::VARCHAR AS value FROM stream_second', 1)).toEqual([
      { key: 'c', value: '3' },
    ])
  })
})

describe('Atom', () => {
  it('puts events one by one and in bulk, by POST and by GET', async () => {
    const atom = new IronSourceAtom({ endpoint: `${server.url}/`, auth: credentials.ATOM_AUTH_KEY })
    const stream = 'cluster.public.atom_low'
    const ok = { status: 200, error: null, data: '{"Status":"OK"}' }
    expect(await atom.putEvent({ stream, data: { id: 1, name: 'ü' } })).toEqual(ok)
    expect(await atom.putEvent({ stream, data: '{"id": 2}', method: 'GET' })).toEqual(ok)
    expect(await atom.putEvents({ stream, data: [{ id: 3 }, '{"id":4,"name":"+/="}'] })).toEqual(ok)
    expect(await atom.putEvents({ stream, data: [{ id: 5, name: '>>>???' }], method: 'get' })).toEqual(ok)
    expect(await atom.putEvent({ stream, data: { id: 6 }, authKey: 'wrong' })).toEqual({
      status: 401,
      error: expect.stringContaining('Permission denied'),
      data: null,
    })
    await server.settled()
    expect(await server.rowsOf('SELECT id::VARCHAR AS id, name FROM atom_low ORDER BY id', 5)).toEqual([
      { id: '1', name: 'ü' },
      { id: '2', name: null },
      { id: '3', name: null },
      { id: '4', name: '+/=' },
      { id: '5', name: '>>>???' },
    ])
  })

  it('tracks events of several streams, and tells of what is refused', async () => {
    const refused: unknown[][] = []
    const callback = (...about: unknown[]) => void refused.push(about)
    const tracker = new IronSourceAtomTracker(
      { endpoint: `${server.url}/atom/`, auth: credentials.ATOM_AUTH_KEY, batchSize: 100, callback },
      shell,
    )
    for (let n = 0; n < 500; n++) tracker.track(n % 2 ? 'track_odd' : 'track_even', { n })
    tracker.track('track_wrong', { n: 0 }, 'wrong key')
    await tracker.flush()
    await tracker.stop()
    expect(refused).toEqual([
      [expect.any(Number), 401, expect.stringContaining('Permission denied'), '[{"n":0}]', 'track_wrong'],
    ])
    for (const table of ['track_odd', 'track_even']) {
      const rows = await server.rowsOf(`SELECT DISTINCT n FROM ${table}`, 250)
      expect(rows).toHaveLength(250)
    }
  })
})
