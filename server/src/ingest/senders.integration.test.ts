/** What an input says of its senders: which pages, how much, and whether they sign. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { goodKey, hookKey, type Intake, pageKey, signedKey, slowKey, startIntake } from './intake.fixture.ts'

let intake: Intake
beforeAll(async () => {
  intake = await startIntake()
})
afterAll(() => intake.close())

const shop = { origin: 'https://shop.example' }
const stored = () => intake.log.events().length

describe('pages', () => {
  test('a browser that asks first is told what it may send, whoever it is', async () => {
    const asked = {
      ...shop,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'Authorization, x-odd',
    }
    const reply = await intake.send({ method: 'OPTIONS', key: null, body: '', headers: asked })
    expect([reply.status, reply.headers]).toMatchObject([
      204,
      {
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'authorization',
      },
    ])
    expect(reply.headers).not.toHaveProperty('access-control-allow-credentials')
  })

  test('a page of a named origin sends, and can read the answer', async () => {
    const reply = await intake.send({ key: pageKey, headers: shop })
    expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([200, '*'])
  })

  test.each([
    ['another origin', pageKey, 'https://evil.example'],
    ['another scheme', pageKey, 'http://shop.example'],
    ['a part of the name', pageKey, 'https://shop.example.evil.example'],
    ['no origin at all, as of a file', pageKey, 'null'],
    ['an input for servers', goodKey, 'https://shop.example'],
  ])('%s stores nothing, and the page can read why', async (_, key, origin) => {
    const before = stored()
    const reply = await intake.send({ key, headers: { origin } })
    expect([reply.status, reply.json.code, reply.headers['access-control-allow-origin']]).toEqual([
      403,
      'forbidden',
      '*',
    ])
    expect(stored()).toBe(before)
  })

  test('a page of the server’s own origin sends without being named', async () => {
    const origin = `http://127.0.0.1:${intake.port}`
    expect((await intake.send({ headers: { origin } })).status).toBe(200)
  })

  test('a wrong key is told to the page like to everybody', async () => {
    const reply = await intake.send({ key: 'wrong', headers: shop })
    expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([401, '*'])
  })

  test('a beacon has its key in the URL and calls its body text', async () => {
    const beacon = {
      key: null,
      headers: { ...shop, 'content-type': 'text/plain;charset=UTF-8' },
      body: '{"n":1}\n{"n":2}\n',
    }
    const reply = await intake.send({ ...beacon, path: `/api/v1/events/t?key=${pageKey}` })
    expect([reply.status, reply.json]).toMatchObject([200, { accepted: 2 }])
    expect((await intake.send({ ...beacon, path: '/api/v1/events/t' })).status).toBe(401)
    expect((await intake.send({ ...beacon, path: `/api/v1/events/t?key=${goodKey}` })).status).toBe(401)
  })

  test('a protocol that no page speaks does not answer a browser that asks', async () => {
    const asked = { ...shop, 'access-control-request-method': 'POST' }
    const reply = await intake.send({
      method: 'OPTIONS',
      path: `/webhook/${hookKey}`,
      key: null,
      body: '',
      headers: asked,
    })
    expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([405, undefined])
  })
})

test('an input takes so many events a second, and tells those beyond how long to wait', async () => {
  const first = await intake.send({ key: slowKey })
  expect([first.status, first.headers['x-ratelimit-limit']]).toEqual([200, '0'])
  const before = stored()
  const second = await intake.send({ key: slowKey })
  expect([second.status, second.json.code]).toEqual([429, 'too_many_requests'])
  expect(Number(second.headers['retry-after'])).toBeGreaterThan(0)
  expect(stored()).toBe(before)
  expect((await intake.send()).status).toBe(200)
})

test('an input with a secret takes what is signed, compressed or not, and nothing else', async () => {
  const body = Buffer.from('{"n":1}')
  const seconds = Math.floor(Date.now() / 1000)
  const digest = createHmac('sha256', 'secret').update(`${seconds}.`).update(body).digest('hex')
  const signature = { 'x-millrace-signature': `t=${seconds},v1=${digest}` }
  expect((await intake.send({ key: signedKey, body, headers: signature })).status).toBe(200)
  for (const headers of [{}, { 'x-millrace-signature': 'garbage' }]) {
    expect((await intake.send({ key: signedKey, body, headers })).status).toBe(401)
  }
  expect((await intake.send({ key: signedKey, body: '{"n":2}', headers: signature })).status).toBe(401)
})

test('a repeated request whose events have ids gets the first answer by its Idempotency-Key, and is told repeats without one', async () => {
  const request = {
    path: '/api/v1/events',
    body: '[{"type":"t","id":"r1","data":{}},{"type":"t","id":"r2","data":{}},{"type":"t"}]',
  }
  const keyed = { ...request, headers: { 'idempotency-key': 'k' } }
  expect((await intake.send(keyed)).json).toMatchObject({ accepted: 2, restreamed: 1 })
  expect((await intake.send(keyed)).json).toEqual({ accepted: 2, restreamed: 1 })
  const { json } = await intake.send({ ...request, body: request.body.replace(',{"type":"t"}]', ']') })
  expect(json).toEqual({ accepted: 0, duplicates: 2, restreamed: 0 })
})

test('a key that comes with the same body for another event type is refused, not answered for the first', async () => {
  const keyed = { headers: { 'idempotency-key': 'typed' }, body: '{"n":1}' }
  expect((await intake.send({ ...keyed, path: '/api/v1/events/a' })).status).toBe(200)
  expect((await intake.send({ ...keyed, path: '/api/v1/events/b' })).status).toBe(422)
})

test('the same id with other data is kept aside, and the answer says which', async () => {
  await intake.send({ path: '/api/v1/events', body: '{"type":"t","id":"c1","data":{"n":1}}' })
  const body =
    '[{"type":"t","id":"c1","data":{"n":1}},{"type":"t","id":"c2","data":{}},{"type":"t","id":"c1","data":{"n":2}}]'
  const { json } = await intake.send({ path: '/api/v1/events', body })
  expect(json).toMatchObject({ accepted: 1, duplicates: 1, restreamed: 1, faults: [{ index: 2, code: 'id_conflict' }] })
  expect(intake.log.records.at(-1)!.batch).toMatchObject({ ids: ['c2', 'c1'], faults: [{ index: 1 }] })
})
