import { afterEach, beforeEach, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../fixture.ts'
import type { Role } from '../permissions.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

async function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, token = admin.token) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fixture.api.inject({ method, url: `/api/v1/${url}`, headers, ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.body === '' ? undefined : answer.json() }
}

const mint = (token: string, role: Role, more: object = {}) =>
  ask('POST', 'tokens', { label: role, role, ...more }, token)
const tokenWith = async (role: Role, more: object = {}): Promise<string> =>
  (await mint(admin.token, role, more)).body.text
const invite = async (email: string, role: Role) => (await ask('POST', 'users', { email, role })).body.user.id as string
const myId = async () => (await ask('GET', 'session')).body.user.id as string

async function cookieOf(email: string, password: string): Promise<Record<string, string>> {
  const answer = await fixture.api.inject({ method: 'POST', url: '/api/v1/session', payload: { email, password } })
  return { cookie: String(answer.headers['set-cookie']).split(';')[0]!, 'x-millrace-csrf': '1' }
}

test('the last owner can be neither removed nor made less', async () => {
  const me = await myId()
  expect(await ask('DELETE', `users/${me}`)).toMatchObject({ status: 409, body: { code: 'conflict' } })
  expect((await ask('PATCH', `users/${me}`, { role: 'admin' })).status).toBe(409)
  expect((await ask('PATCH', `users/${me}`, { role: 'owner' })).status).toBe(200)

  const second = await invite('second@localhost', 'owner')
  expect((await ask('PATCH', `users/${second}`, { role: 'editor' })).status).toBe(200)
  expect((await ask('DELETE', `users/${me}`)).status).toBe(409)
  await ask('PATCH', `users/${second}`, { role: 'owner' })
  expect((await ask('DELETE', `users/${me}`)).status).toBe(204)
})

test('nobody gives, changes or takes away a role stronger than their own', async () => {
  const asAdmin = await tokenWith('admin')
  const me = await myId()
  const other = await invite('other@localhost', 'viewer')
  expect((await ask('POST', 'users', { email: 'x@localhost', role: 'owner' }, asAdmin)).status).toBe(403)
  expect((await ask('PATCH', `users/${other}`, { role: 'owner' }, asAdmin)).status).toBe(403)
  expect((await ask('PATCH', `users/${me}`, { role: 'viewer' }, asAdmin)).status).toBe(403)
  expect((await ask('DELETE', `users/${me}`, undefined, asAdmin)).status).toBe(403)
  expect((await ask('PATCH', `users/${other}`, { role: 'admin' }, asAdmin)).status).toBe(200)
})

test('a token makes none that is stronger, none that lives longer, and none elsewhere', async () => {
  const editor = await tokenWith('editor', { expiresInDays: 10 })
  for (const role of ['owner', 'admin'] as const) expect((await mint(editor, role)).status, role).toBe(403)
  expect((await mint(editor, 'editor', { expiresInDays: 11 })).status).toBe(403)
  expect((await mint(editor, 'editor', { expiresInDays: null })).status).toBe(403)
  expect((await mint(editor, 'editor', { expiresInDays: 9 })).status).toBe(201)
  await ask('POST', 'workspaces', { id: 'other', name: 'Other' })
  expect((await ask('POST', 'tokens?workspace=other', { label: 'x', role: 'viewer' }, editor)).status).toBe(404)
})

test('a token of one workspace creates none, not even the first user’s', async () => {
  const owner = await tokenWith('owner')
  expect((await ask('POST', 'workspaces', { id: 'other', name: 'Other' }, owner)).status).toBe(403)
  expect((await ask('POST', 'workspaces', { id: 'other', name: 'Other' })).status).toBe(201)
  expect((await ask('POST', 'workspaces', { id: 'other', name: 'Other' })).status).toBe(409)
})

test('a token lives as long as was said, and no longer than until it is revoked', async () => {
  const { body } = await mint(admin.token, 'viewer', { expiresInDays: 1 })
  const revoked = await mint(admin.token, 'viewer')
  expect((await ask('GET', 'inputs', undefined, body.text)).status).toBe(200)
  await ask('DELETE', `tokens/${revoked.body.token.id}`)
  expect((await ask('GET', 'inputs', undefined, revoked.body.text)).status).toBe(401)
  fixture.clock.ahead = 24 * 3_600_000 + 1000
  expect((await ask('GET', 'inputs', undefined, body.text)).status).toBe(401)
})

test('a token may no more than its user may now, and goes with them', async () => {
  const { body } = await ask('POST', 'users', { email: 'editor@localhost', role: 'editor' })
  const cookie = await cookieOf('editor@localhost', body.password)
  const payload = { label: 'mine', role: 'editor' }
  const made = await fixture.api.inject({ method: 'POST', url: '/api/v1/tokens', headers: cookie, payload })
  const { text } = made.json()
  const create = async (label: string) => (await ask('POST', 'inputs', { label, type: 'native' }, text)).status
  expect(await create('a')).toBe(201)
  await ask('PATCH', `users/${body.user.id}`, { role: 'viewer' })
  expect(await create('b')).toBe(403)
  await ask('DELETE', `users/${body.user.id}`)
  expect(await create('c')).toBe(401)
  expect((await fixture.api.inject({ url: '/api/v1/inputs', headers: cookie })).statusCode).toBe(404)
})

test('one sees and revokes one’s own tokens; whoever manages users those of all', async () => {
  const { body } = await ask('POST', 'users', { email: 'analyst@localhost', role: 'analyst' })
  const cookie = await cookieOf('analyst@localhost', body.password)
  const mine = await fixture.api.inject({
    method: 'POST',
    url: '/api/v1/tokens',
    headers: cookie,
    payload: { label: 'mine', role: 'viewer' },
  })
  const other = (await mint(admin.token, 'viewer')).body.token.id
  const seen = await fixture.api.inject({ url: '/api/v1/tokens', headers: cookie })
  expect(seen.json().items).toMatchObject([{ label: 'mine' }])
  const revoke = (id: string) => fixture.api.inject({ method: 'DELETE', url: `/api/v1/tokens/${id}`, headers: cookie })
  expect((await revoke(other)).statusCode).toBe(404)
  expect((await ask('GET', 'tokens')).body.items).toHaveLength(2)
  expect((await revoke(mine.json().token.id)).statusCode).toBe(204)
})

test('somebody who has an account already gets a role and no new password', async () => {
  await ask('POST', 'workspaces', { id: 'other', name: 'Other' })
  const first = await ask('POST', 'users', { email: 'known@localhost', role: 'viewer' })
  const second = await ask('POST', 'users?workspace=other', { email: 'KNOWN@localhost', role: 'admin' })
  expect(second.body).toEqual({ user: { ...first.body.user, role: 'admin', createdAt: expect.any(String) } })
  expect((await ask('POST', 'users', { email: 'known@localhost', role: 'viewer' })).status).toBe(409)
})

test('a workspace that is archived is gone for everybody, and default cannot be', async () => {
  await ask('POST', 'workspaces', { id: 'lab', name: 'Lab' })
  expect((await ask('PATCH', 'workspaces/lab', { name: 'Laboratory' })).body).toMatchObject({ name: 'Laboratory' })
  expect((await ask('POST', 'workspaces/lab/archive')).status).toBe(204)
  expect(fixture.asked.at(-1)).toEqual({ method: 'closeWorkspace', workspace: 'lab' })
  expect((await ask('GET', 'inputs?workspace=lab')).status).toBe(404)
  expect((await ask('GET', 'workspaces')).body.items).toMatchObject([
    { id: 'default', archivedAt: null },
    { id: 'lab', archivedAt: expect.any(String) },
  ])
  expect((await ask('POST', 'workspaces/default/archive')).status).toBe(409)
})
