import { expect, test } from 'vitest'
import { newCredential } from '../credentials.ts'
import { admin, type Fixture, ingestKey, openFixture } from '../fixture.ts'

async function ask(fixture: Fixture, method: 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) {
  const headers = { authorization: `Bearer ${admin.token}` }
  const answer = await fixture.api.inject({ method, url: `/api/v1/${url}`, headers, ...(payload && { payload }) })
  expect(answer.statusCode, answer.body).toBeLessThan(300)
  return answer.body === '' ? undefined : answer.json()
}

test('a key lets its input’s events in, from the answer that tells it on', async () => {
  await using fixture = await openFixture()
  const { input, key } = await ask(fixture, 'POST', 'inputs', { label: 'shop', type: 'webhook' })
  const snapshot = { id: input.id, label: 'shop', type: 'webhook', workspace: 'default', settings: { depth: 3 } }
  expect(fixture.plane.inputs.find(key)).toEqual(snapshot)
  expect(fixture.plane.inputs.find(ingestKey)).toMatchObject({ label: 'native' })
})

test('no other key lets anything in', async () => {
  await using fixture = await openFixture()
  const { key } = await ask(fixture, 'POST', 'inputs', { label: 'shop', type: 'native' })
  const foreign = newCredential('key')
  const sameId = foreign.text.replace(foreign.id, key.split('_')[2])
  const wrong = [
    foreign.text,
    sameId,
    key.toLowerCase(),
    `${key} `,
    key.slice(0, -1),
    '',
    'x'.repeat(10_240),
    admin.token,
  ]
  for (const text of wrong) expect(fixture.plane.inputs.find(text), text.slice(0, 100)).toBeUndefined()
})

test('a rotated key goes on for as long as was said, and one that leaked ends at once', async () => {
  await using fixture = await openFixture()
  const { plane, clock } = fixture
  const { input, key: first } = await ask(fixture, 'POST', 'inputs', { label: 'shop', type: 'native' })
  const { key: second } = await ask(fixture, 'POST', `inputs/${input.id}/rotate-key`, { overlapSeconds: 60 })
  expect([first, second].map((key) => plane.inputs.find(key)?.label)).toEqual(['shop', 'shop'])
  clock.ahead = 61_000
  expect([first, second].map((key) => plane.inputs.find(key)?.label)).toEqual([undefined, 'shop'])

  const { key: third } = await ask(fixture, 'POST', `inputs/${input.id}/rotate-key`, { overlapSeconds: 0 })
  expect([first, second, third].map((key) => plane.inputs.find(key)?.label)).toEqual([undefined, undefined, 'shop'])
  const { input: after } = await ask(fixture, 'PATCH', `inputs/${input.id}`, {})
  expect(after ?? (await ask(fixture, 'PATCH', `inputs/${input.id}`, {}))).toMatchObject({
    keys: [{ expiresAt: null }],
  })
})

test('an input that is disabled, renamed or deleted is so at once', async () => {
  await using fixture = await openFixture()
  const { input, key } = await ask(fixture, 'POST', 'inputs', { label: 'shop', type: 'native' })
  await ask(fixture, 'PATCH', `inputs/${input.id}`, { isEnabled: false })
  expect(fixture.plane.inputs.find(key)).toBeUndefined()
  await ask(fixture, 'PATCH', `inputs/${input.id}`, { isEnabled: true, label: 'store' })
  expect(fixture.plane.inputs.find(key)).toMatchObject({ label: 'store' })
  await ask(fixture, 'DELETE', `inputs/${input.id}`)
  expect(fixture.plane.inputs.find(key)).toBeUndefined()
})

test('the inputs of an archived workspace let nothing in', async () => {
  await using fixture = await openFixture()
  await ask(fixture, 'POST', 'workspaces', { id: 'lab', name: 'Lab' })
  expect(fixture.asked).toContainEqual({ method: 'openWorkspace', workspace: 'lab' })
  const { key } = await ask(fixture, 'POST', 'inputs?workspace=lab', { label: 'native', type: 'native' })
  expect(fixture.plane.inputs.find(key)).toMatchObject({ workspace: 'lab' })
  await ask(fixture, 'POST', 'workspaces/lab/archive')
  expect(fixture.plane.inputs.find(key)).toBeUndefined()
  expect(await fixture.plane.workspaces()).toEqual(['default'])
})
