import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, made } from '../api/ask.fixture.ts'
import { type Fixture, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const put = (name: string, value: string) => made(fixture, 'PUT', `transforms/secrets/${name}`, { value })
const loaded = () => fixture.plane.loadDeployment('default')

test('a secret is a version of the code, which gets its value, and whose list has its name', async () => {
  expect(await put('salt', 'first')).toMatchObject({ version: 1, changed: ['secret salt'] })
  expect(await put('salt', 'second')).toMatchObject({ version: 2, changed: ['secret salt'] })
  expect(await made(fixture, 'GET', 'transforms/secrets')).toEqual({ items: [{ name: 'salt', since: 2 }] })
  expect(await loaded()).toMatchObject({ version: 2, secrets: { salt: 'second' } })
  expect(fixture.asked.at(-1)).toMatchObject({ method: 'transforms.deploy', argument: { secrets: { salt: 'second' } } })
})

test('a deleted secret is gone, and no rollback brings it or an old value back', async () => {
  await put('salt', 'first')
  await put('pepper', 'old')
  await put('pepper', 'new')
  await made(fixture, 'DELETE', 'transforms/secrets/salt')
  await made(fixture, 'POST', 'transforms/versions/2/rollback', {})
  expect(await loaded()).toMatchObject({ version: 5, secrets: { pepper: 'new' } })
  expect((await loaded())?.secrets).not.toHaveProperty('salt')
  expect((await ask(fixture, 'DELETE', 'transforms/secrets/salt')).status).toBe(404)
})

test('a value is nowhere to be seen: not in answers, the audit or the database', async () => {
  const canary = 'canary-of-a-secret-of-code'
  await put('salt', canary)
  await made(fixture, 'PUT', 'transforms/modules/main', {
    code: 'export function transform() {}',
    language: 'javascript',
  })
  for (const url of ['secrets', 'versions', 'versions/1', 'versions/2/difference', 'types', 'state', 'settings'])
    expect(JSON.stringify(await made(fixture, 'GET', `transforms/${url}`))).not.toContain(canary)
  expect((await ask(fixture, 'GET', 'audit')).text).not.toContain(canary)
  for (const file of [fixture.path, `${fixture.path}-wal`]) expect(readFileSync(file).includes(canary)).toBe(false)
})

test.each([
  ['a name that is none', '1a', 'x'],
  ['an empty value', 'a', ''],
  ['more than 64 KiB', 'a', 'é'.repeat(40_000)],
])('%s is a bad request', async (_, name, value) => {
  expect(await ask(fixture, 'PUT', `transforms/secrets/${name}`, { value })).toMatchObject({ status: 400 })
})
