/** Several mappings changed as one: all of them and only if they are kept, or none. */
import { expect, it } from 'vitest'
import { MillraceError } from '../errors.ts'
import { testMapper } from './fixtures.ts'
import type { Mapping } from './mapping.ts'
import type { FieldChange, MappingChange } from './mapping-change/change.ts'

const id: FieldChange = { path: ['id'], column: 'id', type: 'BIGINT' }
const into = (table: string, fields: readonly FieldChange[] = [id]): MappingChange => ({
  mode: 'STRICT',
  table,
  fields,
})

it('makes what can only be together, and what is removed makes room', async () => {
  const mapper = testMapper()
  await mapper.set('old', into('orders', [{ ...id, type: 'VARCHAR' }]))
  let made: readonly Mapping[] = []
  const commit = async (versions: readonly Mapping[]) => {
    made = versions
    return true
  }
  await mapper.setTogether(
    [
      ['one', into('sales')],
      ['two', into('sales')],
      ['old', null],
    ],
    { commit },
  )
  expect(made.map(({ eventType, version, isForgotten }) => [eventType, version, isForgotten])).toEqual([
    ['old', 2, true],
    ['one', 1, false],
    ['two', 1, false],
  ])
  expect(mapper.mappings().map(({ eventType }) => eventType)).toEqual(['one', 'two'])
})

it('changes nothing where the versions are not kept, or keeping them fails', async () => {
  const mapper = testMapper()
  await mapper.setTogether([['one', into('sales')]], { commit: async () => false })
  expect(mapper.mappings()).toEqual([])
  const failing = mapper.setTogether([['one', into('sales')]], {
    commit: () => Promise.reject(new Error('disk')),
  })
  await expect(failing).rejects.toThrow('disk')
  expect(mapper.mappings()).toEqual([])
})

it('tells every mistake in all of them, and asks nobody to keep anything', async () => {
  const mapper = testMapper()
  let asked = 0
  const wrong = into('sales', [{ ...id, type: 'INTEGRE' }])
  const refusal: unknown = await mapper
    .setTogether(
      [
        ['one', wrong],
        ['two', into('sales', [{ path: [], column: 'x' }])],
        ['fine', into('fine')],
      ],
      {
        commit: async () => ++asked > 0,
      },
    )
    .catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(MillraceError)
  expect((refusal as MillraceError).fields?.map(({ field }) => field)).toEqual([
    'one.fields.0.type',
    'two.fields.0.path',
  ])
  expect([asked, mapper.mappings()]).toEqual([0, []])
})

it('makes versions under the default mode that comes with them', async () => {
  const mapper = testMapper()
  const commit = async () => true
  await mapper.setTogether([['one', { table: 'sales', fields: [id] }]], { mode: 'STRICT', commit })
  expect(mapper.mappings()[0]).toMatchObject({ mode: 'STRICT', usesDefaultMode: true })
})
