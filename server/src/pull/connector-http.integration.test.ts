/** HTTP of connectors against servers that misbehave. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { openOutbound } from '../outbound.ts'
import { type ConnectorHttp, NotRetryable } from './connector.ts'
import { openConnectorHttp, openPauses, type Pauses } from './connector-http.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server: Server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function client({
  signal = new AbortController().signal,
  pauses = openPauses(),
  allowed = ['127.0.0.1'],
  idleMs = 5_000,
  totalMs = 5_000,
}: {
  signal?: AbortSignal
  pauses?: Pauses
  allowed?: string[]
  idleMs?: number
  totalMs?: number
} = {}): ConnectorHttp {
  const bounds = { backOffMs: 1, backOffMaxMs: 2, bytesMax: 10_000, idleMs, totalMs }
  const http = openConnectorHttp({ outbound: openOutbound(allowed), pauses, scope: 'test', signal, bounds })
  closers.unshift(() => http.close())
  return http
}

describe('trouble', () => {
  it.each([429, 500, 503])('%i is asked again', async (status) => {
    let asked = 0
    const url = await serve((_, response) => response.writeHead(++asked < 3 ? status : 200).end('[1]'))
    expect((await client().request(url)).json()).toEqual([1])
    expect(asked).toBe(3)
  })

  it('that does not end is told after five tries; 404 is an answer', async () => {
    let asked = 0
    const url = await serve(({ url }, response) => {
      asked++
      response.writeHead(url === '/gone' ? 404 : 500).end()
    })
    await expect(client().request(url)).rejects.toMatchObject({ code: 'source_unavailable', retryable: true })
    expect(asked).toBe(5)
    expect(await client().request(`${url}/gone`)).toMatchObject({ status: 404 })
  })

  it('half a body and an answer that is no JSON are no answers', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      asked++
      response.writeHead(200, { 'content-length': '10' }).write('[1')
      response.destroy()
    })
    await expect(client().request(url)).rejects.toMatchObject({ code: 'source_unavailable' })
    expect(asked).toBe(5)
    const text = await serve((_, response) => response.end('<html>'))
    const answer = await client().request(text)
    expect(() => answer.json()).toThrow(/no JSON/)
  })

  it('a server that says nothing, and one that drips for ever, are left', async () => {
    const silent = await serve(() => {})
    await expect(client({ idleMs: 50 }).request(silent)).rejects.toThrow(/nothing came/)
    const drip = await serve((_, response) => {
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    })
    await expect(client({ totalMs: 100 }).request(drip)).rejects.toThrow(/too long/)
  })

  it('an answer that is too large, also one that only unpacks to that, is not read', async () => {
    const large = await serve((_, response) => response.end('x'.repeat(10_001)))
    await expect(client().request(large)).rejects.toThrow(NotRetryable)
    const bomb = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1_000_000))),
    )
    await expect(client().request(bomb)).rejects.toThrow(/larger than/)
    const fits = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(9_000))),
    )
    expect((await client().request(fits)).bytes).toHaveLength(9_000)
  })

  it('what is aborted ends at once, with the reason', async () => {
    const stop = new AbortController()
    const url = await serve(() => stop.abort(new Error('cancelled')))
    await expect(client({ signal: stop.signal }).request(url)).rejects.toThrow('cancelled')
  })
})

describe('Retry-After', () => {
  it('is heeded by all that use the same credential, and by no others', async () => {
    const at: Record<string, number[]> = {}
    const begun = performance.now()
    const url = await serve(({ url }, response) => {
      at[url!] ??= []
      const times = at[url!]!
      times.push(performance.now() - begun)
      const isFirst = url === '/first' && times.length === 1
      response.writeHead(isFirst ? 429 : 200, isFirst ? { 'retry-after': '1' } : {}).end('{}')
    })
    const pauses = openPauses()
    const first = client({ pauses }).request(`${url}/first`, { credential: 'shared' })
    await expect.poll(() => pauses.remaining('test\nshared'), { interval: 5 }).toBeGreaterThan(0)
    const same = client({ pauses }).request(`${url}/same`, { credential: 'shared' })
    await client({ pauses }).request(`${url}/other`, { credential: 'other' })
    await Promise.all([first, same])
    expect(at['/first']![1]).toBeGreaterThanOrEqual(1_000)
    expect(at['/same']![0]).toBeGreaterThanOrEqual(1_000)
    expect(at['/other']![0]).toBeLessThan(900)
  })

  it('may be a date', async () => {
    const at: number[] = []
    const url = await serve((_, response) => {
      at.push(Date.now())
      const until = new Date(Date.now() + 2_000).toUTCString()
      response.writeHead(at.length === 1 ? 503 : 200, at.length === 1 ? { 'retry-after': until } : {}).end('{}')
    })
    await client().request(url, { credential: 'dated' })
    // Dates are whole seconds.
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(1_000)
  })

  it('of a day is told instead of waited for', async () => {
    const url = await serve((_, response) => response.writeHead(429, { 'retry-after': '86400' }).end())
    await expect(client().request(url)).rejects.toMatchObject({ retryAfterSeconds: 86_400 })
  })
})

describe('addresses', () => {
  it.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://169.254.169.254/latest',
    'http://localhost:1/',
    'http://0x7f000001/',
  ])('%s is refused', async (url) => {
    await expect(client({ allowed: [] }).request(url)).rejects.toMatchObject({ code: 'forbidden' })
  })

  it.each(['file:///etc/passwd', 'gopher://x/', 'nothing'])('%s is none', async (url) => {
    await expect(client().request(url)).rejects.toThrow(NotRetryable)
  })

  it('a redirect to a private address or another scheme is refused', async () => {
    for (const location of ['http://169.254.169.254/', 'http://10.0.0.1/', 'file:///etc/passwd']) {
      const url = await serve((_, response) => response.writeHead(302, { location }).end())
      await expect(client().request(url)).rejects.toThrow(/private|begins with http/)
    }
  })

  it('a name that changes its address goes where it was checked, and is checked for every connection', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      asked++
      response.setHeader('connection', 'close').end('{}')
    })
    // As the names of attackers do: one that may be reached at first, another one from then on.
    const answers = ['127.0.0.1']
    let lookups = 0
    const outbound = openOutbound(['127.0.0.1'], (_, __, done) => {
      lookups++
      done(null, [{ address: answers.shift() ?? '127.0.0.2', family: 4 }])
    })
    const http = openConnectorHttp({
      outbound,
      pauses: openPauses(),
      scope: 'test',
      signal: new AbortController().signal,
    })
    closers.unshift(() => http.close())
    const address = url.replace('127.0.0.1', 'rebinding.example')
    expect((await http.request(address)).status).toBe(200)
    await expect(http.request(address)).rejects.toMatchObject({ code: 'forbidden' })
    expect([asked, lookups]).toEqual([1, 2])
  })

  it('a redirect to another host takes no secret along, and no body', async () => {
    const seen: IncomingMessage['headers'][] = []
    const other = await serve(({ headers }, response) => {
      seen.push(headers)
      response.end('{}')
    })
    const url = await serve((_, response) => response.writeHead(307, { location: `${other}/next` }).end())
    const headers = { authorization: 'Bearer secret', 'x-api-key': 'secret', accept: 'application/json' }
    await client().request(url, { headers })
    expect(seen).toMatchObject([{ accept: 'application/json' }])
    expect(JSON.stringify(seen)).not.toContain('secret')
    await expect(client().request(url, { method: 'POST', body: 'secret' })).rejects.toThrow(/must not have/)
  })

  it('redirects on the same host are followed with all that was sent, and not for ever', async () => {
    const seen: (string | undefined)[] = []
    const url = await serve(({ url, headers }, response) => {
      seen.push(headers.authorization)
      if (url === '/end') response.end('{}')
      else response.writeHead(301, { location: url === '/loop' ? '/loop' : '/end' }).end()
    })
    await client().request(`${url}/start`, { headers: { authorization: 'Bearer mine' } })
    expect(seen).toEqual(['Bearer mine', 'Bearer mine'])
    await expect(client().request(`${url}/loop`)).rejects.toThrow(/more than 5/)
  })
})
