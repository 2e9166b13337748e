import { afterEach, beforeEach, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

async function ask(method: 'GET' | 'POST', path: string, body?: unknown) {
  const headers = { authorization: admin.token, 'content-type': 'application/json' }
  const payload = body === undefined ? {} : { payload: JSON.stringify(body) }
  const answer = await fixture.api.inject({ method, url: `/v1/${path}`, headers, ...payload })
  return { status: answer.statusCode, body: answer.json() }
}
const workspace = async (): Promise<number> => (await ask('GET', 'workspaces')).body[0].id

test('DATORAMA-19: columns by which things are told apart are dimensions', async () => {
  const id = await workspace()
  expect(await ask('GET', `workspaces/${id}/dimensions`)).toEqual({
    status: 200,
    body: [{ id: 1, workspaceId: id, name: '_id', systemName: '_id', type: 'VARCHAR', table: 'click' }],
  })
  expect((await ask('GET', 'workspaces/99/dimensions')).status).toBe(404)
})

test('DATORAMA-20 to 22: a pattern derives from a dimension, and fills a harmonised one', async () => {
  const id = await workspace()
  await ask('GET', `workspaces/${id}/dimensions`)
  const headers = { authorization: `Bearer ${admin.token}` }
  const payload = { name: 'Region', members: [{ table: 'click', column: '_id' }] }
  const harmonised = { method: 'POST', url: '/api/v1/harmonised-dimensions', headers, payload } as const
  const native = await fixture.api.inject(harmonised)
  expect(native.statusCode, native.body).toBe(201)
  expect((await ask('GET', `workspaces/${id}/harmonized-dimensions`)).body).toMatchObject([
    { id: 1, workspaceId: id, name: 'Region', createTime: expect.any(Number) },
  ])
  const draft = { name: 'Region of id', workspaceId: id, harmonizedDimensionId: 1, pattern: '^([^_]+)_', note: 'mine' }
  const made = await ask('POST', 'harmonization/patterns', draft)
  expect(made, JSON.stringify(made.body)).toMatchObject({
    status: 200,
    body: { id: 1, ...draft, createUser: admin.email },
  })
  expect((await ask('GET', `workspaces/${id}/patterns`)).body).toEqual([made.body])
  const patterns = await fixture.api.inject({ url: '/api/v1/patterns', headers })
  const [pattern] = patterns.json().items
  expect(pattern).toMatchObject({
    sources: [{ table: 'click', column: '_id' }],
    rule: { kind: 'regex', expression: '^([^_]+)_', group: 1 },
  })
  const after = await fixture.api.inject({ url: `/api/v1/harmonised-dimensions/${native.json().id}`, headers })
  expect(after.json().members).toEqual([{ table: 'click', pattern: pattern.id }])

  for (const wrong of [
    { ...draft, name: '' },
    { ...draft, pattern: undefined },
    { ...draft, workspaceId: undefined },
  ]) {
    expect((await ask('POST', 'harmonization/patterns', wrong)).status).toBe(400)
  }
  expect((await ask('POST', 'harmonization/patterns', { ...draft, name: 'x', dimensionId: 9 })).status).toBe(404)
  expect((await ask('GET', `workspaces/${id}/patterns`)).body).toHaveLength(1)
})

test('DATORAMA-23, 24, Q5: a measurement whose formula names what is not there waits, and says so', async () => {
  const path = `workspaces/${await workspace()}/calculated-measurements`
  expect(await ask('POST', path)).toMatchObject({ status: 400, body: { errors: expect.stringContaining('empty') } })
  expect((await ask('POST', path, { name: 'x' })).status).toBe(400)
  expect((await ask('POST', path, { name: 'x', formula: '1 +' })).status).toBe(400)
  const draft = { name: 'CTR', formula: '[Clicks] / [Shown]', note: 'mine' }
  const waiting = await ask('POST', path, draft)
  expect(waiting).toMatchObject({
    status: 200,
    body: { id: 1, name: 'CTR', formula: '"Clicks" / "Shown"', note: 'mine', error: expect.any(String) },
  })
  const made = await ask('POST', path, { name: 'All', formula: 'count()' })
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 200, body: { id: 2, error: null } })
  expect((await ask('GET', path)).body).toEqual([made.body, waiting.body])
})
