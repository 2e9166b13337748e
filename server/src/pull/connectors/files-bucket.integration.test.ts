/** Files of a bucket: what is new, in every format, and a store that lies, changes its mind, breaks off or does not end. */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openS3Store } from '../../object-store/s3.ts'
import { answerXml, type S3Server, startS3Server } from '../../object-store/s3-server.fixture.ts'
import type { ObjectStore } from '../../object-store.ts'
import { openOutbound } from '../../outbound.ts'
import { silentLogger } from '../../telemetry.ts'
import type { ConnectorContext, PulledDraft } from '../connector.ts'
import { openConnectorHttp, openPauses } from '../connector-http.ts'
import { files } from './files.ts'

let server: S3Server
let prefix = ''
let tests = 0
let http: ReturnType<typeof open>
let store: ObjectStore

const open = (allowed = ['127.0.0.1']) =>
  openConnectorHttp({
    outbound: openOutbound(allowed),
    pauses: openPauses(),
    scope: 'test',
    signal: new AbortController().signal,
    bounds: { backOffMs: 1, backOffMaxMs: 2 },
  })

beforeAll(async () => {
  server = await startS3Server()
})
afterAll(() => server.close())
beforeEach(() => {
  http = open()
  prefix = `test-${++tests}/`
  server.fault = undefined
  server.requests.length = 0
  store = openS3Store({ ...server.place, prefix }, http.request)
})
afterEach(() => http.close())

const put = (key: string, content: string | Uint8Array) =>
  store.put(key, typeof content === 'string' ? Buffer.from(content) : content)
const ndjson = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify({ id: from + index })}\n`).join('')

async function run({
  state = {} as object,
  settings = {} as object,
  s3 = {} as object,
  allowed = ['127.0.0.1'],
  onPage = async (): Promise<void> => {},
} = {}) {
  const http = open(allowed)
  const { signal } = new AbortController()
  const context: ConnectorContext = {
    ...{
      range: undefined,
      http,
      progress() {},
      log: silentLogger,
      saveSettings: async () => {},
      signal,
      outbound: openOutbound(allowed),
    },
  }
  const { serverSideEncryption: _, ...place } = server.place
  const parsed = files.settings.parse({ table: 't', s3: { ...place, prefix, ...s3 }, ...settings })
  const result = {
    drafts: [] as PulledDraft[],
    state: { ...state } as Record<string, unknown>,
    error: undefined as unknown,
  }
  try {
    for await (const page of files.read(parsed, files.state.parse(JSON.parse(JSON.stringify(state))), context)) {
      result.drafts.push(...page.drafts)
      Object.assign(result.state, page.state)
      await onPage()
    }
  } catch (error) {
    result.error = error
  } finally {
    http.close()
  }
  return result
}
const data = ({ drafts, error }: Awaited<ReturnType<typeof run>>) => {
  if (error !== undefined) throw error
  return drafts.map((draft) => draft.data)
}
describe('files of a bucket', () => {
  it('are read in every format', async () => {
    const rows = [
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Zoë; "x"' },
    ]
    await put('a.csv', 'id,name\n1,Ada\n2,"Zoë; ""x"""\n')
    await put('b/b.json', JSON.stringify(rows))
    await put('b/c/c.ndjson.gz', gzipSync(rows.map((row) => JSON.stringify(row)).join('\n')))
    await put('d.csv.zst', zstdCompressSync('id,name\n1,Ada\n2,"Zoë; ""x"""\n'))
    await put(
      'e.parquet',
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'id', data: [1, 2], type: 'INT32' },
            { name: 'name', data: ['Ada', 'Zoë; "x"'], type: 'STRING' },
          ],
        }),
      ),
    )
    await put('unknown.bin', 'x')
    expect(data(await run())).toEqual([...rows, ...rows, ...rows, ...rows, ...rows])
    expect(data(await run({ settings: { pattern: 'b/**/*.gz' } }))).toEqual(rows)
  })

  it('are read once: those that are as they were are not even asked for', async () => {
    await put('a.ndjson', ndjson(1, 2))
    const first = await run()
    expect(data(first)).toEqual([{ id: 1 }, { id: 2 }])
    await put('b.ndjson', ndjson(10, 1))
    server.requests.length = 0
    const second = await run({ state: first.state })
    expect(data(second)).toEqual([{ id: 10 }])
    expect(server.requests.filter((line) => line.includes('a.ndjson'))).toEqual([])
    await put('a.ndjson', ndjson(1, 3))
    expect(data(await run({ state: second.state }))).toEqual([{ id: 3 }]) // it has grown
    await put('b.ndjson', ndjson(11, 1))
    expect(data(await run({ state: second.state }))).toContainEqual({ id: 11 }) // it is another
  })

  it('that were changed before a time are passed over, if it is set', async () => {
    await put('old.ndjson', ndjson(1, 1))
    await put('new.ndjson', ndjson(2, 1))
    const day = 24 * 60 * 60 * 1_000
    server.fault = (request, response) => {
      if (!request.url!.includes('list-type')) return false
      const entry = (key: string, changed: string) =>
        `<Contents><Key>${prefix}${key}</Key><Size>9</Size><LastModified>${changed}</LastModified></Contents>`
      const entries = entry('old.ndjson', '2026-01-01T00:00:00.000Z') + entry('new.ndjson', '2026-01-03T00:00:00.000Z')
      response.end(`<ListBucketResult>${entries}</ListBucketResult>`)
      return true
    }
    const since = (ms: number) => ({ s3: { changedSince: new Date(ms).toISOString() } })
    expect(data(await run(since(Date.UTC(2026, 0, 2))))).toEqual([{ id: 2 }])
    expect(data(await run(since(Date.UTC(2026, 0, 2) - day)))).toEqual([{ id: 2 }, { id: 1 }])
  })

  it('are as large as they are, whatever a listing says', async () => {
    await put('a.ndjson', ndjson(1, 3))
    server.fault = (request, response) => {
      if (!request.url!.includes('list-type')) return false
      const entry = (key: string) =>
        `<Contents><Key>${prefix}${key}</Key><Size>999999</Size><ETag>"lie"</ETag></Contents>`
      response.end(
        `<ListBucketResult>${entry('a.ndjson')}${entry('gone.ndjson')}${entry('folder/')}</ListBucketResult>`,
      )
      return true
    }
    expect(data(await run())).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
  })

  it('that change while they are read are begun anew by the next try, and never mixed', async () => {
    const large = (name: string) =>
      Array.from({ length: 20 }, (_, id) => `${JSON.stringify({ [name]: id, text: 'x'.repeat(600_000) })}\n`).join('')
    await put('a.ndjson', large('before'))
    const first = await run({ onPage: () => put('a.ndjson', large('after')) })
    expect(first.error).toMatchObject({ code: 'object_changed', retryable: true })
    expect(first.drafts.length).toBeGreaterThan(0)
    expect(first.drafts.every((draft) => 'before' in draft.data)).toBe(true)
    const next = data(await run({ state: first.state }))
    expect(next.map((row) => row['after'])).toEqual(Array.from({ length: 20 }, (_, id) => id))
  })

  it('are read whole although answers break off', async () => {
    await put('a.ndjson', ndjson(1, 1_000))
    let breaks = 0
    server.fault = (request, response) => {
      if (request.method !== 'GET' || request.url!.includes('list-type') || breaks++ >= 3) return false
      response.writeHead(206, { 'content-length': '5000', 'content-range': 'bytes 0-4999/10893' })
      response.write('{"id":1}')
      setTimeout(() => response.destroy(), 5)
      return true
    }
    expect(data(await run())).toHaveLength(1_000)
    expect(breaks).toBeGreaterThan(3)
  })

  it('are no rows where the answers go on breaking off, or are of another length', async () => {
    await put('a.ndjson', ndjson(1, 10))
    server.fault = (request, response) => {
      if (request.method !== 'GET' || request.url!.includes('list-type')) return false
      response.writeHead(206, { 'content-range': `bytes 0-3/${ndjson(1, 10).length}` })
      response.end('{"id')
      return true
    }
    const { drafts, error } = await run()
    expect(drafts).toEqual([])
    expect(error).toMatchObject({ code: 'object_store_unavailable' })
  })

  it('are not read where the store says no, and the job is told why', async () => {
    await put('a.ndjson', ndjson(1, 1))
    expect((await run({ s3: { secretAccessKey: 'wrong' } })).error).toMatchObject({
      code: 'object_store_refused',
      retryable: false,
    })
    expect((await run({ s3: { bucket: 'no-such' } })).error).toMatchObject({
      message: expect.stringContaining('no bucket'),
    })
    expect((await run({ allowed: [] })).error).toMatchObject({ code: 'forbidden' })
    server.fault = (_, response) => answerXml(response, 500, 'InternalError')
    expect((await run()).error).toMatchObject({ code: 'object_store_unavailable', retryable: true })
  })

  it('end, although their listing does not', async () => {
    let page = 0
    server.fault = (_, response) => {
      const entries = Array.from(
        { length: 1_000 },
        (_, index) => `<Contents><Key>${prefix}${page}-${index}.csv</Key><Size>1</Size></Contents>`,
      )
      response.end(
        `<ListBucketResult>${entries.join('')}<IsTruncated>true</IsTruncated><NextContinuationToken>${page++}</NextContinuationToken></ListBucketResult>`,
      )
      return true
    }
    expect((await run()).error).toMatchObject({ message: expect.stringContaining('more than 100000 objects') })
  })
})

describe('lines of an archive', () => {
  const settings = { format: 'archive' }
  const line = (more: object, data: string) =>
    `${JSON.stringify({ id: 'a', type: 'click', input: 'x', offset: 1, receivedAt: '2026-01-02T03:04:05.006Z', ...more }).slice(0, -1)},${data}}\n`

  it('are the events that they were', async () => {
    const raw = '{"n":1.000000000000000001,"s":",\\"data\\":"}'
    await put(
      'a.ndjson.gz',
      gzipSync(
        line({ id: ',"data":' }, `"data":${raw}`) + line({ id: 'b', time: '2020-01-01T00:00:00.000Z' }, '"data":{}'),
      ),
    )
    const { drafts, error } = await run({ settings })
    expect(error).toBeUndefined()
    expect(drafts.map(({ id, type, time, line }) => ({ id, type, time, line: String(line) }))).toEqual([
      { id: ',"data":', type: 'click', time: Date.parse('2026-01-02T03:04:05.006Z'), line: `${raw}\n` },
      { id: 'b', type: 'click', time: Date.parse('2020-01-01T00:00:00Z'), line: '{}\n' },
    ])
  })

  it('are what could not be read, too', async () => {
    const raw = Buffer.from('{"broken":\n').toString('base64')
    await put('a.ndjson', line({}, `"fault":{"code":"invalid_json","message":"no"},"raw":"${raw}"`))
    const { drafts } = await run({ settings })
    expect(String(drafts[0]!.line)).toBe('{"broken": \n')
  })

  it.each(['{"id":1}\n', 'nonsense\n', '{"data":{}}\n'])('are not %j', async (text) => {
    await put('a.ndjson', text)
    expect((await run({ settings })).error).toMatchObject({ message: expect.stringContaining('none of an archive') })
  })
})
