/**
 * The rules that hold for all of the older clients (G-1 to G-10), byte by byte on the wire of a whole server with what the fixture
 * prints; and every line of the contract that speaks of an error (§§4 to 6), as a client meets it.
 */
import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Credentials, openTestServer, type TestServer } from './running-server.ts'

let server: TestServer
let credentials: Credentials
let port: number

beforeAll(async () => {
  server = await openTestServer()
  credentials = await server.makeCredentials()
  port = Number(new URL(server.url).port)
})
afterAll(() => server.close())

interface Wire {
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

const sign = (data: string) => createHmac('sha256', credentials.ATOM_AUTH_KEY).update(data).digest('hex')

function queuePath(): string {
  const [rand, , owner] = Buffer.from(credentials.PANOPLY_APISECRET, 'base64').toString().split('/')
  return `/${owner}/sdk-${credentials.PANOPLY_APIKEY.split('/')[0]}-${rand}`
}

function form(message: string, secret = credentials.PANOPLY_APISECRET, key = credentials.PANOPLY_APIKEY): string {
  const fields = Object.entries({ key, secret, sdk: 'panoply-python-sdk-3.2.0' }).map(([name, value], index) => {
    const field = `MessageAttribute.${index + 1}`
    return `&${field}.Name=${name}&${field}.Value.DataType=String&${field}.Value.StringValue=${value}`
  })
  return `Action=SendMessage&MessageBody=${message}${fields.join('')}`
}

const record = (value: object) => `${encodeURIComponent(JSON.stringify(value))}\n\n`

/** One event by each protocol, into the table of that name. */
const senders: Record<string, (table: string) => Wire> = {
  panoply: (table) => ({
    path: queuePath(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form(record({ n: 1, __table: table })),
  }),
  is: (table) => ({
    path: '/api/events',
    headers: {
      'Content-Type': 'application/json',
      'X-IS-AccessKey': credentials.IS_ACCESS_KEY,
      'X-IS-BucketKey': table,
      'Accept-Version': '<=0.0.4',
    },
    body: '[{"key":"k","value":1,"epoch":1}]',
  }),
  atom: (table) => ({
    path: '/',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ table, data: '{"n":1}', auth: sign('{"n":1}') }),
  }),
  'atom bulk': (table) => ({
    path: '/bulk',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ table, data: '[{"n":1}]', auth: sign('[{"n":1}]'), bulk: true }),
  }),
}

interface Way {
  readonly path?: (path: string) => string
  readonly headers?: (headers: Record<string, string>) => Record<string, string>
  readonly version?: string
  readonly isChunked?: boolean
}

const closing = (headers: Record<string, string>) => ({ ...headers, Connection: 'close' })
const ways: Record<string, Way> = {
  'HTTP/1.1 with Connection: close': { headers: closing },
  'HTTP/1.0': { version: '1.0' },
  'doubled slashes (G-1)': { path: (path) => path.replaceAll('/', '//'), headers: closing },
  'a slash at the end (G-2)': { path: (path) => (path === '/' ? path : `${path}/`), headers: closing },
  'names of headers in capitals (G-9)': {
    headers: (headers) =>
      closing(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]))),
  },
  'names of headers in small letters (G-9)': {
    headers: (headers) =>
      closing(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))),
  },
  'no Content-Type (G-9)': {
    headers: ({ 'Content-Type': _, ...rest }) => closing(rest),
  },
  'Accept-Encoding: identity (G-9)': { headers: (headers) => closing({ ...headers, 'Accept-Encoding': 'identity' }) },
  'a body in chunks': { headers: closing, isChunked: true },
}

function bytesOf({ path, headers, body }: Wire, { version = '1.1', isChunked = false }: Way = {}): string {
  const length = isChunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...headers, ...length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const half = Math.floor(body.length / 2)
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
  const sent = isChunked ? `${chunk(body.slice(0, half))}${chunk(body.slice(half))}0\r\n\r\n` : body
  return `POST ${path} HTTP/${version}\r\n${lines.join('')}\r\n${sent}`
}

/** What comes back until the server closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setTimeout(20_000, () => socket.destroy(new Error(`No end: ${answer}`)))
    socket.on('data', (bytes) => {
      answer += bytes.toString()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}

async function send(wire: Wire, way: Way = ways['HTTP/1.1 with Connection: close']!): Promise<Answer> {
  const { path = (same: string) => same, headers = (same: Record<string, string>) => same } = way
  const text = await raw(bytesOf({ path: path(wire.path), headers: headers(wire.headers), body: wire.body }, way))
  const [head = '', ...body] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const named = lines.map((line): [string, string] => [
    line.split(':', 1)[0]!.toLowerCase(),
    line.replace(/^[^:]*: */, ''),
  ])
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(named), body: body.join('\r\n\r\n') }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

describe('each protocol is understood however it is sent', () => {
  const cases = Object.keys(senders).flatMap((protocol) => Object.keys(ways).map((way) => [protocol, way] as const))
  it.each(cases)('%s: %s', async (protocol, way) => {
    const table = `g_${protocol}_${Object.keys(ways).indexOf(way)}`.replace(' ', '_')
    const { status, headers } = await send(senders[protocol]!(table), ways[way]!)
    expect([status, headers['location']]).toEqual([protocol === 'is' ? 204 : 200, undefined]) // G-4: never 3xx
    expect(await server.rowsOf(`SELECT count(*) AS c FROM ${table} HAVING c = 1`, 1)).toEqual([{ c: 1 }])
  })

  it('an answer without content tells no length of it (RFC 9110 §8.6)', async () => {
    const answer = await raw(bytesOf(senders['is']!('lengthless'), { version: '1.0' }))
    expect(answer).toMatch(/^HTTP\/1\.1 204 /)
    expect(answer.toLowerCase()).not.toContain('content-length')
  })

  it('all of them over one connection that is kept, one behind the other', async () => {
    const wires = Object.values(senders).map((make, index) => make(`g_kept_${index}`))
    const last = { ...wires[0]!, headers: closing(wires[0]!.headers) }
    const answers = await raw([...wires, last].map((wire) => bytesOf(wire)).join(''))
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(
      ['200', '204', '200', '200', '200'].map((status) => `HTTP/1.1 ${status}`),
    )
  })
})

describe('G-8: one bad record costs itself, whatever the protocol', () => {
  const cases: Record<string, () => Wire> = {
    'panoply (PANOPLY-12)': () => ({
      ...senders['panoply']!('x'),
      body: form(
        `${record({ n: 1, __table: 'g8_panoply' })}%7Bno\n\n${record({ n: 2 })}${record({ n: 3, __table: 'g8_panoply' })}`,
      ),
    }),
    'is (IS-17)': () => ({
      ...senders['is']!('g8_is'),
      body: JSON.stringify([1, 2, 3].map((n) => ({ key: n === 2 ? 'k'.repeat(251) : `k${n}`, value: n, epoch: n }))),
    }),
    'atom (ATOM-Q6)': () => {
      const data = JSON.stringify(['{"n":1}', '{"n":', '{"n":3}'])
      return {
        ...senders['atom bulk']!('x'),
        body: JSON.stringify({ table: 'g8_atom', data, auth: sign(data), bulk: true }),
      }
    },
  }
  it.each(Object.entries(cases))('%s', async (name, make) => {
    const table = `g8_${name.split(' ')[0]}`
    const waiting = async () => ((await server.ask('restream')) as { items: unknown[] }).items.length
    const before = await waiting()
    expect((await send(make())).status).toBeLessThan(300)
    expect(await server.rowsOf(`SELECT count(*) AS c FROM ${table} HAVING c = 2`, 1)).toEqual([{ c: 2 }])
    await expect.poll(waiting, { timeout: 10_000 }).toBeGreaterThan(before)
    const told = async () => {
      const { items } = (await server.ask('notifications')) as { items: { type: string }[] }
      return items.some(({ type }) => type === 'events_failed')
    }
    await expect.poll(told, { timeout: 10_000 }).toBe(true)
  })
})

describe('every line of an error', () => {
  const sqs = (code: string) =>
    expect.stringMatching(new RegExp(`^<ErrorResponse .*<Code>${code}</Code><Message>.+</Message>`))
  const panoply = (change: Partial<Wire>): Wire => ({ ...senders['panoply']!('never'), ...change })
  const is = (
    headers: Record<string, string>,
    body = '[{"key":"k","value":1,"epoch":1}]',
    path = '/api/events',
  ): Wire => {
    const wire = senders['is']!('never')
    return { path, headers: { ...wire.headers, ...headers }, body }
  }
  const atom = (body: unknown, path = '/'): Wire => ({
    ...senders['atom']!('never'),
    path,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const secretWith = (change: (parts: string[]) => string[]) =>
    Buffer.from(change(Buffer.from(credentials.PANOPLY_APISECRET, 'base64').toString().split('/')).join('/')).toString(
      'base64',
    )
  const isError = (type: string) =>
    expect.stringMatching(new RegExp(`^\\{"message":\\{"error":\\{"type":"${type}","message":".+"\\}\\}\\}$`))
  const denied = '{"Target Stream":"Permission denied"}'
  const atomError = expect.stringMatching(/^\{"error":".+"\}$/)
  const wrong = record({ n: 1, __table: 'never' })

  const lines: Record<string, [() => Wire, number, unknown]> = {
    'PANOPLY-07 wrong key': [
      () => panoply({ body: form(wrong, undefined, 'acme/none') }),
      403,
      sqs('InvalidClientTokenId'),
    ],
    'PANOPLY-07 no key': [() => panoply({ body: form(wrong, undefined, '') }), 403, sqs('InvalidClientTokenId')],
    'PANOPLY-07 wrong secret': [
      () =>
        panoply({
          body: form(
            wrong,
            secretWith(([rand, uuid, ...rest]) => [rand!, `${uuid}x`, ...rest]),
          ),
        }),
      403,
      sqs('InvalidClientTokenId'),
    ],
    'PANOPLY-07 a secret that is garbage': [
      () => panoply({ body: form(wrong, '%%%\u00e9') }),
      403,
      sqs('InvalidClientTokenId'),
    ],
    'PANOPLY-08 unknown queue': [
      () => panoply({ path: `${queuePath()}x` }),
      400,
      sqs('AWS.SimpleQueueService.NonExistentQueue'),
    ],
    'PANOPLY-10 too large': [
      () => panoply({ body: form('x'.repeat(16 * 1024 * 1024)) }),
      413,
      sqs('InvalidParameterValue'),
    ],
    'PANOPLY another action': [() => panoply({ body: 'Action=DeleteQueue' }), 400, sqs('InvalidParameterValue')],
    'IS-11 unknown access key': [() => is({ 'X-IS-AccessKey': 'none' }), 401, isError('UNAUTHENTICATED')],
    'IS-11 no access key': [() => is({ 'X-IS-AccessKey': '' }), 401, isError('UNAUTHENTICATED')],
    'IS-11 a key of another protocol': [
      () => is({ 'X-IS-AccessKey': Buffer.from(credentials.PANOPLY_APISECRET, 'base64').toString().split('/')[1]! }),
      403,
      isError('FORBIDDEN'),
    ],
    'IS-16 no JSON': [() => is({}, '{'), 400, isError('INVALID_JSON')],
    'IS-16 a bucket that is a list': [() => is({}, '[]', '/api/buckets'), 400, isError('NOT_AN_OBJECT')],
    'IS-18 a bucket key with a colon': [
      () => is({}, '{"bucketKey":"a:b"}', '/api/buckets'),
      400,
      isError('INVALID_REQUEST'),
    ],
    'IS-18 events for a bucket with a quote': [() => is({ 'X-IS-BucketKey': 'a"b' }), 400, isError('INVALID_REQUEST')],
    'IS-25 too large': [
      () => is({}, `[{"key":"k","value":"${'x'.repeat(1024 * 1024)}","epoch":1}]`),
      413,
      isError('REQUEST_TOO_LARGE'),
    ],
    'ATOM-07 no signature': [() => atom({ table: 'never', data: '{}' }), 401, denied],
    'ATOM-08 wrong signature': [() => atom({ table: 'never', data: '{}', auth: sign('{ }') }), 401, denied],
    'ATOM-08 a signature that is garbage': [() => atom({ table: 'never', data: '{}', auth: '\u0000é' }), 401, denied],
    'ATOM-08 a signature that is a list': [() => atom({ table: 'never', data: '{}', auth: [sign('{}')] }), 401, denied],
    'ATOM-08 wrong signature of a bulk': [
      () => atom({ table: 'never', data: '[{}]', auth: sign('[]') }, '/bulk'),
      401,
      denied,
    ],
    'ATOM-09 no JSON': [() => atom('{'), 400, atomError],
    'ATOM-09 no table': [() => atom({ data: '{}', auth: sign('{}') }), 400, atomError],
    'ATOM-09 empty table': [() => atom({ table: '', data: '{}', auth: sign('{}') }), 400, atomError],
    'ATOM-09 no data': [() => atom({ table: 'never', auth: sign('') }), 400, atomError],
    'ATOM-09 the shape before the signature': [() => atom({ table: 'never', auth: 'wrong' }), 400, atomError],
    'ATOM-22 too large': [() => atom({ table: 'never', data: 'x'.repeat(11 * 1024 * 1024) }), 413, atomError],
  }

  it.each(Object.entries(lines))('%s', async (_, [make, status, body]) => {
    const answer = await send(make())
    expect([answer.status, answer.body]).toEqual([status, body])
  })

  it('has stored nothing', async () => {
    await server.settled()
    const { items } = (await server.ask('tables')) as { items: { name: string }[] }
    expect(items.filter(({ name }) => name === 'never')).toEqual([])
  })
})
