import { beforeEach, describe, expect, it } from 'vitest'
import { admin, type Fixture, openFixture } from '../fixture.ts'

describe('event types', () => {
  let fixture: Fixture
  beforeEach(async () => {
    fixture = await openFixture()
    return () => fixture[Symbol.asyncDispose]()
  })

  const ask = async (url: string) => {
    const headers = { authorization: `Bearer ${admin.token}` }
    const answer = await fixture.api.inject({ url: `/api/v1/${url}`, headers })
    return { status: answer.statusCode, body: answer.json() }
  }
  const mapping = { mode: 'AUTO_MAP', fields: [] }
  const save = (eventType: string, version: number, more: object = {}) =>
    fixture.plane.saveMapping('default', { ...mapping, eventType, version, table: eventType, ...more })

  it('that were forgotten are not there, and leave no gap in the pages of those that are', async () => {
    const known = (await ask('event-types?limit=100')).body.items.length
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) await save(name, 1)
    for (const name of ['a1', 'a2', 'a4']) await save(name, 2, { isForgotten: true })
    const first = (await ask('event-types?limit=2')).body
    expect(first.items.map(({ name }: { name: string }) => name)).toEqual(['a3', 'a5'])
    expect((await ask('event-types?limit=100')).body.items).toHaveLength(known + 2)
    expect((await ask('event-types/a1')).status).toBe(404)
    expect((await ask('event-types/a3')).status).toBe(200)
  })
})
