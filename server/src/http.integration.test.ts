import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HttpServer, type HttpSettings, openHttp } from './http.ts'
import { silentLogger } from './telemetry.ts'

/** Takes `/ingest/…`; answers `/ingest/slow` once it is told to. */
function fakeIngest() {
  const slow = Promise.withResolvers<void>()
  const ingest: HttpSettings['ingest'] = (request, response) => {
    if (!request.url?.startsWith('/ingest')) return false
    if (request.url === '/ingest/broken') throw new Error('a secret of the inside')
    if (request.url === '/ingest/refused') {
      response.writeHead(401).end()
      return true
    }
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', async () => {
      if (request.url === '/ingest/slow') await slow.promise
      response.end(`${request.url} took ${bytes}`)
    })
    return true
  }
  return { ingest, slow }
}

const testSettings = {
  host: '127.0.0.1',
  port: 0,
  hostnames: ['millrace.test'],
  connectionsPerClientMax: 100,
  trustedProxies: [],
  logger: silentLogger,
}

async function openTestHttp(ingest: HttpSettings['ingest'], more: Partial<HttpSettings> = {}): Promise<HttpServer> {
  const control: HttpSettings['control'] = async (host) => {
    const app = fastify({ ...host, exposeHeadRoutes: false })
    app.get('/hello', async () => 'hello')
    app.post('/body', async ({ body }) => body)
    await app.ready()
    return app
  }
  return openHttp({ ...testSettings, ...more, ingest, control })
}

/** Sends bytes and tells everything that came back until the connection closed, or until `until` was in it. */
async function exchange(server: HttpServer, bytes: string | Buffer, until?: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {}) // a reset after the answer is no concern here
  await once(socket, 'connect')
  socket.write(bytes)
  const answer = await textUntil(socket, until)
  socket.destroy()
  return answer
}

function textUntil(socket: Socket, until?: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      if (until !== undefined && text.includes(until)) resolve(text)
    })
    socket.on('close', () => resolve(text))
  })
}

const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
const host = 'Host: localhost\r\n'
const close = `${host}Connection: close\r\n`

describe('hostile requests', () => {
  const { ingest } = fakeIngest()
  let server: HttpServer
  beforeAll(async () => {
    server = await openTestHttp(ingest)
  })
  afterAll(() => server.close())

  const post = `POST /ingest/a HTTP/1.1\r\n${host}`
  const cases: [name: string, bytes: string | Buffer, status: number][] = [
    [
      'content-length and transfer-encoding',
      `${post}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['transfer-encoding: xchunked', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
    ['a space before the colon', `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
    ['two equal content-lengths', `${post}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, 400],
    ['two different content-lengths', `${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, 400],
    ['content-length: +2', `${post}Content-Length: +2\r\n\r\nab`, 400],
    ['content-length: -1', `${post}Content-Length: -1\r\n\r\n`, 400],
    ['lines ended by LF alone', `GET /hello HTTP/1.1\nHost: localhost\n\n`, 400],
    ['a folded header', `GET /hello HTTP/1.1\r\n${host}X-A: b\r\n c\r\n\r\n`, 400],
    ['NUL in a header', `GET /hello HTTP/1.1\r\n${host}X-A: b\0c\r\n\r\n`, 400],
    ['a chunk size that overflows', `${post}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n`, 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['a TLS hello', Buffer.from('16030100f8010000f403031122334455', 'hex'), 400],
    ['no Host', 'GET /hello HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', `GET /hello HTTP/1.1\r\n${host}hOST: evil.example\r\n\r\n`, 400],
    ['101 headers', `GET /hello HTTP/1.1\r\n${host}${'X-A: b\r\n'.repeat(100)}\r\n`, 431],
    ['2,001 headers', `GET /hello HTTP/1.1\r\n${host}${'X: b\r\n'.repeat(2000)}\r\n`, 431],
    ['headers of more than 16 KiB', `GET /hello HTTP/1.1\r\n${host}X-A: ${'b'.repeat(17_000)}\r\n\r\n`, 431],
    [
      'a chunk extension of 20 KiB',
      `${post}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(20_480)}\r\nb\r\n0\r\n\r\n`,
      413,
    ],
    ['a body announced too long', `${post.replace('/ingest', '/other')}Content-Length: 10485761\r\n\r\n`, 413],
    [
      'the same before 100-continue',
      `${post.replace('/ingest', '/other')}Content-Length: 10485761\r\nExpect: 100-continue\r\n\r\n`,
      413,
    ],
    ['another expectation', `${post}Content-Length: 1\r\nExpect: 200-ok\r\n\r\na`, 417],
    ['a URL of 9 KiB', `GET /${'a'.repeat(9 * 1024)} HTTP/1.1\r\n${close}\r\n`, 414],
    ['a URL of 64 KiB', `GET /${'a'.repeat(64 * 1024)} HTTP/1.1\r\n${close}\r\n`, 414],
    ['another host', `GET /hello HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`, 421],
    ['an absolute URL of another host', `GET http://evil.example/hello HTTP/1.1\r\n${close}\r\n`, 421],
    ['an absolute URL of ours', `GET http://localhost/hello HTTP/1.1\r\n${close}\r\n`, 200],
    ['a host that is ours', `GET /hello HTTP/1.1\r\nHost: millrace.test:80\r\nConnection: close\r\n\r\n`, 200],
    ['another host, to the intake', `GET /ingest/a HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`, 200],
    ['dots that are encoded', `GET /%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1\r\n${close}\r\n`, 404],
    ['NUL in the path', `GET /hello%00 HTTP/1.1\r\n${close}\r\n`, 404],
    ['a method nobody knows', `BREW /hello HTTP/1.1\r\n${close}\r\n`, 400],
    ['an intake that breaks', `GET /ingest/broken HTTP/1.1\r\n${close}\r\n`, 500],
  ]
  test.each(cases)('%s', async (_name, bytes, status) => {
    const answer = await exchange(server, bytes)
    expect(statusesOf(answer), answer.slice(0, 300)).toEqual([status])
    expect(answer).not.toContain('secret of the inside')
    const isOurs = answer.includes('application/problem+json')
    if (isOurs) expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status, code: expect.any(String) })
    const next = await exchange(server, `GET /hello HTTP/1.1\r\n${close}\r\n`)
    expect(statusesOf(next)).toEqual([200])
  })

  test('slashes doubled or at the end are the same path, and there are no redirects', async () => {
    for (const path of ['//hello', '/hello/', '//hello//?a=//']) {
      expect(statusesOf(await exchange(server, `GET ${path} HTTP/1.1\r\n${close}\r\n`)), path).toEqual([200])
    }
    expect(await exchange(server, `GET //ingest//a/ HTTP/1.1\r\n${close}\r\n`)).toContain('/ingest/a took 0')
  })

  test('pipelined requests are answered in order', async () => {
    const requests = ['a', 'b', 'c'].map((name) => `GET /ingest/${name} HTTP/1.1\r\n${host}\r\n`).join('')
    const answer = await exchange(server, `${requests}GET /hello HTTP/1.1\r\n${close}\r\n`)
    expect(statusesOf(answer)).toEqual([200, 200, 200, 200])
    expect(answer).toMatch(/ingest\/a took.*ingest\/b took.*ingest\/c took.*hello/s)
  })

  test('100 Continue is said to who is let in, and to nobody else', async () => {
    const expecting = `Content-Length: 3\r\nExpect: 100-continue\r\n`
    const refused = await exchange(server, `POST /ingest/refused HTTP/1.1\r\n${host}${expecting}\r\n`)
    expect(statusesOf(refused)).toEqual([401])
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`${post}${expecting}\r\n`)
    expect(statusesOf(await textUntil(socket, '100 Continue'))).toEqual([100])
    socket.write('abc')
    expect(await textUntil(socket, 'took 3')).toContain('HTTP/1.1 200')
    socket.write(`GET /ingest/again HTTP/1.1\r\n${host}\r\n`)
    expect(await textUntil(socket, 'took 0')).toContain('/ingest/again')
    socket.destroy()
  })

  test('headers that come slowly are cut off after ten seconds', async () => {
    const start = performance.now()
    const answer = await exchange(server, `GET /hello HTTP/1.1\r\n${host}X-A: `)
    expect(statusesOf(answer)).toEqual([408])
    expect(performance.now() - start).toBeGreaterThan(9_000)
    expect(performance.now() - start).toBeLessThan(13_000)
  })
})

describe('names of the server', () => {
  const hello = (name: string) => `GET /hello HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`

  test.each([
    { host: '127.0.0.1', hostnames: [], named: 421 },
    { host: '127.0.0.1', hostnames: ['events.example'], named: 200 },
    { host: '0.0.0.0', hostnames: [], named: 200 },
    { host: '0.0.0.0', hostnames: ['other.example'], named: 421 },
  ])('on $host, known as $hostnames, events.example gets $named', async ({ named, ...settings }) => {
    const server = await openTestHttp(fakeIngest().ingest, settings)
    expect(statusesOf(await exchange(server, hello('events.example')))).toEqual([named])
    expect(statusesOf(await exchange(server, hello('EVENTS.example:443')))).toEqual([named])
    expect(statusesOf(await exchange(server, hello('10.0.0.1')))).toEqual([200])
    await server.close()
  })
})

describe('connections of one client', () => {
  const open = async (server: HttpServer, localAddress = '127.0.0.1') => {
    const socket = connect({ port: server.port, host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    socket.write(`GET /hello HTTP/1.1\r\n${host}\r\n`)
    return { socket, answer: await textUntil(socket, 'hello') }
  }

  test('are limited, others are let in all the same, and one that ends makes room', async () => {
    const server = await openTestHttp(fakeIngest().ingest, { connectionsPerClientMax: 3 })
    const held = []
    for (let index = 0; index < 3; index++) held.push(await open(server))
    expect(held.map(({ answer }) => statusesOf(answer))).toEqual([[200], [200], [200]])
    expect((await open(server)).answer).toBe('')
    const other = await open(server, '127.0.0.2')
    expect(statusesOf(other.answer)).toEqual([200])
    held[0]!.socket.end()
    await once(held[0]!.socket, 'close')
    const again = await open(server)
    expect(statusesOf(again.answer)).toEqual([200])
    for (const { socket } of [...held, other, again]) socket.destroy()
    await server.close()
  })

  test('are not counted where they come from a proxy that is trusted', async () => {
    const more = { connectionsPerClientMax: 1, trustedProxies: ['127.0.0.0/8'] }
    const server = await openTestHttp(fakeIngest().ingest, more)
    const held = []
    for (let index = 0; index < 3; index++) held.push(await open(server))
    expect(held.map(({ answer }) => statusesOf(answer))).toEqual([[200], [200], [200]])
    for (const { socket } of held) socket.destroy()
    await server.close()
  })
})

describe('closing', () => {
  test('what is under way is finished, idle connections are closed, nothing new is taken', async () => {
    const { ingest, slow } = fakeIngest()
    const server = await openTestHttp(ingest)
    const idle = connect(server.port, '127.0.0.1')
    idle.write(`GET /hello HTTP/1.1\r\n${host}\r\n`)
    await textUntil(idle, 'hello')
    const working = exchange(server, `GET /ingest/slow HTTP/1.1\r\n${host}\r\n`)
    await delay(50)
    const start = performance.now()
    const closed = server.close()
    await once(idle, 'close')
    const late = connect(server.port, '127.0.0.1')
    await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    slow.resolve()
    expect(await working).toMatch(/HTTP\/1\.1 200.*connection: close.*slow took 0/is)
    await closed
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  test('a port that is taken is called that', async () => {
    const { ingest } = fakeIngest()
    const server = await openTestHttp(ingest)
    const control = async () => ({ close: async () => {} })
    const opening = openHttp({ ...testSettings, port: server.port, ingest, control })
    await expect(opening).rejects.toMatchObject({ code: 'conflict' })
    await server.close()
  })
})
