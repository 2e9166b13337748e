/** The declarative connector against a server that misbehaves in every way that sources do. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EventDraft } from '@millrace/event/event'
import { afterEach, describe, expect, it } from 'vitest'
import { openOutbound } from '../../outbound.ts'
import { silentLogger } from '../../telemetry.ts'
import { type ConnectorContext, type DateRange, NotRetryable } from '../connector.ts'
import { openConnectorHttp, openPauses } from '../connector-http.ts'
import { linesOf } from '../draft-events.ts'
import { httpJson } from './http-json.ts'

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => handler(request, response, new URL(request.url!, 'http://local')))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answer = (response: ServerResponse, value: unknown, headers: Record<string, string> = {}, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))

interface Run {
  readonly drafts: EventDraft[]
  /** As a job would have saved it: behind the last page that was taken. */
  readonly state: Record<string, unknown>
  readonly saved: Record<string, unknown>[]
  readonly error: Error | undefined
}

async function run(
  input: Record<string, unknown>,
  { state = {}, range, totalMs = 5_000 }: { state?: Record<string, unknown>; range?: DateRange; totalMs?: number } = {},
): Promise<Run> {
  const { signal } = new AbortController()
  const outbound = openOutbound(['127.0.0.1'])
  const bounds = { backOffMs: 1, backOffMaxMs: 2, totalMs, idleMs: totalMs }
  const http = openConnectorHttp({ outbound, pauses: openPauses(), scope: 'test', signal, bounds })
  const saved: Record<string, unknown>[] = []
  const saveSettings = async (change: Readonly<Record<string, unknown>>) => void saved.push({ ...change })
  const context: ConnectorContext = { range, http, outbound, progress() {}, log: silentLogger, saveSettings, signal }
  const drafts: EventDraft[] = []
  let after: Record<string, unknown> = state
  let error: Error | undefined
  try {
    const settings = httpJson.settings.parse({ table: 't', ...input })
    for await (const page of httpJson.read(settings, httpJson.state.parse(state), context)) {
      expect(page.drafts.length).toBeLessThanOrEqual(2_000)
      drafts.push(...page.drafts)
      after = { ...after, ...page.state }
    }
  } catch (thrown) {
    error = thrown as Error
  } finally {
    http.close()
  }
  return { drafts, state: after, saved, error }
}

const ids = ({ drafts }: Run) => drafts.map(({ data }) => data['id'])
const list = (from: number, count: number) => Array.from({ length: count }, (_, index) => ({ id: from + index }))

describe('what is asked for', () => {
  it('fetches an array of objects for a range, as the wire contract has it (§9)', async () => {
    const asked: string[] = []
    const url = await serve((request, response) => {
      asked.push(request.url!)
      answer(response, [{ day: '2026-01-01', clicks: 3 }, 7])
    })
    const result = await run(
      { url: `${url}/x?from={start}&to={end}` },
      { range: { start: '2026-01-01', end: '2026-02-28' } },
    )
    expect(result.error).toBeUndefined()
    expect(asked).toEqual(['/x?from=2026-01-01&to=2026-02-28'])
    expect(result.drafts).toMatchObject([{ type: 't', data: { day: '2026-01-01', clicks: 3 } }, { data: { value: 7 } }])
    expect(new Set(result.drafts.map(({ id }) => id)).size).toBe(2)
  })

  it('keeps each digit of a number, and tells records by it', async () => {
    const records = '[{"id":9007199254740993,"a":1},{"id":9007199254740992,"a":1},12345678901234567890]'
    const url = await serve((_, response) => response.end(records))
    const { drafts } = await run({ url, idField: 'id' })
    expect(`[${linesOf(drafts).map((line) => line.toString().trim())}]`).toBe(
      '[{"id":9007199254740993,"a":1},{"id":9007199254740992,"a":1},{"value":12345678901234567890}]',
    )
    expect(new Set(drafts.map(({ id }) => id)).size).toBe(3)
    expect(drafts[0]!.id).toContain('9007199254740993@')
  })

  it('has no days to ask for without a range, and says so', async () => {
    const { error } = await run({ url: 'http://127.0.0.1:1/{start}' })
    expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('{start}') })
  })

  it('posts a body, with headers and parameters, and finds records, ids and times by their paths', async () => {
    let seen: unknown
    const url = await serve(async (request, response, { search }) => {
      const body = await new Response(request as never).text()
      seen = {
        search,
        body,
        method: request.method,
        x: request.headers['x-team'],
        type: request.headers['content-type'],
      }
      answer(response, {
        data: { items: [{ meta: { id: 'a', at: 1_700_000_000 } }, { meta: { id: 'b', at: '2026-01-01T00:00:00Z' } }] },
      })
    })
    const range = { start: '2026-01-01', end: '2026-01-02' }
    const { drafts } = await run(
      {
        url: `${url}/query`,
        method: 'POST',
        headers: { 'X-Team': 'blue' },
        query: { to: '{end}' },
        body: '{"from":"{start}"}',
        recordPath: 'data.items',
        idField: 'meta.id',
        timeField: 'meta.at',
      },
      { range },
    )
    expect(seen).toEqual({
      search: '?to=2026-01-02',
      body: '{"from":"2026-01-01"}',
      method: 'POST',
      x: 'blue',
      type: 'application/json',
    })
    expect(drafts.map(({ id, time }) => [id?.split('@')[0], time])).toEqual([
      ['a', 1_700_000_000_000],
      ['b', Date.UTC(2026, 0, 1)],
    ])
  })

  it('gives a record the same id whenever it is the same, and another one when it has changed', async () => {
    let name = 'Ada'
    const url = await serve((_, response) => answer(response, [{ id: 1, name }]))
    const [first, again] = [await run({ url, idField: 'id' }), await run({ url, idField: 'id' })]
    name = 'Grace'
    const changed = await run({ url, idField: 'id' })
    expect(again.drafts[0]!.id).toBe(first.drafts[0]!.id)
    expect(changed.drafts[0]!.id).not.toBe(first.drafts[0]!.id)
  })

  it('says what the answer is where there are no records in it', async () => {
    const url = await serve((_, response) => answer(response, { error: 'no', code: 3 }))
    const { error } = await run({ url, recordPath: 'data' })
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error!.message).toBe(
      'The answer at "data" is nothing, not a list of records; the answer is an object with error, code',
    )
  })
})

describe('who asks', () => {
  const shown = async (auth: unknown) => {
    let seen = ''
    const url = await serve((request, response) => {
      seen = `${request.headers.authorization ?? ''}|${request.headers['x-key'] ?? ''}|${request.url}`
      answer(response, [])
    })
    const { error } = await run({ url: `${url}/`, auth })
    return error ?? seen
  }

  it.each([
    [{ type: 'none' }, '||/'],
    [{ type: 'header', name: 'X-Key', value: 's3' }, '|s3|/'],
    [{ type: 'key', parameter: 'api_key', value: 's3&' }, '||/?api_key=s3%26'],
    [{ type: 'basic', username: 'ada', password: 'ü:' }, `Basic ${Buffer.from('ada:ü:').toString('base64')}||/`],
    [{ type: 'bearer', token: 'abc' }, 'Bearer abc||/'],
  ])('shows it by %o', async (auth, expected) => expect(await shown(auth)).toBe(expected))

  it.each([401, 403, 404])('does not repeat what is answered %i', async (status) => {
    let asked = 0
    const url = await serve((_, response) => {
      asked++
      answer(response, {}, {}, status)
    })
    const { error } = await run({ url, auth: { type: 'bearer', token: 'secret-token' } })
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error!.message).toMatch(new RegExp(`answered ${status}$`))
    expect(asked).toBe(1)
  })

  /** Tokens that are good for two requests each. */
  async function oauthServer(refuse = false) {
    let token = 0
    let uses = 0
    const grants: string[] = []
    const url = await serve(async (request, response, { pathname, searchParams }) => {
      if (pathname === '/token') {
        grants.push(await new Response(request as never).text())
        if (refuse) return answer(response, { error: 'invalid_grant' }, {}, 400)
        uses = 0
        return answer(response, { access_token: `t${++token}`, refresh_token: `r${token}`, expires_in: 3600 })
      }
      if (request.headers.authorization !== `Bearer t${token}` || ++uses > 2) return answer(response, {}, {}, 401)
      const page = Number(searchParams.get('page'))
      return answer(response, page > 5 ? [] : list(page, 1))
    })
    return { url, grants }
  }

  it('renews a token that ends in the middle, goes on with the page, and saves both tokens', async () => {
    const { url, grants } = await oauthServer()
    const auth = { type: 'oauth2', tokenUrl: `${url}/token`, clientId: 'c', clientSecret: 's', refreshToken: 'r0' }
    const result = await run({ url: `${url}/data`, auth, paging: { type: 'page' } })
    expect(result.error).toBeUndefined()
    expect(ids(result)).toEqual([1, 2, 3, 4, 5])
    expect(grants.map((grant) => new URLSearchParams(grant).get('refresh_token'))).toEqual(['r0', 'r1', 'r2'])
    expect(result.saved.at(-1)).toMatchObject({
      auth: { type: 'oauth2', accessToken: 't3', refreshToken: 'r3', clientSecret: 's' },
    })
  })

  it('gets a token by the credentials of the client alone, and takes one that is still good as it is', async () => {
    const { url, grants } = await oauthServer()
    const auth = {
      type: 'oauth2',
      tokenUrl: `${url}/token`,
      clientId: 'c',
      clientSecret: 's',
      clientIn: 'header',
      scope: 'read',
    }
    const first = await run({ url: `${url}/data?page=6`, auth })
    expect(grants).toEqual(['grant_type=client_credentials&scope=read'])
    const { refreshToken: _, ...kept } = first.saved[0]!['auth'] as Record<string, unknown>
    const second = await run({ url: `${url}/data?page=6`, auth: kept })
    expect(second).toMatchObject({ error: undefined, saved: [] })
    expect(grants).toHaveLength(1)
  })

  it('gives up where no token is to be had, and says why without saying the secret', async () => {
    const { url, grants } = await oauthServer(true)
    const { error } = await run({
      url,
      auth: { type: 'oauth2', tokenUrl: `${url}/token`, clientId: 'c', clientSecret: 'hush' },
    })
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error!.message).toContain('400 invalid_grant')
    expect(error!.message).not.toContain('hush')
    expect(grants).toHaveLength(1)
  })
})

describe('pages', () => {
  it('are counted', async () => {
    const url = await serve((_, response, { searchParams }) =>
      answer(
        response,
        Number(searchParams.get('page')) > 3
          ? []
          : list(Number(searchParams.get('page')) * 10, Number(searchParams.get('n'))),
      ),
    )
    expect(ids(await run({ url, paging: { type: 'page', size: 2, sizeParameter: 'n' } }))).toEqual([
      10, 11, 20, 21, 30, 31,
    ])
  })

  it('are left out, by as many records as came', async () => {
    const url = await serve((_, response, { searchParams }) => {
      const all = list(0, 7)
      const from = Number(searchParams.get('offset'))
      answer(response, { items: all.slice(from, from + Math.min(3, Number(searchParams.get('limit')))) })
    })
    expect(ids(await run({ url, recordPath: 'items', paging: { type: 'offset', size: 100 } }))).toEqual([
      0, 1, 2, 3, 4, 5, 6,
    ])
  })

  it('follow a cursor, until the answer says that there is no more', async () => {
    const url = await serve((_, response, { searchParams }) => {
      const after = Number(searchParams.get('starting_after') ?? 0)
      answer(response, { data: list(after + 1, 2), has_more: after < 4 })
    })
    const paging = { type: 'cursor', path: 'data.-1.id', parameter: 'starting_after', morePath: 'has_more' }
    expect(ids(await run({ url, recordPath: 'data', paging }))).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('follow an address in the answer, or in the Link header', async () => {
    const url = await serve((_, response, { pathname, searchParams }) => {
      const at = Number(searchParams.get('at') ?? 1)
      const next = at < 3 ? `${pathname}?at=${at + 1}` : null
      const link = next ? `</first>; rel="first", <${next}>; title="a, b"; rel="prefetch next"` : '</first>; rel=first'
      answer(response, { items: list(at, 1), next }, { link })
    })
    expect(ids(await run({ url: `${url}/a`, recordPath: 'items', paging: { type: 'cursor', path: 'next' } }))).toEqual([
      1, 2, 3,
    ])
    expect(ids(await run({ url: `${url}/a`, recordPath: 'items', paging: { type: 'link' } }))).toEqual([1, 2, 3])
  })

  it('are never asked for at another host: the credentials would go there', async () => {
    let visits = 0
    const other = await serve((_, response) => {
      visits++
      answer(response, [])
    })
    const url = await serve((_, response) => answer(response, list(1, 1), { link: `<${other}/2>; rel="next"` }))
    const { error } = await run({ url, paging: { type: 'link' }, auth: { type: 'bearer', token: 'x' } })
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error!.message).toContain(other)
    expect(visits).toBe(0)
  })

  it('that are the same for ever are a mistake that is named', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      asked++
      answer(response, list(1, 3))
    })
    const { error } = await run({ url, paging: { type: 'page' } })
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error!.message).toContain('the same page again and again')
    expect(asked).toBe(2)
  })

  it('that lead in a circle are a mistake that is named', async () => {
    let asked = 0
    const url = await serve((_, response) =>
      answer(response, { items: list(++asked, 1), next: ['a', 'b', 'c'][asked % 3] }),
    )
    const { error } = await run({ url, recordPath: 'items', paging: { type: 'cursor', path: 'next', parameter: 'c' } })
    expect(error!.message).toContain('leads back')
    expect(asked).toBe(4)
  })

  it('that never end are ended', async () => {
    const url = await serve((_, response, { searchParams }) =>
      answer(response, list(Number(searchParams.get('page')), 1)),
    )
    const result = await run({ url, paging: { type: 'page' }, pagesMax: 20 })
    expect(result.error).toBeInstanceOf(NotRetryable)
    expect(result.error!.message).toContain('after 20 of them (pagesMax)')
    expect(result.drafts).toHaveLength(20)
  })

  it('may change their fields from one to the next', async () => {
    const pages = [[{ a: 1 }], [{ a: 'x', b: [] }], []]
    const url = await serve((_, response, { searchParams }) =>
      answer(response, pages[Number(searchParams.get('page')) - 1]),
    )
    expect((await run({ url, paging: { type: 'page' } })).drafts.map(({ data }) => data)).toEqual([
      { a: 1 },
      { a: 'x', b: [] },
    ])
  })

  it('of very many records are several, and the state moves on behind the last', async () => {
    const url = await serve((_, response) => answer(response, list(0, 4_001)))
    const result = await run({ url })
    expect(ids(result)).toEqual(list(0, 4_001).map(({ id }) => id))
    expect(result.state).toEqual({ since: null, unfinished: null })
  })
})

describe('what came before', () => {
  const settings = { incremental: { field: 'at', parameter: 'since', first: '2026-01-01' }, paging: { type: 'page' } }
  const serveChanges = (asked: string[], fails = { page: 0 }) =>
    serve((_, response, { search, searchParams }) => {
      asked.push(search)
      const page = Number(searchParams.get('page'))
      if (page === fails.page) return answer(response, {}, {}, 404)
      const records = [[{ at: '2026-03-05' }, { at: '2026-03-09' }], [{ at: '2026-03-02' }]][page - 1] ?? []
      return answer(response, records)
    })

  it('is not asked for again: the highest value of a field says what is new', async () => {
    const asked: string[] = []
    const url = await serveChanges(asked)
    const { state } = await run({ url, ...settings })
    expect(state).toEqual({ since: '2026-03-09', unfinished: null })
    await run({ url, ...settings }, { state })
    expect(asked[0]).toBe('?since=2026-01-01&page=1')
    expect(asked[3]).toBe('?since=2026-03-09&page=1')
  })

  it('is gone on from where a run broke off, asking for the same list, and the highest value of its beginning counts', async () => {
    const asked: string[] = []
    const fails = { page: 2 }
    const url = await serveChanges(asked, fails)
    const broken = await run({ url, ...settings })
    expect(broken.error).toBeInstanceOf(NotRetryable)
    expect(broken.state).toEqual({ since: null, unfinished: { next: 2, highest: '2026-03-09' } })
    fails.page = 0
    const { state } = await run({ url, ...settings }, { state: broken.state })
    expect(asked[2]).toBe('?since=2026-01-01&page=2')
    expect(state).toEqual({ since: '2026-03-09', unfinished: null })
  })
})

describe('faults', () => {
  it.each([
    ['429 with Retry-After', (response: ServerResponse) => answer(response, {}, { 'retry-after': '0' }, 429)],
    ['429 without', (response: ServerResponse) => answer(response, {}, {}, 429)],
    ['500', (response: ServerResponse) => answer(response, {}, {}, 500)],
    [
      'half a body',
      (response: ServerResponse) =>
        response.writeHead(200, { 'content-length': '50' }).write('[{"id":', () => response.destroy()),
    ],
    ['no answer', (response: ServerResponse) => response.destroy()],
  ])('%s is asked for again', async (_, fault) => {
    let asked = 0
    const url = await serve((_request, response) => (++asked < 3 ? fault(response) : answer(response, list(1, 2))))
    const result = await run({ url })
    expect(result.error).toBeUndefined()
    expect(ids(result)).toEqual([1, 2])
    expect(asked).toBe(3)
  })

  it('wrong JSON costs the page, not those before it, and the job may try again', async () => {
    const url = await serve((_, response, { searchParams }) =>
      searchParams.get('page') === '2' ? response.end('<html>Sorry</html>') : answer(response, list(1, 1)),
    )
    const result = await run({ url, paging: { type: 'page' } })
    expect(result.error).toMatchObject({ code: 'source_unavailable', retryable: true })
    expect(result.state).toMatchObject({ unfinished: { next: 2 } })
    expect(ids(result)).toEqual([1])
  })

  it('a record of 10 MB comes whole', async () => {
    const url = await serve((_, response) => answer(response, [{ text: 'x'.repeat(10_000_000) }]))
    const { drafts } = await run({ url })
    expect(String(drafts[0]!.data['text']).length).toBe(10_000_000)
  })

  it('a redirect to another host gets no credentials', async () => {
    let seen: unknown = 'not asked'
    const other = await serve((request, response) => {
      seen = [request.headers.authorization, request.headers['x-key']]
      answer(response, list(1, 1))
    })
    const url = await serve((_, response) => response.writeHead(302, { location: `${other}/` }).end())
    await run({ url, headers: { 'X-Key': 'k' }, auth: { type: 'bearer', token: 'x' } })
    expect(seen).toEqual([undefined, undefined])
  })

  it('a slow drip ends', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200).write('[')
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    })
    const { error } = await run({ url }, { totalMs: 150 })
    expect(error).toMatchObject({ code: 'source_unavailable' })
  })
})
