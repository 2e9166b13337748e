import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { importOfflineRows } from '../node/offline-files.ts'
import type { ClientStats } from '../types.ts'
import { openFakeServer, quick } from './fake-server.ts'
import { parseIni } from './ini.ts'
import { Streamer, type StreamerOptions } from './streamer.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-streamer-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function iniFile(text: string): string {
  const path = join(folder, `${++count}.ini`)
  writeFileSync(path, text)
  return path
}

const emptyIni = iniFile('')
const quiet = { debug() {}, warn() {}, error() {} }

function open(server: ReturnType<typeof openFakeServer>, options: StreamerOptions = {}) {
  return new Streamer(
    { accessKey: 'key', streamApiBase: 'http://127.0.0.1:1', iniFileLocation: emptyIni, ...options },
    { ...quick, logger: quiet, transport: server.transport },
  )
}

const eventsOf = ({ asked }: ReturnType<typeof openFakeServer>) =>
  asked
    .filter(({ url }) => url.endsWith('/api/events'))
    .map(({ headers, body }) => ({ headers, list: JSON.parse(body) }))

describe("Initial State's streamer", () => {
  it('creates its bucket and sends values as a JSON array', async () => {
    const server = openFakeServer()
    const streamer = open(server, { bucketName: 'Some Bucket Name', bucketKey: 'bk1' })
    streamer.log('temperature', 32, 1419876021.778477)
    streamer.log('text', '32', 1)
    streamer.log('on', true, 1)
    streamer.log('list', [1, 'a', null], 1)
    streamer.log('nothing', null, 1)
    await streamer.close()
    const [bucket] = server.asked
    expect(bucket).toMatchObject({ method: 'POST', url: 'http://127.0.0.1:1/api/buckets' })
    expect(JSON.parse(bucket!.body)).toEqual({ bucketKey: 'bk1', bucketName: 'Some Bucket Name' })
    expect(eventsOf(server)).toEqual([
      {
        headers: expect.objectContaining({
          'x-is-accesskey': 'key',
          'x-is-bucketkey': 'bk1',
          'accept-version': '<=0.0.4',
        }),
        list: [
          { key: 'temperature', value: 32, epoch: 1419876021.778477 },
          { key: 'text', value: '32', epoch: 1 },
          { key: 'on', value: true, epoch: 1 },
          { key: 'list', value: [1, 'a', null], epoch: 1 },
          { key: 'nothing', value: null, epoch: 1 },
        ],
      },
    ])
  })

  it('makes up a key for a bucket that has none, and tells the server of it', async () => {
    const server = openFakeServer()
    const streamer = open(server)
    expect(streamer.bucketKey).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    await vi.waitFor(() => expect(server.asked).toHaveLength(1))
    expect(JSON.parse(server.asked[0]!.body)).toEqual({ bucketKey: streamer.bucketKey, bucketName: '' })
    await streamer.close()
  })

  it('leaves values in the bucket that they were logged into', async () => {
    const server = openFakeServer()
    const streamer = open(server, { bucketKey: 'one' })
    streamer.log('k', 1, 1)
    streamer.setBucket('Two', 'two')
    streamer.log('k', 2, 1)
    await streamer.close()
    expect(eventsOf(server).map(({ headers, list }) => [headers['x-is-bucketkey'], list[0].value])).toEqual([
      ['one', 1],
      ['two', 2],
    ])
  })

  it('expands lists and objects, all at one time', async () => {
    const server = openFakeServer()
    const streamer = open(server, { bucketKey: 'b' })
    class Weather {
      wind = 3
    }
    expect(streamer.logObject([1, 2])).toBe(2)
    streamer.logObject({ a: 1 })
    streamer.logObject({ a: 1 }, 'mine')
    streamer.logObject({ a: 1 }, '')
    streamer.logObject(new Weather())
    await streamer.flush()
    const values = eventsOf(server).flatMap(({ list }) => list) as { key: string; epoch: number }[]
    expect(values.map(({ key }) => key)).toEqual(['list_0', 'list_1', 'dict_a', 'mine_a', 'a', 'Weather_wind'])
    expect(values[0]!.epoch).toBe(values[1]!.epoch)
    await streamer.close()
  })

  it('sends when so many values wait', async () => {
    const server = openFakeServer()
    const streamer = open(server, { bucketKey: 'b', bufferSize: 2 })
    for (let n = 0; n < 4; n++) streamer.log('k', n, 1)
    await vi.waitFor(() => expect(eventsOf(server).map(({ list }) => list.length)).toEqual([2, 2]), 1000)
    await streamer.close()
  })

  it('waits as long as 429 says, and loses nothing', async () => {
    const server = openFakeServer({ status: 201 }, { status: 429, headers: { 'retry-after': '1' } }, { status: 204 })
    const streamer = open(server, { bucketKey: 'b' })
    await vi.waitFor(() => expect(server.asked).toHaveLength(1))
    const before = performance.now()
    streamer.log('k', 1, 1)
    await streamer.flush()
    expect(performance.now() - before).toBeGreaterThan(950)
    expect(eventsOf(server).map(({ list }) => list[0].value)).toEqual([1, 1])
    await streamer.close()
  })

  it('throws from flush where the account is capped', async () => {
    const server = openFakeServer({ status: 201 }, { status: 402 })
    const streamer = open(server, { bucketKey: 'b' })
    streamer.log('k', 1, 1)
    await expect(streamer.flush()).rejects.toMatchObject({ status: 402, message: expect.stringContaining('capped') })
    await streamer.flush()
    await streamer.close()
  })

  it('reads its ini file, and what it is told goes before', async () => {
    const ini = iniFile(
      '[isstreamer.client_config]\naccess_key: of-ini\ndefault_bucket = Default\n; comment = x\n[isstreamer.api_config]\nstream_api_base = http://localhost:1\n',
    )
    const server = openFakeServer()
    const streamer = new Streamer({ iniFileLocation: ini, bucketKey: 'b' }, { ...quick, transport: server.transport })
    await vi.waitFor(() => expect(server.asked).toHaveLength(1))
    expect(server.asked[0]).toMatchObject({
      url: 'http://localhost:1/api/buckets',
      headers: { 'x-is-accesskey': 'of-ini' },
      body: '{"bucketKey":"b","bucketName":"Default"}',
    })
    await streamer.close()
    const told = openFakeServer()
    const other = open(told, { iniFileLocation: ini, bucketName: 'Told' })
    await vi.waitFor(() => expect(told.asked[0]).toMatchObject({ headers: { 'x-is-accesskey': 'key' } }))
    expect(told.asked[0]!.body).toContain('Told')
    await other.close()
  })

  it('throws where nobody tells the address or the key', () => {
    expect(() => new Streamer({ iniFileLocation: emptyIni }, quick)).toThrow(
      expect.objectContaining({ code: 'misuse' }),
    )
  })

  it('writes rows to a file where it is offline, and sends nothing', async () => {
    const file = join(folder, 'rows')
    const ini = iniFile(`[isstreamer.client_config]\noffline_mode = true\noffline_file = ${file}\n`)
    const server = openFakeServer()
    const streamer = open(server, { iniFileLocation: ini })
    expect(streamer.log('k', 1.5, 1419876021.5)).toBe(true)
    expect(streamer.log('t', 'a, b\nc', 2)).toBe(true)
    expect(streamer.log('a,b', '"', 2)).toBe(true)
    expect(streamer.logObject({ x: true }, undefined, 3)).toBe(1)
    await streamer.close()
    expect(readFileSync(`${file}.csv`, 'utf8')).toBe('1419876021.5,k,1.5\n2,t,"a, b\nc"\n2,"a,b",""""\n3,dict_x,true\n')
    expect(server.asked).toEqual([])
    expect(streamer.log('k', 1)).toBe(false)
    const read: unknown[] = []
    const log = (...row: unknown[]) => read.push(row) > 0
    await importOfflineRows({ log, ready: async () => {}, stats: () => ({}) as ClientStats }, `${file}.csv`)
    expect(read).toEqual([
      ['k', 1.5, 1419876021.5],
      ['t', 'a, b\nc', 2],
      ['a,b', '"', 2],
      ['dict_x', true, 3],
    ])
  })
})

it('an ini file is read as Python reads it', () => {
  const sections = parseIni(
    'a = outside\r\n[ one ]\r\n# c\r\nKey : v = w\r\n  empty =\r\n[two]\nkey=1\n[one]\nmore = 2\nno option',
  )
  expect([...sections].map(([name, options]) => [name, Object.fromEntries(options)])).toEqual([
    ['one', { key: 'v = w', empty: '', more: '2' }],
    ['two', { key: '1' }],
  ])
})
