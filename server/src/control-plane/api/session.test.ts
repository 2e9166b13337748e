import { afterEach, beforeEach, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const right = { email: admin.email, password: admin.password }

function logIn(payload: object = right, { remoteAddress = '10.0.0.1', headers = {} } = {}) {
  return fixture.api.inject({ method: 'POST', url: '/api/v1/session', payload, remoteAddress, headers })
}

async function cookieOf(answer: ReturnType<typeof logIn>): Promise<string> {
  return String((await answer).headers['set-cookie']).split(';')[0]!
}

async function whoAmI(cookie: string) {
  return (await fixture.api.inject({ url: '/api/v1/session', headers: { cookie } })).statusCode
}

const hour = 3_600_000

test('a session is opened by the password, known by its cookie, and closed', async () => {
  const answer = await logIn({ ...right, email: 'ADMIN@localhost' })
  expect(answer.statusCode).toBe(204)
  expect(answer.headers['set-cookie']).toMatch(/^mlr=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=604800$/)
  const cookie = await cookieOf(logIn())
  const session = await fixture.api.inject({ url: '/api/v1/session', headers: { cookie: `other=1; ${cookie}; x=2` } })
  expect(session.json()).toMatchObject({ user: { email: admin.email }, role: 'owner', workspace: 'default' })

  const headers = { cookie, 'x-millrace-csrf': '1' }
  const closed = await fixture.api.inject({ method: 'DELETE', url: '/api/v1/session', headers })
  expect(closed.headers['set-cookie']).toMatch(/^mlr=; .*Max-Age=0/)
  expect(await whoAmI(cookie)).toBe(401)
})

test('behind TLS the cookie is bound to it', async () => {
  await using secure = await openFixture({ isSecure: true })
  const answer = await secure.api.inject({ method: 'POST', url: '/api/v1/session', payload: right })
  expect(answer.headers['set-cookie']).toMatch(
    /^__Host-mlr=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/,
  )
  expect(answer.headers['strict-transport-security']).toBeDefined()
})

test('a session ends twelve hours after its last use, and seven days after it was opened', async () => {
  const idle = await cookieOf(logIn())
  fixture.clock.ahead = 11 * hour
  expect(await whoAmI(idle)).toBe(200)
  fixture.clock.ahead = 22 * hour
  expect(await whoAmI(idle)).toBe(200)
  fixture.clock.ahead = 35 * hour
  expect(await whoAmI(idle)).toBe(401)

  fixture.clock.ahead = 0
  const busy = await cookieOf(logIn())
  for (let ahead = 0; ahead < 7 * 24 * hour; ahead += 10 * hour) {
    fixture.clock.ahead = ahead
    expect(await whoAmI(busy), `${ahead / hour} h`).toBe(200)
  }
  fixture.clock.ahead = 7 * 24 * hour + 1000
  expect(await whoAmI(busy)).toBe(401)
})

test('a wrong password and a user who does not exist are told alike', async () => {
  const problems = []
  for (const payload of [
    { ...right, password: 'wrong' },
    { ...right, email: 'nobody@localhost' },
  ]) {
    const answer = await logIn(payload)
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['set-cookie']).toBeUndefined()
    problems.push({ ...answer.json(), requestId: undefined })
  }
  expect(problems[0]).toEqual(problems[1])
})

test('guessing one account’s password is slowed down, wherever it comes from', async () => {
  for (let attempt = 0; attempt < 5; attempt++) {
    const remoteAddress = `10.0.0.${attempt}`
    expect((await logIn({ ...right, password: 'wrong' }, { remoteAddress })).statusCode).toBe(401)
  }
  const refused = await logIn(right, { remoteAddress: '10.0.1.1' })
  expect(refused.statusCode).toBe(429)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
  fixture.clock.ahead = 61_000
  expect((await logIn()).statusCode).toBe(204)
})

test('so is guessing at many accounts from one address', async () => {
  const guesses = Array.from({ length: 21 }, (_, index) =>
    logIn({ email: `user${index}@localhost`, password: 'wrong' }),
  )
  const statuses = (await Promise.all(guesses)).map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 429)).toHaveLength(1)
  expect((await logIn(right, { remoteAddress: '10.0.0.2' })).statusCode).toBe(204)
})

test('logging in often with the right password is no guessing', async () => {
  for (let attempt = 0; attempt < 8; attempt++) expect((await logIn()).statusCode).toBe(204)
})

test('a page of another site can change nothing with our cookie', async () => {
  const cookie = await cookieOf(logIn())
  const create = async (headers: Record<string, string>, label: string) => {
    const asked = { method: 'POST' as const, url: '/api/v1/inputs', payload: { label, type: 'native' } }
    return (await fixture.api.inject({ ...asked, headers: { cookie, ...headers } })).statusCode
  }
  expect(await create({}, 'a')).toBe(403)
  expect(await create({ 'x-millrace-csrf': '1', 'sec-fetch-site': 'cross-site' }, 'b')).toBe(403)
  expect(await create({ 'x-millrace-csrf': '1', 'sec-fetch-site': 'same-site' }, 'c')).toBe(403)
  expect(await create({ 'x-millrace-csrf': '1', 'sec-fetch-site': 'same-origin' }, 'd')).toBe(201)
  expect(await create({ 'x-millrace-csrf': '1' }, 'e')).toBe(201)
  expect((await logIn(right, { headers: { 'sec-fetch-site': 'cross-site' } })).statusCode).toBe(403)
})

test('forms cannot be posted to the API', async () => {
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
    const headers = { 'content-type': type }
    const answer = await fixture.api.inject({ method: 'POST', url: '/api/v1/session', headers, payload: 'a=b' })
    expect(answer.json(), type).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  }
})

test('a new password ends all other sessions, and needs the old one', async () => {
  const [mine, other] = [await cookieOf(logIn()), await cookieOf(logIn())]
  const change = async (payload: object, headers: Record<string, string>) =>
    (await fixture.api.inject({ method: 'PUT', url: '/api/v1/session/password', payload, headers })).statusCode
  const headers = { cookie: mine, 'x-millrace-csrf': '1' }
  const next = 'a better password'
  expect(await change({ current: 'wrong', next }, headers)).toBe(403)
  expect(await change({ current: admin.password, next: 'too short' }, headers)).toBe(400)
  expect(await change({ current: admin.password, next }, { authorization: `Bearer ${admin.token}` })).toBe(403)
  expect(await change({ current: admin.password, next }, headers)).toBe(204)
  expect([await whoAmI(mine), await whoAmI(other)]).toEqual([200, 401])
  expect((await logIn()).statusCode).toBe(401)
  expect((await logIn({ ...right, password: next })).statusCode).toBe(204)
})
