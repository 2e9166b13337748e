import { expect, test } from 'vitest'
import { admin, openFixture } from './fixture.ts'

const mapping = (version: number, column = 'a') => ({
  eventType: 'page/view é',
  version,
  table: 'page_view',
  mode: 'AUTO_MAP',
  fields: [{ path: ['a'], column, type: 'BIGINT' }],
})

test('a mapping is kept by version and told by the API', async () => {
  await using fixture = await openFixture()
  const { plane, api } = fixture
  for (const version of [1, 2, 10]) await plane.saveMapping('default', mapping(version))
  expect(await plane.loadMappings('default')).toEqual([mapping(10)])
  expect(await plane.loadMappings('elsewhere')).toEqual([])

  const ask = async (url: string) => {
    const answer = await api.inject({ url: `/api/v1/${url}`, headers: { authorization: `Bearer ${admin.token}` } })
    return { status: answer.statusCode, body: answer.json() }
  }
  const name = encodeURIComponent(mapping(1).eventType)
  const list = await ask('event-types')
  expect(list.body.items).toMatchObject([
    { name: mapping(1).eventType, table: 'page_view', mappingVersion: 10, tableRows: null },
  ])
  const one = await ask(`event-types/${name}`)
  expect(one.body).toMatchObject({ mapping: mapping(10), versions: [{ version: 10 }, { version: 2 }, { version: 1 }] })
  expect((await ask(`event-types/${name}/mappings/2`)).body).toMatchObject({ version: 2, mapping: mapping(2) })
  expect((await ask(`event-types/${name}/mappings/3`)).status).toBe(404)
  expect((await ask('event-types/none')).status).toBe(404)
})

test('a version never changes, and saying it again is harmless', async () => {
  await using fixture = await openFixture()
  await fixture.plane.saveMapping('default', mapping(1))
  await fixture.plane.saveMapping('default', mapping(1))
  await expect(fixture.plane.saveMapping('default', mapping(1, 'b'))).rejects.toMatchObject({ code: 'conflict' })
  expect(await fixture.plane.loadMappings('default')).toEqual([mapping(1)])
})
