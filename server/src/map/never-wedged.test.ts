/** Whatever people set and whatever comes in, no table is ever asked for what it cannot become. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MillraceError } from '../errors.ts'
import type { ColumnType } from '../rows.ts'
import { widens } from './field-type.ts'
import { inputOf, testMapper } from './fixtures.ts'
import type { MappingChange } from './mapping-change/change.ts'
import { anyToken } from './meaning.ts'
import { foldName } from './sql-name.ts'

const eventTypes = ['a', 'b', 'A']
const anyType = fc.constantFrom(...eventTypes)
const anyKey = fc.constantFrom('x', 'y', 'X', 'x_y')

const anyEvent = fc
  .tuple(anyType, fc.dictionary(anyKey, anyToken, { maxKeys: 3 }), fc.boolean())
  .map(([type, members, isDeep]): [string, string] => {
    const text = `{${Object.entries(members).map(([key, token]) => `"${key}":${token}`)}}`
    return [type, isDeep ? `{"x":${text}}` : text]
  })

const anyField = fc.record(
  {
    path: fc.oneof(
      anyKey.map((key) => [key]),
      anyKey.map((key) => ['x', key]),
    ),
    column: fc.constantFrom('x', 'y', 'x_y', 'z'),
    type: fc.constantFrom('BOOLEAN', 'BIGINT', 'DOUBLE', 'DECIMAL(9,2)', 'DATE', 'TIMESTAMP', 'VARCHAR', 'JSON'),
    origin: fc.constantFrom('auto' as const, 'user' as const),
    nonNull: fc.boolean(),
    isDiscarded: fc.constant(false),
  },
  { requiredKeys: ['path', 'column', 'type'] },
)

const anyChange: fc.Arbitrary<MappingChange> = fc.record(
  {
    mode: fc.constantFrom('AUTO_MAP', 'STRICT', 'FLEXIBLE'),
    table: fc.constantFrom('t', 'a', 'b'),
    onConflict: fc.constantFrom('widen', 'restream', 'null'),
    isDiscarded: fc.boolean(),
    primaryKey: fc.constantFrom([], ['x'], ['_id']),
    fields: fc.array(
      fc.oneof(anyField, fc.record({ path: anyKey.map((key) => [key]), isDiscarded: fc.constant(true) })),
      {
        maxLength: 4,
      },
    ),
  },
  { requiredKeys: ['fields'] },
)

const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.array(anyEvent, { minLength: 1, maxLength: 6 }).map((events) => ({ events })) },
  { weight: 4, arbitrary: fc.tuple(anyType, anyChange).map((set) => ({ set })) },
  { weight: 1, arbitrary: anyType.map((forget) => ({ forget })) },
  { weight: 1, arbitrary: fc.constantFrom('AUTO_MAP', 'STRICT', 'FLEXIBLE').map((mode) => ({ mode })) },
  { weight: 1, arbitrary: fc.constant({ restart: true }) },
)
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never

/** What a destination would have: of each table the columns, by folded name. */
class Tables {
  readonly #columns = new Map<string, Map<string, { name: string; type: ColumnType }>>()
  readonly #names = new Map<string, string>()

  evolve(name: string, wanted: readonly { name: string; type: ColumnType }[]): void {
    expect(this.#names.get(foldName(name)) ?? name).toBe(name)
    this.#names.set(foldName(name), name)
    const columns = this.#columns.get(name) ?? new Map()
    this.#columns.set(name, columns)
    expect(new Set(wanted.map((column) => foldName(column.name))).size).toBe(wanted.length)
    for (const column of wanted) {
      const present = columns.get(foldName(column.name)) ?? column
      expect(column.name).toBe(present.name)
      expect(widens(present.type, column.type), `${name}.${column.name}: ${present.type} to ${column.type}`).toBe(true)
      columns.set(foldName(column.name), column)
    }
  }
}

async function play(steps: readonly Step[]): Promise<void> {
  let mapper = testMapper()
  const newest = new Map<string, unknown>()
  const versions = new Map<string, number>()
  const tables = new Tables()
  for (const step of steps) {
    if ('events' in step) {
      const mapped = await mapper.map([inputOf(step.events)])
      expect(mapped.rowCount + mapped.failures.length + mapped.discarded).toBe(step.events.length)
      expect(mapped.failures.filter(({ code }) => code === 'internal')).toEqual([])
      const types = new Map<string, ColumnType>()
      for (const { table, columns } of mapped.tables) {
        tables.evolve(table.name, table.columns)
        expect(columns.length).toBe(table.columns.length)
        for (const key of table.primaryKey ?? []) expect(table.columns.map(({ name }) => name)).toContain(key)
        for (const { name, type } of table.columns) {
          expect(types.get(`${table.name}.${name}`) ?? type).toBe(type)
          types.set(`${table.name}.${name}`, type)
        }
      }
    } else if ('set' in step) {
      await mapper.set(...(step.set as [string, MappingChange])).catch((error: unknown) => {
        if (!(error instanceof MillraceError && error.code === 'invalid_mapping')) throw error
      })
    } else if ('forget' in step) await mapper.forget(step.forget).catch(() => {})
    else if ('mode' in step) await mapper.setDefaultMode(step.mode as never)
    for (const saved of mapper.saved.splice(0)) {
      expect(saved.version).toBe((versions.get(saved.eventType) ?? 0) + 1)
      versions.set(saved.eventType, saved.version)
      newest.set(saved.eventType, saved)
    }
    if ('restart' in step) mapper = testMapper([...newest.values()] as never)
  }
}

it('tables are made, widened and shared so that they can be, and every event is accounted for', async () => {
  await fc.assert(fc.asyncProperty(fc.array(anyStep, { maxLength: 14 }), play), { numRuns: 600 })
})
