/** No value ever changes its meaning, however events are cut into batches and whatever a database makes of older rows. */
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column, RowBatch } from '../rows.ts'
import { type FieldPath, pathKey, pathText } from './field-path.ts'
import { dataOf, inputOf, type TestEvent, type TestMapper, testMapper } from './fixtures.ts'
import type { Mapping } from './mapping.ts'
import { anyToken, anyTokens, type Cell, convert, factOf, isSameMeaning, readCell } from './meaning.ts'

/** `npm run test:unit` makes a part of them, everything else all. */
const runs = (count: number) => Math.ceil(count * Number(process.env['MILLRACE_RUN_SHARE'] ?? 1))

/** A destination in memory, which converts what it holds when a column widens. */
class FakeTables {
  readonly #tables = new Map<string, { columns: Map<string, Column>; rows: Map<string, Cell>[] }>()

  write({ table, rowCount, columns }: RowBatch): void {
    const stored = this.#tables.get(table.name) ?? { columns: new Map<string, Column>(), rows: [] }
    this.#tables.set(table.name, stored)
    for (const column of table.columns) {
      const { type } = stored.columns.get(column.name) ?? column
      stored.columns.set(column.name, column)
      if (type === column.type) continue
      for (const row of stored.rows) {
        const cell = row.get(column.name)
        if (cell !== undefined) row.set(column.name, convert(cell, type, column.type))
      }
    }
    for (let index = 0; index < rowCount; index++) {
      const row = new Map<string, Cell>()
      for (const [place, { name, type }] of table.columns.entries()) {
        const cell = readCell(type, columns[place]!, index)
        if (cell !== null) row.set(name, cell)
      }
      stored.rows.push(row)
    }
  }

  rows(table: string): { columns: ReadonlyMap<string, Column>; rows: readonly ReadonlyMap<string, Cell>[] } {
    return this.#tables.get(table)!
  }
}

/** An object as pairs, so that numbers stay text and keys may be any. */
type Tree = { readonly [key: string]: Tree } | string

const { tree: anyTree } = fc.letrec<{ tree: Tree; object: Tree }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small' }, anyToken, fc.constant('null'), tie('object')),
  object: fc.dictionary(
    fc.constantFrom('a', 'b', 'A', 'a.b', 'a_b', '__proto__', 'constructor', 'order', ''),
    tie('tree'),
    { maxKeys: 4, noNullPrototype: false },
  ),
}))

const anyEvent = fc.dictionary(fc.constantFrom('a', 'b', 'a_b', 'B', '__proto__', '_id', '数'), anyTree, { maxKeys: 5 })

function textOf(tree: Tree): string {
  if (typeof tree === 'string') return tree
  return `{${Object.entries(tree)
    .map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`)
    .join()}}`
}

interface LeafValue {
  readonly path: FieldPath
  readonly token: string
}

function leavesOf(tree: Tree, path: FieldPath = []): LeafValue[] {
  if (typeof tree === 'string') return tree === 'null' ? [] : [{ path, token: tree }]
  if (path.length === 8) return [{ path, token: textOf(tree) }]
  return Object.entries(tree).flatMap(([key, value]) => leavesOf(value, [...path, key]))
}

/** Every leaf of every event stands in the column of its path, and nothing else stands in the row. */
function expectAllFound(events: readonly Tree[], mapping: Mapping, tables: FakeTables): void {
  const { rows, columns } = tables.rows(mapping.table)
  expect(rows.length).toBe(events.length)
  const columnOf = new Map(mapping.fields.map(({ path, column }) => [pathKey(path), column]))
  for (const [index, event] of events.entries()) {
    const row = rows[index]!
    const leaves = leavesOf(event)
    for (const { path, token } of leaves) {
      const name = columnOf.get(pathKey(path))!
      const typed = { type: columns.get(name)!.type, cell: row.get(name)! }
      if (!isSameMeaning(factOf(token), typed)) {
        throw new Error(`${pathText(path)}: ${token} became ${typed.type} ${String(typed.cell)}`)
      }
    }
    expect(row.size).toBe(leaves.length + 5)
  }
}

/** One number after the other, by which a column goes far. */
const anyJourney = fc.array(
  fc
    .constantFrom('1', '-5', '9007199254740993', '1.5', '0.25', '12345678901234567890.5', `${10n ** 36n + 1n}`, '1e300')
    .map((token) => [token]),
  { minLength: 3, maxLength: 5 },
)

async function mapAll(mapper: TestMapper, batches: readonly (readonly TestEvent[])[]): Promise<FakeTables> {
  const tables = new FakeTables()
  for (const events of batches) {
    const mapped = await mapper.map([inputOf(events)])
    expect(mapped.failures).toEqual([])
    for (const batch of mapped.tables) tables.write(batch)
  }
  return tables
}

describe('random events', () => {
  it('in random batches are found again, value by value', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(anyEvent, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        async (batches) => {
          const mapper = testMapper()
          const tables = await mapAll(
            mapper,
            batches.map((events) => events.map((event) => ['t', textOf(event)])),
          )
          expectAllFound(batches.flat(), mapper.saved.at(-1)!, tables)
        },
      ),
      { numRuns: runs(200) },
    )
  })

  it('of one field, batch after batch, are found again, whatever its column became on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.array(anyTokens, { maxLength: 5, minLength: 2 }), anyJourney), async (batches) => {
        const mapper = testMapper()
        const events = batches.map((tokens) => tokens.map((token) => ({ n: token })))
        const tables = await mapAll(
          mapper,
          events.map((list) => list.map((event): TestEvent => ['t', textOf(event)])),
        )
        expectAllFound(events.flat(), mapper.saved.at(-1)!, tables)
      }),
      { numRuns: runs(600) },
    )
  })

  it('in one batch make the same mapping in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEvent, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        async (events, keys) => {
          const order = events.map((event) => ({ event: reordered(event, keys), key: keys.next().value as number }))
          const shuffled = order.sort((left, right) => left.key - right.key).map(({ event }) => event)
          const mapped = await Promise.all(
            [events, shuffled].map(async (list) => {
              const mapper = testMapper()
              await mapAll(mapper, [list.map((event) => ['t', textOf(event)])])
              return mapper.saved
            }),
          )
          expect(mapped[0]).toEqual(mapped[1])
        },
      ),
      { numRuns: runs(200) },
    )
  })
})

/** JSON as nobody should write it: keys come twice, in objects, in arrays and below the depth of paths. */
const { repetitive: anyRepetitiveValue, repetitiveObject: anyRepetitiveEvent } = fc.letrec<{
  repetitive: string
  repetitiveObject: string
}>((tie) => ({
  repetitive: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('1', '2', '"x"', 'true', 'null', '[]', '{}'),
    fc.array(tie('repetitive'), { maxLength: 3 }).map((values) => `[${values.join()}]`),
    tie('repetitiveObject'),
  ),
  repetitiveObject: fc
    .array(fc.tuple(fc.constantFrom('"a"', '"\\u0061"', '"b"'), tie('repetitive')), { maxLength: 4 })
    .map((members) => `{${members.map((member) => member.join(':')).join()}}`),
}))
const anyRepetitive = fc.oneof(
  anyRepetitiveEvent,
  anyRepetitiveValue.map((value) => `{"list":[${value}],"a":1}`),
  anyRepetitiveValue.map((value) => `${'{"a":'.repeat(8)}${value}${'}'.repeat(8)}`),
)

describe('events with keys that come twice', () => {
  it('become the same row whether their columns are learnt from them or were there before', async () => {
    await fc.assert(
      fc.asyncProperty(anyRepetitive, async (text) => {
        const mapper = testMapper()
        const learnt = await mapper.map([inputOf([['t', text]])])
        const repeated = await mapper.map([inputOf([['t', text]])])
        expect(repeated.changed).toEqual([])
        expect(dataOf(repeated.tables[0])).toEqual(dataOf(learnt.tables[0]))
      }),
      { numRuns: runs(500) },
    )
  })

  it('keep what is inside of a JSON column as it was sent', async () => {
    const text = '{"list":[{"a":1,"a":2}],"a":1,"a":2}'
    const mapped = await testMapper().map([inputOf([['t', text]])])
    expect(dataOf(mapped.tables[0])).toEqual([{ list: '[{"a":1,"a":2}]', a: 2n }])
  })
})

/** The same members in another order. */
function reordered(tree: Tree, keys: Iterator<number>): Tree {
  if (typeof tree === 'string') return tree
  const members = Object.entries(tree).map(([key, value]) => ({
    key,
    value: reordered(value, keys),
    place: keys.next().value as number,
  }))
  members.sort((left, right) => left.place - right.place)
  return Object.fromEntries(members.map(({ key, value }) => [key, value]))
}

describe("GitHub's webhooks", () => {
  it('are found again, value by value, in tables that say what they are', async () => {
    const batches = githubEvents()
    const mapper = testMapper()
    const tables = new FakeTables()
    const events = batches.flat()
    for (const batch of batches) {
      const mapped = await mapper.map([inputOf(batch.map(([type, tree]) => [type, textOf(tree)]))])
      expect(mapped.failures).toEqual([])
      for (const rows of mapped.tables) tables.write(rows)
    }
    const newest = new Map(mapper.saved.map((mapping) => [mapping.eventType, mapping]))
    for (const [type, mapping] of newest) {
      expectAllFound(
        events.filter(([name]) => name === type).map(([, tree]) => tree),
        mapping,
        tables,
      )
    }
    expect(newest.size).toBeGreaterThan(50)
    const push = new Map(newest.get('push')!.fields.map(({ column, type }) => [column, type]))
    expect(push.get('repository_id')).toBe('BIGINT')
    expect(push.get('repository_private')).toBe('BOOLEAN')
    expect(push.get('repository_updated_at')).toBe('TIMESTAMP')
    expect(push.get('commits')).toBe('JSON')
    expect(push.get('ref')).toBe('VARCHAR')
  })
})

/** Every payload of the package with its event type, in three batches. */
function githubEvents(): [type: string, data: Tree][][] {
  const webhooks = createRequire(import.meta.url)('@octokit/webhooks-examples') as {
    name: string
    examples: object[]
  }[]
  const events = webhooks.flatMap(({ name, examples }) => examples.map((data): [string, Tree] => [name, treeOf(data)]))
  return [0, 1, 2].map((part) => events.filter((_, index) => index % 3 === part))
}

function treeOf(value: unknown): Tree {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, treeOf(inner)]))
}
