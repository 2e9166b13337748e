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
  for (let attempt = 0; attempt < 25; attempt++) expect((await logIn()).statusCode).toBe(204)
})

test('guessing goes slower the longer it lasts', async () => {
  const waits: number[] = []
  while (waits.length < 6) {
    const answer = await logIn({ ...right, password: 'wrong' })
    if (answer.statusCode === 429) {
      waits.push(Number(answer.headers['retry-after']))
      fixture.clock.ahead += (waits.at(-1)! + 1) * 1000
    }
  }
  const guessesIn = waits.reduce((sum, wait) => sum + wait, 0)
  expect(guessesIn).toBeGreaterThan(3 * 60 * 2)
  expect(Math.max(...waits)).toBeLessThanOrEqual(15 * 60)
})

test('nobody is kept out of where they have logged in before by those who guess elsewhere', async () => {
  const mine = { remoteAddress: '10.0.0.2' }
  expect((await logIn(right, mine)).statusCode).toBe(204)
  for (let attempt = 0; attempt < 6; attempt++) await logIn({ ...right, password: 'wrong' })
  expect((await logIn()).statusCode).toBe(429)
  expect((await logIn(right, { remoteAddress: '10.0.0.3' })).statusCode).toBe(429)
  expect((await logIn(right, mine)).statusCode).toBe(204)
  for (let attempt = 0; attempt < 5; attempt++) await logIn({ ...right, password: 'wrong' }, mine)
  expect((await logIn(right, mine)).statusCode).toBe(429)
})

test('the addresses of one IPv6 network are one', async () => {
  const guesses = Array.from({ length: 21 }, (_, index) =>
    logIn({ email: `user${index}@localhost`, password: 'wrong' }, { remoteAddress: `2001:db8:0:1::${index}` }),
  )
  const statuses = (await Promise.all(guesses)).map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 429)).toHaveLength(1)
})

test('behind a proxy that is trusted, attempts count by the address it tells; elsewhere what is told means nothing', async () => {
  await using proxied = await openFixture({ trustedProxies: ['10.9.0.0/16'] })
  const guess = async (remoteAddress: string, told: string) => {
    const answer = await proxied.api.inject({
      method: 'POST',
      url: '/api/v1/session',
      payload: { email: `${crypto.randomUUID()}@localhost`, password: 'wrong' },
      remoteAddress,
      headers: { 'x-forwarded-for': told },
    })
    return answer.statusCode
  }
  for (let attempt = 0; attempt < 20; attempt++) await guess('10.9.0.1', `9.9.9.9, 10.1.0.1`)
  expect(await guess('10.9.0.1', '1.2.3.4, 10.1.0.1')).toBe(429)
  expect(await guess('10.9.0.1', '10.1.0.2')).toBe(401)
  for (let attempt = 0; attempt < 20; attempt++) await guess('10.8.0.1', `10.1.1.${attempt}`)
  expect(await guess('10.8.0.1', '10.1.2.1')).toBe(429)
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
