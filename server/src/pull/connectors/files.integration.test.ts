/** Files as people leave them: on a disk, at an address, packed, growing, broken, and made to do harm. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { EventDraft } from '@millrace/event/event'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { openOutbound } from '../../outbound.ts'
import type { LogFields, Logger } from '../../telemetry.ts'
import { type ConnectorContext, NotRetryable } from '../connector.ts'
import { openConnectorHttp, openPauses } from '../connector-http.ts'
import { eventsOf, rowsOf } from '../draft-events.ts'
import { files } from './files.ts'

let root: string
let servers: Server[]
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-files-'))
  servers = []
})
afterEach(async () => {
  rmSync(root, { recursive: true })
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Written long enough ago that nobody is writing it any more. */
function put(name: string, content: string | Uint8Array, agoMs = 60_000): void {
  mkdirSync(dirname(join(root, name)), { recursive: true })
  writeFileSync(join(root, name), content)
  age(name, agoMs)
}

function append(name: string, content: string): void {
  appendFileSync(join(root, name), content)
  age(name, 30_000)
}

function age(name: string, agoMs: number): void {
  const at = (Date.now() - agoMs) / 1000
  utimesSync(join(root, name), at, at)
}

interface Run {
  readonly drafts: EventDraft[]
  readonly pages: number[]
  readonly state: Record<string, unknown>
  readonly warnings: LogFields[]
  readonly error: Error | undefined
}

async function run(
  settings: Record<string, unknown> = {},
  { state = {}, pagesMax = Number.POSITIVE_INFINITY, filesRoot = root as string | null } = {},
): Promise<Run> {
  const { signal } = new AbortController()
  const bounds = { backOffMs: 1, backOffMaxMs: 2 }
  const outbound = openOutbound(['127.0.0.1'])
  const http = openConnectorHttp({ outbound, pauses: openPauses(), scope: 'test', signal, bounds })
  const warnings: LogFields[] = []
  const warn = (_: string, fields?: LogFields) => void warnings.push(fields ?? {})
  const log: Logger = { debug() {}, info() {}, warn, error() {} }
  const where = filesRoot === null ? {} : { filesRoot }
  const context: ConnectorContext = {
    range: undefined,
    http,
    outbound,
    progress() {},
    log,
    saveSettings: async () => {},
    signal,
    ...where,
  }
  const result = {
    drafts: [] as EventDraft[],
    pages: [] as number[],
    state: { ...state } as Record<string, unknown>,
    warnings,
  }
  let error: Error | undefined
  try {
    const place = 'url' in settings ? {} : { folder: '.' }
    const parsed = files.settings.parse({ table: 't', ...place, ...settings })
    // As the state is kept: JSON.
    const kept = files.state.parse(JSON.parse(JSON.stringify(state)))
    for await (const page of files.read(parsed, kept, context)) {
      result.drafts.push(...page.drafts)
      result.pages.push(page.drafts.length)
      Object.assign(result.state, page.state)
      if (result.pages.length === pagesMax) break
    }
  } catch (thrown) {
    error = thrown as Error
  } finally {
    http.close()
  }
  return { ...result, error }
}

const data = ({ drafts, error }: Run) => {
  if (error) throw error
  return drafts.map((draft) => draft.data)
}
const ndjson = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify({ id: from + index })}\n`).join('')

async function zip(
  entries: Record<string, string | { content: string; mode: number }>,
  rename?: [string, string],
): Promise<Buffer> {
  const archive = new ZipFile()
  for (const [name, entry] of Object.entries(entries)) {
    const { content, mode } = typeof entry === 'string' ? { content: entry, mode: 0o100644 } : entry
    archive.addBuffer(Buffer.from(content), name, { mode })
  }
  archive.end()
  const pieces: Buffer[] = []
  for await (const piece of archive.outputStream) pieces.push(piece as Buffer)
  const bytes = Buffer.concat(pieces)
  if (!rename) return bytes
  return Buffer.from(bytes.toString('latin1').replaceAll(rename[0], rename[1]), 'latin1')
}

describe('where files may be', () => {
  it('is nowhere, unless an operator allows it', async () => {
    expect((await run({}, { filesRoot: null })).error).toMatchObject({
      code: 'forbidden',
      hint: expect.stringContaining('MILLRACE_FILES_ROOT'),
    })
    expect((await run({}, { filesRoot: '' })).error).toMatchObject({ code: 'forbidden' })
  })

  it.each(['..', '../..', '/etc', '/', 'a/../../b'])('is not %s', async (folder) => {
    expect((await run({ folder })).error).toMatchObject({ code: 'forbidden' })
  })

  it('is a folder below, by either kind of path', async () => {
    put('in/a.ndjson', ndjson(1, 1))
    expect(data(await run({ folder: 'in' }))).toEqual([{ id: 1 }])
    expect(data(await run({ folder: join(root, 'in') }))).toEqual([{ id: 1 }])
    expect((await run({ folder: 'none' })).error).toMatchObject({ code: 'not_found' })
  })

  it('does not follow links out of it, of files or of folders, and says that it left one out', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'millrace-outside-'))
    writeFileSync(join(outside, 'secret.ndjson'), ndjson(666, 1))
    put('real.ndjson', ndjson(1, 1))
    symlinkSync(join(outside, 'secret.ndjson'), join(root, 'link.ndjson'))
    symlinkSync(outside, join(root, 'folder'))
    symlinkSync(join(root, 'real.ndjson'), join(root, 'inside.ndjson'))
    try {
      const result = await run()
      expect(data(result)).toEqual([{ id: 1 }, { id: 1 }])
      expect(result.warnings).toContainEqual({ file: 'link.ndjson' })
      expect((await run({ folder: 'folder' })).error).toMatchObject({ code: 'forbidden' })
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  it('takes the names that a pattern means', async () => {
    for (const name of ['a.csv', 'b.json', 'deep/c.csv', 'd.txt']) put(name, name.endsWith('csv') ? 'x\n1\n' : '{}')
    expect(Object.keys((await run({ pattern: '*.csv' })).state)).toEqual(['a.csv'])
    expect(Object.keys((await run({ pattern: '**/*.{csv,json}' })).state).toSorted()).toEqual([
      'a.csv',
      'b.json',
      'deep/c.csv',
    ])
  })
})

describe('formats', () => {
  const rows = [
    { id: 1, name: 'Ada' },
    { id: 2, name: 'Zoë; "x"' },
  ]
  const csv = 'id,name\n1,Ada\n2,"Zoë; ""x"""\n'
  const contents: Record<string, string | Uint8Array> = {
    'a.csv': csv,
    'a.tsv': 'id\tname\n1\tAda\n2\t"Zoë; ""x"""\n',
    'a.json': JSON.stringify(rows, null, 2),
    'a.ndjson': rows.map((row) => JSON.stringify(row)).join('\r\n'),
    'a.parquet': new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', data: rows.map(({ id }) => BigInt(id)), type: 'INT64' },
          { name: 'name', data: rows.map(({ name }) => name), type: 'STRING' },
        ],
      }),
    ),
  }
  const packers: Record<string, (content: string | Uint8Array) => Uint8Array> = {
    '': (content) => Buffer.from(content),
    '.gz': (content) => gzipSync(content),
    '.zst': (content) => zstdCompressSync(content),
  }
  const kinds = Object.keys(contents).flatMap((name) => Object.keys(packers).map((packer) => [name, packer] as const))

  it.each(kinds)('%s%s', async (name, packer) => {
    put(`${name}${packer}`, packers[packer]!(contents[name]!))
    expect(data(await run())).toEqual(rows)
  })

  it('all of them in one zip', async () => {
    put('all.zip', await zip({ 'a.csv': csv, 'deep/b.json': JSON.stringify(rows), 'readme.txt': 'no' }))
    const result = await run()
    expect(data(result)).toEqual([...rows, ...rows])
    expect(result.drafts.map(({ id }) => id!.split(':').slice(0, 2).join(':'))).toEqual([
      'all.zip/a.csv:1',
      'all.zip/a.csv:2',
      'all.zip/deep/b.json:1',
      'all.zip/deep/b.json:2',
    ])
    expect((await run({}, { state: result.state })).drafts).toEqual([])
  })

  it('Parquet says times, days, large numbers and bytes as JSON can', async () => {
    const columnData = [
      { name: 'at', data: [new Date('2026-02-28T01:02:03.004Z')], type: 'TIMESTAMP' as const },
      { name: 'big', data: [2n ** 60n], type: 'INT64' as const },
      { name: 'bad', data: [Number.NaN], type: 'DOUBLE' as const },
      { name: 'on', data: [true], type: 'BOOLEAN' as const },
    ]
    put('a.parquet', new Uint8Array(parquetWriteBuffer({ columnData })))
    const line = '{"at":"2026-02-28T01:02:03.004Z","big":1152921504606846976,"bad":null,"on":true}\n'
    expect((await run()).drafts).toMatchObject([{ line: Buffer.from(line) }])
  })

  it.each([
    ['UTF-8 with a mark', Buffer.from(`\ufeff${csv}`)],
    ['UTF-16 LE with a mark', Buffer.from(`\ufeff${csv}`, 'utf16le')],
    ['UTF-16 BE with a mark', Buffer.from(`\ufeff${csv}`, 'utf16le').swap16()],
    ['Latin-1', Buffer.from(csv, 'latin1')],
  ])('CSV in %s', async (_, content) => {
    put('a.csv', content)
    expect(data(await run())).toEqual(rows)
  })

  it('a value that is no JSON object is one, a single object is one row, nothing is none', async () => {
    put('a.json', '[1, "x,]}", [2], {"a": {"b": [3]}}, null]')
    put('b.json', ' {"only": "me"} ')
    put('c.json', '[ ]')
    put('d.ndjson', '')
    put('e.csv', '')
    put('f.json', '7')
    expect(data(await run())).toEqual([
      { value: 1 },
      { value: 'x,]}' },
      { value: [2] },
      { a: { b: [3] } },
      { value: null },
      { only: 'me' },
      { value: 7 },
    ])
  })

  it('numbers keep all their digits', async () => {
    put('a.json', '[{"id":9007199254740993}, 9007199254740993]')
    put('b.ndjson', '{"id":9007199254740993}\n9007199254740993\n')
    const kept = rowsOf(await run()).payload.toString()
    expect(kept).toBe('{"id":9007199254740993}\n{"value":9007199254740993}\n'.repeat(2))
  })

  it.each(['[1,,2]', '[1]]', '[1] x', '[{"a":1}', '{"a":', '["x', '[1,{]', ']'])(
    'half JSON is none: %s',
    async (content) => {
      put('a.json', content)
      expect((await run()).error).toBeInstanceOf(NotRetryable)
    },
  )
})

describe('CSV', () => {
  const read = async (content: string, settings: Record<string, unknown> = {}) => {
    put('a.csv', content)
    return data(await run(settings))
  }

  it.each([';', '\t', '|', ','])('with the separator %j, which it finds', async (separator) => {
    expect(await read(['a', 'b', '1', '"x,;y"'].join(separator).replace(/(b)./, '$1\n'))).toEqual([{ a: 1, b: 'x,;y' }])
  })

  it('without a header', async () => {
    expect(await read('1,x\n2,y\n')).toEqual([
      { column_1: 1, column_2: 'x' },
      { column_1: 2, column_2: 'y' },
    ])
    expect(await read('a,b\n1,2\n', { header: 'no' })).toHaveLength(2)
    expect(await read('1,x\n', { columns: ['id', 'name'] })).toEqual([{ id: 1, name: 'x' }])
    expect(await read('2026,2027\n1,x\n', { header: 'yes' })).toEqual([{ 2026: 1, 2027: 'x' }])
  })

  it('with names that are there twice, or empty', async () => {
    expect(await read('a,a,,__proto__\n1,2,3,4\n')).toEqual([JSON.parse('{"a":1,"a_2":2,"column_3":3,"__proto__":4}')])
  })

  it('with its header again in the middle, as files that were put together have it', async () => {
    expect(await read('a,b\n1,2\na,b\n3,4\n')).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ])
  })

  it('with rows that are too short, too long, or empty', async () => {
    expect(await read('a,b\n1\n\n2,3,4\n,\n')).toEqual([{ a: 1 }, { a: 2, b: 3, column_3: 4 }, {}])
  })

  it('with quotes around lines, and in the middle of what has none', async () => {
    expect(await read('a,b\n"x\r\ny, z",5" pipe\n"",1\n')).toEqual([{ a: 'x\r\ny, z', b: '5" pipe' }, { b: 1 }])
    expect(await read("a,b\n'x,y',1\n", { quote: "'" })).toEqual([{ a: 'x,y', b: 1 }])
  })

  it('with a quote that is never closed says so', async () => {
    put('a.csv', 'a,b\n1,"x\n2,y\n')
    const { error, drafts } = await run()
    expect(drafts).toEqual([]) // its header is one, whatever comes behind it
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error!.message).toMatch(/a\.csv: it is no CSV: Quote Not Closed.*line 3/)
  })

  it('with values as they look, unless all are to be texts; formulas are texts', async () => {
    const content = 'a,b,c,d,e,f\n-1.50,007,TRUE,12345678901234567,=cmd|x,2026-02-28\n'
    expect(await read(content)).toEqual([
      { a: -1.5, b: '007', c: true, d: '12345678901234567', e: '=cmd|x', f: '2026-02-28' },
    ])
    expect(await read(content, { types: 'text' })).toMatchObject([{ a: '-1.50', c: 'TRUE' }])
  })

  it('that is in no encoding all through says so', async () => {
    put('a.csv', Buffer.concat([Buffer.from(`a\n${'x\n'.repeat(200_000)}`), Buffer.from([0xff, 0x0a])]))
    expect((await run()).error!.message).toContain('set the encoding')
    expect((await run({ encoding: 'latin1' })).error).toBeUndefined()
  })
})

describe('since the last time', () => {
  it('files that are new are read, and those that were read are not', async () => {
    put('a.ndjson', ndjson(1, 2))
    const first = await run()
    put('b.ndjson', ndjson(3, 1))
    const second = await run({}, { state: first.state })
    expect(data(second)).toEqual([{ id: 3 }])
    expect((await run({}, { state: second.state })).pages).toEqual([])
  })

  it('a file that grew goes on where it was', async () => {
    put('a.ndjson', ndjson(1, 2))
    put('a.csv', 'x;y\n1;2\n')
    const first = await run()
    append('a.ndjson', ndjson(3, 2))
    append('a.csv', '3;4\n')
    const second = await run({}, { state: first.state })
    expect(data(second)).toEqual([{ x: 3, y: 4 }, { id: 3 }, { id: 4 }])
    expect(second.drafts.map(({ id }) => id!.split(':')[1])).toEqual(['2', '3', '4'])
  })

  it('a file that grew and has a mark and another encoding, too', async () => {
    put('a.csv', Buffer.from('\ufeffx;y\n1;ä\n', 'utf16le'))
    const { state } = await run()
    appendFileSync(join(root, 'a.csv'), Buffer.from('2;ö\n', 'utf16le'))
    age('a.csv', 30_000)
    expect(data(await run({}, { state }))).toEqual([{ x: 2, y: 'ö' }])
  })

  it('a file that changed is read again: rows that are as they were keep their ids, others get new ones', async () => {
    put('a.ndjson', ndjson(1, 3))
    const first = await run()
    put('a.ndjson', ndjson(1, 3).replace('2', '9'), 20_000)
    const second = await run({}, { state: first.state })
    expect(data(second)).toEqual([{ id: 1 }, { id: 9 }, { id: 3 }])
    const known = new Set(first.drafts.map(({ id }) => id))
    expect(second.drafts.map(({ id }) => known.has(id))).toEqual([true, false, true])
  })

  it('a last line that had no end and went on is read again, and not from its middle', async () => {
    put('a.csv', 'x,y\n1,Ali')
    const first = await run()
    expect(data(first)).toEqual([{ x: 1, y: 'Ali' }])
    append('a.csv', 'ce\n2,Bob\n')
    expect(data(await run({}, { state: first.state }))).toEqual([
      { x: 1, y: 'Alice' },
      { x: 2, y: 'Bob' },
    ])
  })

  it('a line that is just being written waits for the next time', async () => {
    put('a.ndjson', '{"id":1}\n{"id":2', 0)
    const writing = setTimeout(() => appendFileSync(join(root, 'a.ndjson'), '2}\n'), 300)
    const first = await run()
    clearTimeout(writing)
    expect(data(first)).toEqual([{ id: 1 }])
    age('a.ndjson', 30_000)
    expect(data(await run({}, { state: first.state }))).toEqual([{ id: 22 }])
  })

  it.each(['a.ndjson', 'a.ndjson.gz', 'a.csv', 'a.csv.zst', 'a.json', 'a.parquet', 'a.zip'])(
    'a run of %s that broke off after any page goes on there, with the same ids',
    async (name) => {
      const ids = Array.from({ length: 25_000 }, (_, index) => index)
      const text = name.includes('csv')
        ? `id\n${ids.join('\n')}`
        : name === 'a.json'
          ? JSON.stringify(ids.map((id) => ({ id })))
          : ndjson(0, 25_000)
      const parquet = () =>
        new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'id', data: ids, type: 'INT32' }] }))
      if (name.endsWith('.zip'))
        put(name, await zip({ 'a.ndjson': ndjson(0, 12_500), 'b.ndjson': ndjson(12_500, 12_500) }))
      else if (name.endsWith('.parquet')) put(name, parquet())
      else put(name, name.endsWith('.gz') ? gzipSync(text) : name.endsWith('.zst') ? zstdCompressSync(text) : text)
      const whole = await run()
      expect(data(whole)).toEqual(ids.map((id) => ({ id })))
      expect(whole.pages.length).toBeGreaterThan(1)
      expect(Math.max(...whole.pages)).toBeLessThan(14_000)
      for (let pages = 1; pages <= whole.pages.length; pages++) {
        const begun = await run({}, { pagesMax: pages })
        const rest = await run({}, { state: begun.state })
        expect([...begun.drafts, ...rest.drafts].map(({ id }) => id)).toEqual(whole.drafts.map(({ id }) => id))
      }
    },
  )

  it.each(['a.ndjson', 'a.csv', 'a.json'])(
    'a million rows of %s take no more memory than a few pages',
    { timeout: 60_000 },
    async (name) => {
      const write = {
        'a.ndjson': ['', '{"id":1}\n', ''],
        'a.csv': ['id\n', '1\n', ''],
        'a.json': ['[', '{"id":1},', '0]'],
      }[name]!
      put(name, write[0]! + write[1]!.repeat(1_000_000) + write[2]!)
      const settings = files.settings.parse({ table: 't', folder: '.' })
      const log: Logger = { debug() {}, info() {}, warn() {}, error() {} }
      const http = { request: () => Promise.reject(new Error('not asked')) }
      const { signal } = new AbortController()
      const context = {
        range: undefined,
        http,
        progress() {},
        log,
        saveSettings: async () => {},
        signal,
        outbound: openOutbound([]),
        filesRoot: root,
      }
      let rows = 0
      let held = 0
      const pages: WeakRef<object>[] = []
      for await (const page of files.read(settings, {}, context)) {
        rows += page.drafts.length
        pages.push(new WeakRef(page.drafts))
        if (pages.length % 100 !== 0) continue
        setFlagsFromString('--expose-gc')
        await runInNewContext('gc')({ execution: 'async' })
        held = Math.max(held, pages.filter((page) => page.deref() !== undefined).length)
      }
      expect(rows).toBe(name === 'a.json' ? 1_000_001 : 1_000_000)
      expect(held).toBeLessThan(20)
    },
  )

  it('many small files are few pages', async () => {
    for (let index = 0; index < 300; index++) put(`${index}.ndjson`, ndjson(index, 3))
    const result = await run()
    expect(result.pages).toEqual([900])
    expect((await run({}, { state: result.state })).drafts).toEqual([])
  })
})

describe('what cannot be read', () => {
  it('costs its file, not the others, and the job says which and why', async () => {
    put('a.json', '[{"id":1},{"id":2},rubbish]')
    put('b.parquet', 'PAR1 not really')
    put('c.ndjson', ndjson(9, 1))
    put('d.csv.gz', gzipSync('a\n1\n').subarray(0, 15))
    put('e.zip', 'no archive')
    const result = await run()
    expect(result.drafts.map((draft) => draft.data)).toEqual([{ id: 1 }, { id: 2 }, { id: 9 }])
    expect(result.error).toBeInstanceOf(NotRetryable)
    for (const problem of [
      'a.json: value 3 of it is no JSON',
      'b.parquet: it is no Parquet',
      'd.csv.gz: it cannot be unpacked',
      'e.zip: its name says',
    ]) {
      expect(result.error!.message).toContain(problem)
    }
  })

  it('is a line that is no JSON: it costs itself, and waits in the restream queue', async () => {
    put('a.ndjson', `${ndjson(1, 1)}{"id":\nrubbish\r\n[2]\n${ndjson(3, 1)}`)
    const { drafts, error } = await run()
    expect(error).toBeUndefined()
    const [events, ...more] = [...eventsOf(rowsOf({ drafts }))]
    expect(more).toEqual([])
    expect(events!.faults).toMatchObject([
      { index: 1, code: 'invalid_json' },
      { index: 2, code: 'invalid_json' },
    ])
    const texts = drafts.map((_, index) =>
      events!.payload.subarray(events!.starts[index], events!.ends[index]).toString(),
    )
    expect(texts.map((text) => text.trim())).toEqual(['{"id":1}', '{"id":', 'rubbish', '{"value":[2]}', '{"id":3}'])
  })

  it('is a line that never ends', async () => {
    put('a.ndjson', `"${'x'.repeat(17 * 1024 * 1024)}"`)
    expect((await run()).error!.message).toContain('longer than')
  })
})

describe('archives that are made to do harm', () => {
  const evil = 'aa/aa.csv'
  it.each([
    ['a path out of it', '../aa.csv'],
    ['an absolute path', '/aaaa.csv'],
    ['a backslash', '..\\aa.csv'],
  ])('%s is refused', async (_, name) => {
    put('a.zip', await zip({ [evil]: 'x\n1\n' }, [evil, name]))
    const result = await run()
    expect(result.error).toBeInstanceOf(NotRetryable)
    expect(result.error!.message).toMatch(/a\.zip: it is no archive that can be read: .*(path|name|character)/i)
    expect(result.drafts).toEqual([])
  })

  it('a symbolic link is refused', async () => {
    put('a.zip', await zip({ 'a.csv': 'x\n1\n', 'link.csv': { content: '/etc/passwd', mode: 0o120777 } }))
    const result = await run()
    expect(result.error!.message).toContain('"link.csv" in it is a symbolic link')
    expect(result.drafts).toEqual([])
  })

  it.each(['a.ndjson.gz', 'a.ndjson.zst', 'a.zip'])('a bomb ends while it unpacks: %s', async (name) => {
    const zeros = Buffer.alloc(80 * 1024 * 1024, '\n')
    if (name === 'a.zip') put(name, await zip({ 'a.ndjson': zeros.toString() }))
    else put(name, name.endsWith('gz') ? gzipSync(zeros) : zstdCompressSync(zeros))
    expect((await run({ unpackedBytesMax: 1_000_000 })).error!.message).toContain('1000000 bytes (unpackedBytesMax)')
    if (name.endsWith('zst')) expect((await run()).error!.message).toContain('1000 times its size')
  })
})

describe('at an address', () => {
  async function serve(handler: RequestListener): Promise<string> {
    const server = createServer(handler)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** By ranges, as object stores serve files. */
  const serveRanges = (file: { content: Buffer; version: string }, asked: (string | undefined)[] = []) =>
    serve((request, response) => {
      const { range } = request.headers
      asked.push(range)
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '')!
      if (Number(from) >= file.content.length) {
        return response.writeHead(416, { etag: file.version, 'content-range': `bytes */${file.content.length}` }).end()
      }
      const piece = file.content.subarray(Number(from), Number(to) + 1)
      const contentRange = `bytes ${from}-${Number(from) + piece.length - 1}/${file.content.length}`
      return response.writeHead(206, { etag: file.version, 'content-range': contentRange }).end(piece)
    })

  it('a file that grows, by ranges', async () => {
    const file = { content: Buffer.from(ndjson(0, 2)), version: '"1"' }
    const url = `${await serveRanges(file)}/data/a%20b.ndjson?key=1`
    const first = await run({ url })
    expect(data(first)).toEqual([{ id: 0 }, { id: 1 }])
    expect(Object.keys(first.state)).toEqual(['a b.ndjson'])
    expect((await run({ url }, { state: first.state })).drafts).toEqual([])
    file.content = Buffer.from(ndjson(0, 3))
    file.version = '"2"'
    expect(data(await run({ url }, { state: first.state }))).toEqual([{ id: 2 }])
  })

  it('one of 20 MB comes in pieces, and one that changes meanwhile is tried again by the job', async () => {
    const line = `${JSON.stringify({ text: 'x'.repeat(99_988) })}\n`
    const file = { content: Buffer.from(line.repeat(200)), version: '"1"' }
    const asked: (string | undefined)[] = []
    const url = `${await serveRanges(file, asked)}/a.ndjson`
    expect(data(await run({ url }))).toHaveLength(200)
    expect(new Set(asked).size).toBe(4) // three pieces, and its end alone
    asked.length = 0
    asked.push = () => {
      if (++asked.length === 3) file.version = '"2"'
      return asked.length
    }
    const { error } = await run({ url })
    expect(error).toMatchObject({
      code: 'source_unavailable',
      message: expect.stringContaining('changed while it was read'),
    })
  })

  it('one from a server that knows no ranges, with a secret', async () => {
    let seen: string | undefined
    const url = await serve((request, response) => {
      seen = request.headers.authorization
      response.end('a,b\n1,2\n')
    })
    expect(data(await run({ url: `${url}/a.csv`, authorization: 'Bearer x' }))).toEqual([{ a: 1, b: 2 }])
    expect(seen).toBe('Bearer x')
  })

  it('one that is not there', async () => {
    const url = await serve((_, response) => response.writeHead(404).end())
    expect((await run({ url: `${url}/a.csv` })).error).toBeInstanceOf(NotRetryable)
  })

  it('is not where the operator’s network is', async () => {
    expect((await run({ url: 'http://10.0.0.1/a.csv' })).error).toMatchObject({ code: 'forbidden' })
  })
})

it('a file that goes while the folder is read is no error', async () => {
  put('a.ndjson', ndjson(0, 12_500))
  put('b.ndjson', ndjson(1, 1))
  const settings = files.settings.parse({ table: 't', folder: '.' })
  const log: Logger = { debug() {}, info() {}, warn() {}, error() {} }
  const { signal } = new AbortController()
  const http = { request: () => Promise.reject(new Error('not asked')) }
  const outbound = openOutbound([])
  const told = { log, progress() {}, saveSettings: async () => {} }
  const context = { range: undefined, http, outbound, ...told, signal, filesRoot: root }
  let count = 0
  for await (const { drafts } of files.read(settings, {}, context)) {
    if (count === 0) unlinkSync(join(root, 'b.ndjson'))
    count += drafts.length
  }
  expect(count).toBe(12_500)
})
