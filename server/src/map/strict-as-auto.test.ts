/** A mapping that has all fields gives the same rows whatever its mode, and a mapping of old is read as it was meant. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inputOf, rowsOf, testMapper } from './fixtures.ts'
import { mappingDefaults, mappingSchema } from './mapping.ts'
import { changeOf } from './mapping-change/change.ts'
import { anyTokens } from './meaning.ts'

const anyEvents = fc
  .dictionary(fc.constantFrom('a', 'b', 'c d', '"', 'a.b'), anyTokens, { maxKeys: 4 })
  .map((columns) => Array.from({ length: 6 }, (_, row) => eventOf(columns, row)))

/** An event of each column's values in turn, some of them one object deeper. */
function eventOf(columns: Record<string, string[]>, row: number): string {
  const members = Object.entries(columns).map(([key, tokens], place) => {
    const token = tokens[row % tokens.length]!
    return `${JSON.stringify(key)}:${place % 2 === 0 ? token : `{"in":${token}}`}`
  })
  return `{${members.join()}}`
}

it.each(['STRICT', 'FLEXIBLE'] as const)('%s with a full mapping gives the rows that AUTO_MAP gives', async (mode) => {
  await fc.assert(
    fc.asyncProperty(anyEvents, anyEvents, async (first, second) => {
      const auto = testMapper()
      const input = (events: readonly string[]) =>
        inputOf(
          events.map((event) => ['test', event]),
          { ids: events.map((_, n) => `e${n}`) },
        )
      await auto.map([input(first), input(second)])
      fc.pre(auto.mappings().length > 0)
      const mapper = testMapper(auto.mappings())
      await mapper.set('test', { ...changeOf(auto.mappings()[0]!), mode, usesDefaultMode: false })
      for (const events of [first, second, [...first, ...second]]) {
        const expected = await auto.map([input(events)])
        const found = await mapper.map([input(events)])
        expect(found.failures).toEqual(
          expected.failures.map((failure) => ({ ...failure, mappingVersion: expect.anything() })),
        )
        expect(found.tables.map(rowsOf)).toEqual(expected.tables.map(rowsOf))
        expect(found.changed.length).toBe(0)
      }
    }),
    { numRuns: 200 },
  )
})

it('a mapping of before there were modes is one of AUTO_MAP that nobody has touched', async () => {
  const fields = [{ path: ['a'], column: 'a', type: 'VARCHAR', seen: { kind: 'text' } }]
  const old = { eventType: 'test', version: 3, table: 'test', mode: 'AUTO_MAP', fields, isFull: false }
  expect(mappingSchema.parse(old)).toEqual({ ...mappingDefaults, ...old, fields: [{ ...fields[0], origin: 'auto' }] })
  const mapper = testMapper([old as never])
  const { changed, rowCount } = await mapper.map([inputOf([['test', { a: 'x' }]])])
  expect([changed, rowCount]).toEqual([[], 1])
})
