import { expect, test } from 'vitest'
import { exchange } from './golden.fixture.ts'
import { native } from './native.ts'
import { inputOf } from './request.fixture.ts'

const keys = [{ text: 'k', input: inputOf('native', native.settings.parse({}) as Record<string, unknown>) }]
const headers = { authorization: 'Bearer k', 'content-type': 'application/json' }

function put(key: string, body: string, isNew = false) {
  return exchange(native, keys, { method: 'PUT', url: `/api/v1/buckets/${key}`, headers, body }, isNew)
}

test('a bucket is named by the key of an input, and made where there is none', () => {
  expect(put('my%20cellar', '{"name":"Cellar"}', true)).toMatchObject({
    input: 'i1',
    bucket: { key: 'my cellar', name: 'Cellar' },
    events: [],
    reply: { status: 201, body: { key: 'my cellar', name: 'Cellar' } },
  })
  expect(put('cellar', '{"name":""}').reply).toMatchObject({ status: 200, body: { key: 'cellar' } })
})

test.each([
  ['a:b', '{"name":"n"}'],
  ['a%00b', '{"name":"n"}'],
  ['a', '{}'],
  ['a', '[]'],
  ['a', 'null'],
  ['a', ''],
  ['a', '{"name":1}'],
  ['a', `{"name":"${'n'.repeat(251)}"}`],
])('of key %s and body %s nothing is made', (key, body) => {
  expect(put(key, body).reply.status).toBe(400)
})

test('other methods at the path are not the intake’s', () => {
  for (const method of ['GET', 'PATCH', 'DELETE'])
    expect(() => exchange(native, keys, { method, url: '/api/v1/buckets/x', headers })).toThrow('not for')
})
