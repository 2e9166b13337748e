import { beforeEach, describe, expect, test } from 'vitest'
import type { InputSnapshot } from '../../inputs.ts'
import { admin, type Fixture, openFixture } from '../fixture.ts'

async function ask(fixture: Fixture, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) {
  const headers = { authorization: `Bearer ${admin.token}` }
  const answer = await fixture.api.inject({ method, url: `/api/v1/${url}`, headers, ...(payload && { payload }) })
  expect(answer.statusCode, answer.body).toBeLessThan(300)
  return answer.body === '' ? undefined : answer.json()
}

describe('buckets', () => {
  let fixture: Fixture
  let input: InputSnapshot
  beforeEach(async () => {
    fixture = await openFixture()
    input = await inputOf('shop')
    return () => fixture[Symbol.asyncDispose]()
  })

  async function inputOf(label: string): Promise<InputSnapshot> {
    const { input } = await ask(fixture, 'POST', 'inputs', { label, type: 'native' })
    return { id: input.id, label, type: 'native', workspace: 'default', settings: {} }
  }
  const find = (bucket: { key: string; name?: string }, of = input) => fixture.plane.findBucket(of, bucket)
  const list = async () => (await ask(fixture, 'GET', 'buckets')).items

  test('are made when they are first heard of, once, however many ask at a time', async () => {
    const found = await Promise.all(Array.from({ length: 10 }, () => find({ key: 'cellar' })))
    expect(found.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(new Set(found.map(({ eventType }) => eventType))).toEqual(new Set(['cellar']))
    expect(await list()).toMatchObject([{ key: 'cellar', name: '', eventType: 'cellar', inputId: input.id }])
  })

  test('are named by whoever names them last, and keep their name when it is not said', async () => {
    await find({ key: 'cellar' })
    expect(await find({ key: 'cellar', name: 'The cellar' })).toEqual({ eventType: 'cellar', isNew: false })
    await find({ key: 'cellar' })
    const [{ id, name }] = await list()
    expect(name).toBe('The cellar')
    expect(await ask(fixture, 'PATCH', `buckets/${id}`, { name: 'Vault' })).toMatchObject({
      key: 'cellar',
      name: 'Vault',
    })
    await find({ key: 'cellar', name: 'The cellar' })
    expect(await ask(fixture, 'GET', `buckets/${id}`)).toMatchObject({ name: 'The cellar' })
  })

  test('of one key and two inputs have two event types', async () => {
    const other = await inputOf('other')
    const types = [
      await find({ key: 'cellar' }),
      await find({ key: 'cellar' }, other),
      await find({ key: 'cellar' }, other),
    ]
    expect(types.map(({ eventType }) => eventType)).toEqual(['cellar', 'cellar other', 'cellar other'])
  })

  test('of long keys have event types of their own, within the limit', async () => {
    const keys = ['a', 'b'].map((end) => `${'k'.repeat(249)}${end}`)
    const types = await Promise.all(keys.map(async (key) => (await find({ key })).eventType))
    expect(new Set(types).size).toBe(2)
    for (const type of types) expect(type.length).toBeLessThanOrEqual(128)
  })

  test('that are forgotten are made anew by the next event, and go with their input', async () => {
    await find({ key: 'cellar', name: 'Old' })
    await ask(fixture, 'DELETE', `buckets/${(await list())[0].id}`)
    expect(await list()).toEqual([])
    expect(await find({ key: 'cellar' })).toEqual({ eventType: 'cellar', isNew: true })
    expect(await list()).toMatchObject([{ name: '' }])
    await ask(fixture, 'DELETE', `inputs/${input.id}`)
    expect(await list()).toEqual([])
  })
})
