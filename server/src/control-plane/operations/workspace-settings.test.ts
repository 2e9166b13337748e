import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, made, tokenOf } from '../api/ask.fixture.ts'
import { type Fixture, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

test('what a workspace is set to is told in one piece, and changed in one', async () => {
  expect(await made(fixture, 'GET', 'settings')).toMatchObject({
    mappingMode: 'AUTO_MAP',
    transforms: { order: null, limits: { eventMs: expect.any(Number) } },
    restreamLimits: { eventsMax: 10, bytesMax: 1000 },
  })
  const changed = await made(fixture, 'PATCH', 'settings', { name: 'Shops', mappingMode: 'STRICT' })
  expect(changed).toMatchObject({ name: 'Shops', mappingMode: 'STRICT' })
  expect(await made(fixture, 'GET', 'settings')).toEqual(changed)
  expect(await made(fixture, 'GET', 'mapping-mode')).toEqual({ mode: 'STRICT' })
  expect(fixture.asked).toContainEqual({ method: 'mappings.setMode', workspace: 'default', argument: 'STRICT' })
  const { items } = (await made(fixture, 'GET', 'audit')) as { items: object[] }
  expect(items[0]).toMatchObject({ action: 'settings.updated', detail: { name: 'Shops', mappingMode: 'STRICT' } })
})

test('a part that is wrong changes nothing, and what is not given stays', async () => {
  await made(fixture, 'PATCH', 'settings', { mappingMode: 'FLEXIBLE' })
  const before = await made(fixture, 'GET', 'settings')
  for (const wrong of [{ name: 'A', mappingMode: 'LAX' }, { name: ' A' }, { limits: {} }])
    expect((await ask(fixture, 'PATCH', 'settings', wrong)).status).toBe(400)
  expect(await made(fixture, 'GET', 'settings')).toEqual(before)
  expect(await made(fixture, 'PATCH', 'settings', {})).toEqual(before)
})

test('an editor sees the settings, an admin changes them', async () => {
  const editor = await tokenOf(fixture, 'editor')
  expect((await ask(fixture, 'GET', 'settings', undefined, editor)).status).toBe(200)
  expect((await ask(fixture, 'PATCH', 'settings', { name: 'X' }, editor)).status).toBe(403)
  expect((await ask(fixture, 'GET', 'settings', undefined, await tokenOf(fixture, 'viewer'))).status).toBe(403)
})

test('the output tells what it is, how it is doing, and no secret', async () => {
  const { items } = (await made(fixture, 'GET', 'outputs')) as { items: object[] }
  expect(items).toEqual([
    {
      id: 'destination',
      type: 'duckdb',
      title: 'DuckDB',
      settings: { memoryLimitMb: 320 },
      state: 'running',
      reason: null,
      tableCount: 1,
      rowCount: 12,
      bytes: 2,
      lagEvents: 8,
      loadedPerMinute: expect.any(Number),
    },
  ])
  expect((await ask(fixture, 'GET', 'outputs', undefined, await tokenOf(fixture, 'viewer'))).status).toBe(200)
})
