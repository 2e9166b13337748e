import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from './fixture.ts'
import { dayMs, type LimitedToken, minuteMs, openRateLimits } from './rate-limits.ts'
import { openStore, type Store } from './store/store.ts'

const limits = { perMinute: 3, perDay: 5 }
/** In the middle of a minute. */
const start = Date.UTC(2026, 1, 3, 10, 20, 30)

let folder: string
let now: number
let store: Store
const open = () => openStore({ path: join(folder, 'metadata.db'), secretKey: new Uint8Array(32), now: () => now })
const usual = { userId: 'u', origin: 'issued', callsPerMinuteMax: null, callsPerDayMax: null } as const
const token: LimitedToken = { id: 'token1', ...usual }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-limits-'))
  now = start
  store = open()
  const user = { id: 'u', email: 'a@b', passwordHash: '', instanceAdmin: 0, createdAt: now }
  await store.change({ actor: 'u', tokenId: null, ip: null, requestId: null }, async (tx) => {
    await tx.insertInto('users').values(user).execute()
    const row = { workspaceId: null, role: null, label: 't', createdAt: now, expiresAt: null, lastUsedAt: null }
    for (const id of ['token1', 'token2']) {
      await tx
        .insertInto('tokens')
        .values({ ...token, ...row, id, hash: id })
        .execute()
    }
    return { result: undefined, audit: { workspaceId: null, action: 'made', object: 'u' } }
  })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

test('a minute allows so many calls and begins anew by the clock; a refused call does not count', async () => {
  const { take } = openRateLimits(store, limits)
  const first = await take(token)
  expect(first).toMatchObject({ isOver: false, minute: { limit: 3, remaining: 2, resetAt: start + 30_000 } })
  await take(token)
  expect(await take(token)).toMatchObject({ isOver: false, minute: { remaining: 0 }, day: { remaining: 2 } })
  expect(await take(token)).toMatchObject({ isOver: true, minute: { remaining: 0 }, day: { remaining: 2 } })
  now += 30_000
  expect(await take(token)).toMatchObject({ isOver: false, minute: { remaining: 2 }, day: { remaining: 1 } })
})

test('calls at once are counted each', async () => {
  const { take } = openRateLimits(store, limits)
  const all = await Promise.all(Array.from({ length: 10 }, () => take(token)))
  expect(all.filter((standing) => !standing!.isOver)).toHaveLength(3)
})

test('a day allows so many, until midnight UTC', async () => {
  const { take } = openRateLimits(store, limits)
  for (let call = 0; call < 5; call++) {
    expect(await take(token)).toMatchObject({ isOver: false })
    now += minuteMs
  }
  expect(await take(token)).toMatchObject({ isOver: true, day: { remaining: 0, resetAt: Date.UTC(2026, 1, 4) } })
  now += dayMs
  expect(await take(token)).toMatchObject({ isOver: false, day: { remaining: 4 } })
})

test('a token’s own limits count in place of the defaults; the config’s token has none', async () => {
  const { take } = openRateLimits(store, limits)
  const raised = { callsPerMinuteMax: 10, callsPerDayMax: 100 }
  await store.db.updateTable('tokens').set(raised).where('id', '=', token.id).execute()
  const own = { ...token, ...raised }
  expect(await take(own)).toMatchObject({ minute: { limit: 10, remaining: 9 }, day: { limit: 100, remaining: 99 } })
  const fewer = { ...token, id: 'token2', callsPerMinuteMax: 1 }
  expect(await take(fewer)).toMatchObject({ isOver: false, minute: { limit: 1 }, day: { limit: 5, remaining: 4 } })
  expect(await take(fewer)).toMatchObject({ isOver: true })
  expect(await take({ ...token, origin: 'config' })).toBeUndefined()
})

test('more tokens give a user no more calls, over a restart, too; one that was given more counts by itself', async () => {
  const rates = openRateLimits(store, limits)
  const second = { ...token, id: 'token2' }
  await rates.take(token)
  expect(await rates.take(second)).toMatchObject({ minute: { limit: 3, remaining: 1 }, day: { remaining: 3 } })
  await rates.take(second)
  expect(await rates.take(second)).toMatchObject({ isOver: true, minute: { remaining: 0 }, day: { remaining: 2 } })
  expect(await rates.take({ ...token, userId: 'another', id: 'theirs' })).toMatchObject({ minute: { remaining: 2 } })
  expect(await rates.take({ ...token, id: 'raised', callsPerMinuteMax: 4 })).toMatchObject({ minute: { remaining: 3 } })
  await rates.close()
  now += minuteMs
  expect(await openRateLimits(store, limits).take(second)).toMatchObject({ isOver: false, day: { remaining: 1 } })
})

test('a restart keeps the day’s count; a crash costs at most a two-hundredth of it and gives nothing anew', async () => {
  const day = { perMinute: 10_000, perDay: 1_000 }
  const before = openRateLimits(store, day)
  for (let call = 0; call < 100; call++) await before.take(token)
  await store.close()
  store = open()
  const afterCrash = await openRateLimits(store, day).take(token)
  expect(afterCrash!.day.remaining).toBeLessThanOrEqual(899)
  expect(afterCrash!.day.remaining).toBeGreaterThanOrEqual(894)
  await before.close().catch(() => {})

  const orderly = openRateLimits(store, day)
  const last = await orderly.take(token)
  await orderly.close()
  expect(await openRateLimits(store, day).take(token)).toMatchObject({
    day: { remaining: last!.day.remaining - 1 },
  })
})

test('tokens that came and went are forgotten with their day', async () => {
  const rateLimits = openRateLimits(store, limits)
  for (let n = 0; n < 50; n++) await rateLimits.take({ ...token, id: `gone ${n}`, userId: `user ${n}` })
  expect(rateLimits.tokens).toBe(50)
  now += dayMs
  expect(await rateLimits.take(token)).toMatchObject({ minute: { remaining: 2 }, day: { remaining: 4 } })
  expect(rateLimits.tokens).toBe(1)
})

test('a token that is revoked meanwhile leaves nothing behind', async () => {
  const rateLimits = openRateLimits(store, limits)
  await rateLimits.take(token)
  await store.db.deleteFrom('tokens').execute()
  await rateLimits.close()
  expect(await store.db.selectFrom('tokenCalls').selectAll().execute()).toEqual([])
})

test('the API tells every answer’s standing, and refuses a call too many with the time to wait', async () => {
  await using fixture: Fixture = await openFixture()
  const ask = (method: 'GET' | 'POST' | 'PATCH', url: string, bearer: string, payload?: object) =>
    fixture.api.inject({
      method,
      url: `/api/v1/${url}`,
      headers: { authorization: `Bearer ${bearer}` },
      ...(payload && { payload }),
    })
  const made = await ask('POST', 'tokens', admin.token, { label: 'slow', role: 'viewer', callsPerMinuteMax: 2 })
  expect(made.json()).toMatchObject({ token: { callsPerMinuteMax: 2, callsPerDayMax: null } })
  expect(made.headers).not.toHaveProperty('ratelimit')
  const { token, text } = made.json()
  const first = await ask('GET', 'inputs', text)
  expect(first.headers).toMatchObject({
    'ratelimit-policy': '"minute";q=2;w=60, "day";q=100000;w=86400',
    ratelimit: expect.stringMatching(/^"minute";r=1;t=\d+, "day";r=99999;t=\d+$/),
  })
  const forbidden = await ask('POST', 'inputs', text, { label: 'x', type: 'native' })
  expect(forbidden.statusCode).toBe(403)
  expect(forbidden.headers['ratelimit']).toMatch(/^"minute";r=0;/)
  const refused = await ask('GET', 'inputs?workspace=none', text)
  expect(refused.statusCode).toBe(429)
  expect(refused.headers).toMatchObject({ 'content-type': 'application/problem+json' })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(refused.json()).toMatchObject({ code: 'too_many_requests', detail: expect.stringContaining('2 calls a min') })

  const raised = await ask('PATCH', `tokens/${token.id}`, admin.token, { callsPerMinuteMax: 5_000_000 })
  expect(raised.json()).toMatchObject({ callsPerMinuteMax: 5_000_000, callsPerDayMax: null })
  expect((await ask('GET', 'inputs', text)).statusCode).toBe(200)
  const itself = await ask('PATCH', `tokens/${token.id}`, text, { callsPerDayMax: 200_000 })
  expect(itself.statusCode).toBe(403)
})

test('a token of every workspace is its maker’s, listed and limited wherever they are; one of a workspace makes none', async () => {
  await using fixture: Fixture = await openFixture()
  const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, bearer: string, payload?: object) =>
    fixture.api.inject({
      method,
      url: `/api/v1/${url}`,
      headers: { authorization: `Bearer ${bearer}` },
      ...(payload && { payload }),
    })
  await ask('POST', 'workspaces', admin.token, { id: 'second', name: 'Second' })
  const draft = { label: 'wide', role: 'editor', inEveryWorkspace: true }
  const { token, text } = (await ask('POST', 'tokens', admin.token, draft)).json()
  expect(token.workspaceId).toBeNull()
  for (const workspace of ['default', 'second']) {
    expect((await ask('GET', `inputs?workspace=${workspace}`, text)).statusCode).toBe(200)
    expect((await ask('GET', `users?workspace=${workspace}`, text)).statusCode).toBe(403)
    const { items } = (await ask('GET', `tokens?workspace=${workspace}`, text)).json()
    expect(items).toMatchObject([{ id: token.id }])
  }
  expect((await ask('POST', 'workspaces', text, { id: 'third', name: 'Third' })).statusCode).toBe(403)
  const narrow = (await ask('POST', 'tokens', text, { label: 'narrow', role: 'viewer', expiresInDays: 1 })).json()
  expect((await ask('POST', 'tokens', narrow.text, { ...draft, role: 'viewer', expiresInDays: 1 })).statusCode).toBe(
    403,
  )
  expect((await ask('DELETE', `tokens/${token.id}`, admin.token)).statusCode).toBe(204)
  expect((await ask('GET', 'inputs', text)).statusCode).toBe(401)
})
