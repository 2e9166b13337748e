import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, made } from '../api/ask.fixture.ts'
import { admin, type Fixture, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const put = (name: string, entries: object) => ask(fixture, 'PUT', `transforms/lookups/${name}`, { entries })
const loaded = async () => (await fixture.plane.loadDeployment('default'))?.lookups

test('a lookup is made, read, replaced and deleted, each a version of the code', async () => {
  const berlin = { name: 'Berlin', districts: [1, 2] }
  expect((await put('cities', { b: berlin })).body).toMatchObject({ version: 1, changed: ['lookup cities'] })
  expect(await made(fixture, 'GET', 'transforms/lookups/cities')).toMatchObject({
    keys: 1,
    since: 1,
    entries: { b: berlin },
  })
  await put('cities', { m: 'Munich', h: null })
  expect(await loaded()).toEqual({ cities: { m: 'Munich', h: null } })
  expect(await made(fixture, 'GET', 'transforms/lookups')).toEqual({
    items: [{ name: 'cities', keys: 2, since: 2, bytes: 23 }],
  })
  expect(await made(fixture, 'DELETE', 'transforms/lookups/cities')).toMatchObject({ version: 3 })
  expect(await loaded()).toEqual({})
  expect((await ask(fixture, 'GET', 'transforms/lookups/cities')).status).toBe(404)
  expect((await ask(fixture, 'DELETE', 'transforms/lookups/cities')).status).toBe(404)
})

test('a rollback brings an old lookup back', async () => {
  await put('cities', { a: 1 })
  await put('cities', { a: 2 })
  await made(fixture, 'POST', 'transforms/versions/1/rollback', {})
  expect(await loaded()).toEqual({ cities: { a: 1 } })
})

test('what a lookup was a hundred versions ago is forgotten, unless a later version has it; code never is', async () => {
  const same = '{"a":0}'
  await put('kept', { a: 0 })
  await put('changing', { a: -1 })
  await made(fixture, 'PUT', 'transforms/modules/helper', { code: same, language: 'javascript' })
  for (let count = 0; count < 100; count++) await put('changing', { a: count })
  const texts = () => {
    const database = new DatabaseSync(fixture.path, { readOnly: true })
    const rows = database.prepare('select text from transform_texts').all()
    database.close()
    return rows.map(({ text }) => text)
  }
  expect(texts().filter((text) => text === same)).toHaveLength(2) // a lookup, and code
  expect(texts()).not.toContain('{"a":-1}')
  expect(texts()).toContain('{"a":1}')
  expect(await ask(fixture, 'POST', 'transforms/versions/2/rollback', {})).toMatchObject({ status: 409 })
  expect(await loaded()).toEqual({ kept: { a: 0 }, changing: { a: 99 } })
}, 30_000)

test('a lookup has at most 1 MiB, and all together at most 16', async () => {
  const large = { a: 'x'.repeat(1024 * 1024 - 8) }
  expect(await put('larger', { a: `${large.a}x` })).toMatchObject({ status: 413, body: { code: 'request_too_large' } })
  for (let count = 0; count < 16; count++) expect((await put(`l${count}`, large)).status).toBe(200)
  expect(await put('one_more', { a: 'small' })).toMatchObject({ status: 413 })
  expect((await put('l0', { a: 'small' })).status).toBe(200)
})

const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`

test.each([
  ['no object', '[1]', 'invalid_request'],
  ['a hundred levels', nested(100), 'too_deep'],
  ['a hundred thousand levels', nested(100_000), 'too_deep'],
])('%s is refused', async (_, entries, code) => {
  const answer = await fixture.api.inject({
    method: 'PUT',
    url: '/api/v1/transforms/lookups/cities',
    headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
    payload: `{"entries":${entries}}`,
  })
  expect(answer.json(), answer.body).toMatchObject({ status: 400, code })
})

test('a name that is none is refused', async () => {
  expect(await put('a-b', { a: 1 })).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})
