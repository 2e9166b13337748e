/** The declared sources of this folder, unchanged but for their address and token, against what answers as the real ones do. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

const command = join(import.meta.dirname, '../../cli/src/main.ts')

interface Asked {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: NodeJS.Dict<string | string[]>
}
interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

let folder: string
let server: Server
let origin: string
let answer: (asked: Asked) => Answer
let asked: Asked[]

beforeEach(async () => {
  asked = []
  server = createServer(({ url, headers }, response) => {
    const { pathname, searchParams } = new URL(url!, origin)
    const one = { path: pathname, query: searchParams, headers }
    asked.push(one)
    const { status = 200, headers: more = {}, body } = answer(one)
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...more }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  folder = await mkdtemp(join(tmpdir(), 'millrace-apis-'))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

/** The file's settings, with the address of the fixture and a token. */
async function run(file: string) {
  const { type, settings } = JSON.parse(await readFile(join(import.meta.dirname, file), 'utf8'))
  const url = new URL(settings.url)
  const changed = { ...settings, url: `${origin}${url.pathname}`, auth: { ...settings.auth, token: 'for-the-test' } }
  await writeFile(join(folder, 'settings.json'), JSON.stringify(changed))
  const words = ['connector', 'run', type, '--settings', 'settings.json', '--state', 'state.json']
  const env = { ...process.env, MILLRACE_ALLOWED_HOSTS: '127.0.0.1' }
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...words], { cwd: folder, env })
  const rows = stdout.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)))
  return rows as { type: string; time: string; data: { id: unknown } }[]
}

it('GitHub’s issues: pages by the Link header, a rate limit in between, and the next time what changed since', async () => {
  const all = Array.from({ length: 250 }, (_, index) => ({
    id: 1000 + index,
    title: `issue ${index}`,
    updated_at: new Date(Date.UTC(2026, 0, 2) + index * 60_000).toISOString().replace('.000', ''),
  }))
  let refusals = 1
  answer = ({ path, query, headers }) => {
    if (headers['authorization'] !== 'Bearer for-the-test') return { status: 401, body: { message: 'Bad credentials' } }
    const page = Number(query.get('page') ?? 1)
    // https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    if (page === 2 && refusals-- > 0)
      return {
        status: 429,
        headers: { 'retry-after': '1', 'x-ratelimit-remaining': '0' },
        body: { message: 'You have exceeded a secondary rate limit' },
      }
    const size = Number(query.get('per_page'))
    const found = all.filter(({ updated_at }) => updated_at >= query.get('since')!)
    const shown = found.slice((page - 1) * size, page * size)
    const to = (number: number) => {
      const next = new URLSearchParams(query)
      next.set('page', `${number}`)
      return `${origin}${path}?${next}`
    }
    const last = Math.max(1, Math.ceil(found.length / size))
    const links =
      page < last ? [`<${to(page + 1)}>; rel="next"`, `<${to(last)}>; rel="last"`] : [`<${to(1)}>; rel="first"`]
    return { headers: { link: links.join(', ') }, body: shown }
  }
  const rows = await run('github-issues.json')
  expect(rows.map(({ data }) => data.id)).toEqual(all.map(({ id }) => id))
  expect(rows[0]).toMatchObject({ type: 'issue', time: '2026-01-02T00:00:00.000Z' })
  expect(asked.map(({ query }) => query.get('page'))).toEqual([null, '2', '2', '3'])
  expect(asked[0]!.headers).toMatchObject({
    'x-github-api-version': '2022-11-28',
    accept: 'application/vnd.github+json',
  })
  expect(Object.fromEntries(asked[0]!.query)).toEqual({
    ...{ state: 'all', sort: 'updated', direction: 'asc', per_page: '100', since: '2026-01-01T00:00:00Z' },
  })

  all.push({ id: 2000, title: 'new', updated_at: '2026-02-01T00:00:00Z' })
  const later = await run('github-issues.json')
  // GitHub's `since` includes its own second: the last issue comes again, as the same event.
  expect(later.map(({ data }) => data.id)).toEqual([1249, 2000])
})

it('Stripe’s charges: by the last id, newest first, until has_more is false; 429 and 500 are asked again', async () => {
  const all = Array.from({ length: 230 }, (_, index) => ({
    id: `ch_${1000 - index}`,
    object: 'charge',
    amount: index,
    created: Date.UTC(2026, 0, 31) / 1000 - index,
  }))
  const trouble = [429, 500]
  answer = ({ query, headers }) => {
    if (headers['authorization'] !== 'Bearer for-the-test') return { status: 401, body: { error: {} } }
    const after = query.get('starting_after')
    const status = after === null ? undefined : trouble.shift()
    // https://docs.stripe.com/rate-limits: without Retry-After
    if (status !== undefined) return { status, body: { error: { code: 'rate_limit' } } }
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
    const data = all.slice(from, from + Number(query.get('limit')))
    return { body: { object: 'list', url: '/v1/charges', has_more: from + data.length < all.length, data } }
  }
  const rows = await run('stripe-charges.json')
  expect(rows.map(({ data }) => data.id)).toEqual(all.map(({ id }) => id))
  expect(rows[0]).toMatchObject({ type: 'charge', time: '2026-01-31T00:00:00.000Z' })
  expect(asked.map(({ query }) => query.get('starting_after'))).toEqual([null, 'ch_901', 'ch_901', 'ch_901', 'ch_801'])
  expect(new Set(asked.map(({ query }) => query.get('limit')))).toEqual(new Set(['100']))
})
