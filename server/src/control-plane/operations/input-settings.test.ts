import { expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../fixture.ts'

async function ask(fixture: Fixture, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) {
  const headers = { authorization: `Bearer ${admin.token}` }
  return fixture.api.inject({ method, url: `/api/v1/${url}`, headers, ...(payload && { payload }) })
}

const made = async (fixture: Fixture, payload: object) => {
  const answer = await ask(fixture, 'POST', 'inputs', payload)
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

test('settings are checked by the schema of the type, and the intake sees them whole, defaults and secrets included', async () => {
  await using fixture = await openFixture()
  const { input, key } = await made(fixture, { label: 'a', type: 'webhook', settings: { password: 'p4ssw0rd' } })
  expect(input.settings).toEqual({ password: { set: true } })
  expect(fixture.plane.inputs.find(key)?.settings).toEqual({ depth: 3, password: 'p4ssw0rd' })
})

test.each([
  ['an unknown type', { type: 'telepathy' }, /telepathy/],
  ['an unknown setting', { type: 'webhook', settings: { colour: 1 } }, /colour/],
  ['a wrong value', { type: 'webhook', settings: { depth: 10 } }, /settings\.depth/],
  ['a missing setting', { type: 'fetched' }, /settings\.url/],
])('%s is a bad request that says which', async (_, wrong, reason) => {
  await using fixture = await openFixture()
  const answer = await ask(fixture, 'POST', 'inputs', { label: 'a', ...wrong })
  expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request', detail: expect.stringMatching(reason) })
  expect((await ask(fixture, 'GET', 'inputs')).json().items).toHaveLength(1)
})

test('a change leaves the other settings, null takes one back, and a secret that is said to be set stays', async () => {
  await using fixture = await openFixture()
  const { input, key } = await made(fixture, { label: 'a', type: 'webhook', settings: { depth: 5, password: 'p' } })
  const change = async (settings: object) => {
    expect((await ask(fixture, 'PATCH', `inputs/${input.id}`, { settings })).statusCode).toBe(200)
    return fixture.plane.inputs.find(key)?.settings
  }
  expect(await change({ depth: 7, password: { set: true } })).toEqual({ depth: 7, password: 'p' })
  expect(await change({ depth: null })).toEqual({ depth: 3, password: 'p' })
  expect(await change({ password: null })).toEqual({ depth: 3 })
  expect((await ask(fixture, 'PATCH', `inputs/${input.id}`, { settings: { depth: 10 } })).statusCode).toBe(400)
})

test('a secret is nowhere to be seen: not in answers, the audit or the database', async () => {
  await using fixture = await openFixture()
  const canary = 'canary-of-a-secret'
  const { input } = await made(fixture, { label: 'a', type: 'webhook', settings: { password: canary } })
  await ask(fixture, 'PATCH', `inputs/${input.id}`, { settings: { depth: 4, password: `${canary}-2` } })
  for (const url of ['inputs', `inputs/${input.id}`, 'audit', 'input-types'])
    expect((await ask(fixture, 'GET', url)).body).not.toContain(canary)
  const { readFileSync } = await import('node:fs')
  for (const file of [fixture.path, `${fixture.path}-wal`]) expect(readFileSync(file).includes(canary)).toBe(false)
})

test('a key that senders sign with is kept readable for the intake alone, rotates with overlap and goes with its input', async () => {
  await using fixture = await openFixture()
  const { inputs } = fixture.plane
  const { input, key, credentials } = await made(fixture, { label: 'a', type: 'signed' })
  expect(credentials).toEqual({ account: 'default', secret: key })
  expect(inputs.signingKeys('signed')).toMatchObject([{ text: key, input: { id: input.id } }])
  const rotated = (await ask(fixture, 'POST', `inputs/${input.id}/rotate-key`, { overlapSeconds: 60 })).json()
  expect(inputs.signingKeys('signed').map(({ text }) => text)).toEqual([key, rotated.key])
  fixture.clock.ahead = 61_000
  expect(inputs.signingKeys('signed').map(({ text }) => text)).toEqual([rotated.key])
  expect((await ask(fixture, 'DELETE', `inputs/${input.id}`)).statusCode).toBe(204)
  expect(inputs.signingKeys('signed')).toEqual([])
})

test('an input that nobody sends to has no key, and none can be made', async () => {
  await using fixture = await openFixture()
  const { input, key } = await made(fixture, { label: 'a', type: 'fetched', settings: { url: 'x' } })
  expect([key, input.keys]).toEqual([null, []])
  expect(fixture.plane.inputs.ofType('fetched')).toMatchObject([{ id: input.id, settings: { url: 'x' } }])
  expect((await ask(fixture, 'POST', `inputs/${input.id}/rotate-key`, {})).statusCode).toBe(409)
})
