import { idAt } from '@millrace/event/id'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../telemetry.ts'
import { dataOf, inputOf, rowsOf, testInput, testMapper, typesOf } from './fixtures.ts'
import { openMapper } from './mapper.ts'
import type { Mapping } from './mapping.ts'

const bigint = (digits: string) => BigInt(digits)

describe('rows', () => {
  it('begin with the system columns', async () => {
    const input = inputOf(
      [
        ['a b', { x: 1 }],
        ['a b', {}],
        ['a b', {}],
      ],
      { ids: [null, 'mine-é', null], times: [null, 5, -1] },
      40n,
    )
    const { tables, rowCount, failures } = await testMapper().map([input])
    const common = { _received_at: 1_700_000_000_123_000n, _input: 'shop', _event_type: 'a b' }
    expect(rowsOf(tables[0]!)).toEqual([
      { _id: idAt(input.batch.idBase, 0), _time: 1_700_000_000_123_000n, ...common, x: 1n },
      { _id: 'mine-é', _time: 5_000n, ...common },
      { _id: idAt(input.batch.idBase, 2), _time: -1_000n, ...common },
    ])
    expect(tables[0]!.table.name).toBe('a_b')
    expect([rowCount, failures]).toEqual([3, []])
  })

  it('keep their order within a table, over log records and types, and leave out what is to be skipped', async () => {
    const first = inputOf([
      ['a', { n: 0 }],
      ['b', { n: 1 }],
      ['a', { n: 2 }],
    ])
    const second = inputOf([
      ['b', { n: 3 }],
      ['a', { n: 4 }],
      ['a', { n: 5 }],
    ])
    const { tables, rowCount } = await testMapper().map([first, { ...second, skip: new Set([1]) }])
    expect(tables.map(({ table }) => table.name)).toEqual(['a', 'b'])
    expect(tables.map(dataOf)).toEqual([
      [{ n: 0n }, { n: 2n }, { n: 5n }],
      [{ n: 1n }, { n: 3n }],
    ])
    expect(rowCount).toBe(5)
    const ids = tables.map((batch) => rowsOf(batch).map(({ _id }) => _id))
    expect(ids[0]).toEqual([idAt(first.batch.idBase, 0), idAt(first.batch.idBase, 2), idAt(second.batch.idBase, 2)])
  })

  it('tell of a restreamed event when it was first received', async () => {
    const input = inputOf(
      [
        ['t', {}],
        ['t', {}],
      ],
      {
        resent: [
          { offset: '7', count: 1, receivedAt: 1_000 },
          { offset: '9', count: 2, receivedAt: 2_000 },
        ],
        times: [null, 3],
      },
    )
    const { tables } = await testMapper().map([input])
    expect(rowsOf(tables[0]!).map(({ _time, _received_at }) => [_time, _received_at])).toEqual([
      [1_000_000n, 1_000_000n],
      [3_000n, 2_000_000n],
    ])
  })

  it('of more than 100,000 events come in several batches', async () => {
    const events = Array.from({ length: 70_000 }, (_, n): [string, string] => ['t', `{"n":${n}}`])
    const { tables } = await testMapper().map([inputOf(events), inputOf(events)])
    expect(tables.map(({ rowCount }) => rowCount)).toEqual([100_000, 40_000])
    expect(dataOf(tables[1]!)[0]).toEqual({ n: 30_000n })
  })

  it('are none for no events', async () => {
    const none = { tables: [], rowCount: 0, failures: [], discarded: 0, discardedTypes: new Set(), changed: [] }
    expect(await testMapper().map([])).toEqual(none)
    const skipped = { ...testInput({ a: 1 }), skip: new Set([0]) }
    expect(await testMapper().map([skipped])).toEqual(none)
  })
})

describe('columns', () => {
  it.each<[string, readonly unknown[], Record<string, string>, readonly unknown[]]>([
    ['a nested object', [{ a: { b: { c: 1 } } }], { a_b_c: 'BIGINT' }, [{ a_b_c: 1n }]],
    ['an array', [{ a: [1, { b: null }] }], { a: 'JSON' }, [{ a: '[1,{"b":null}]' }]],
    ['null, which adds nothing', [{ a: null, b: { c: null } }, '{ }'], {}, [{}, {}]],
    ['null among values', [{ a: 1 }, { a: null }], { a: 'BIGINT' }, [{ a: 1n }, {}]],
    ['an object and a scalar', [{ a: 1 }, { a: { b: 2 } }], { a: 'BIGINT', a_b: 'BIGINT' }, [{ a: 1n }, { a_b: 2n }]],
    ['an array and a scalar', [{ a: [] }, { a: 'x' }], { a: 'JSON' }, [{ a: '[]' }, { a: '"x"' }]],
    ['a boolean', [{ a: true }, { a: false }], { a: 'BOOLEAN' }, [{ a: true }, { a: false }]],
    ['a boolean and a number', [{ a: true }, { a: 0 }], { a: 'VARCHAR' }, [{ a: 'true' }, { a: '0' }]],
    ['2^53 + 1', ['{"a":9007199254740993}'], { a: 'BIGINT' }, [{ a: bigint('9007199254740993') }]],
    ['2^64', ['{"a":18446744073709551616}'], { a: 'DECIMAL(38,0)' }, [{ a: '18446744073709551616' }]],
    [
      '2^53 + 1 and 1.5',
      ['{"a":9007199254740993}', { a: 1.5 }],
      { a: 'DECIMAL(38,1)' },
      [{ a: '9007199254740993' }, { a: '1.5' }],
    ],
    ['1 and 1.0', ['{"a":1}', '{"a":1.0}'], { a: 'DOUBLE' }, [{ a: 1 }, { a: 1 }]],
    ['39 digits', [`{"a":1${'0'.repeat(37)}1}`], { a: 'VARCHAR' }, [{ a: `1${'0'.repeat(37)}1` }]],
    [
      'many digits after the point',
      ['{"a":0.12345678901234567890123}'],
      { a: 'DECIMAL(38,23)' },
      [{ a: '0.12345678901234567890123' }],
    ],
    ['1e300', ['{"a":1e300}'], { a: 'DOUBLE' }, [{ a: 1e300 }]],
    ['"007"', [{ a: '007' }], { a: 'VARCHAR' }, [{ a: '007' }]],
    ['"1" and 1', [{ a: '1' }, { a: 1 }], { a: 'VARCHAR' }, [{ a: '1' }, { a: '1' }]],
    ['a date', [{ a: '1970-01-02' }], { a: 'DATE' }, [{ a: 1 }]],
    [
      'a date and a time',
      [{ a: '1970-01-02' }, { a: '1970-01-01T00:00:00.5Z' }],
      { a: 'TIMESTAMP' },
      [{ a: 86_400_000_000n }, { a: 500_000n }],
    ],
    ['a day that is none', [{ a: '2023-02-29' }], { a: 'VARCHAR' }, [{ a: '2023-02-29' }]],
    ['a date and a text', [{ a: '1970-01-02' }, { a: '' }], { a: 'VARCHAR' }, [{ a: '1970-01-02' }, { a: '' }]],
    ['the same key twice', ['{"a":"x","a":{"b":1},"a":{"b":2}}'], { a_b: 'BIGINT' }, [{ a_b: 2n }]],
    [
      'the same key twice, written differently',
      ['{"a":1}', '{"\\u0061":true,"a":2}'],
      { a: 'BIGINT' },
      [{ a: 1n }, { a: 2n }],
    ],
    [
      'lone surrogates',
      ['{"a":"\\ud800","\\udfff":1,"\\udffe":2}'],
      { a: 'VARCHAR', _: 'BIGINT', __8b2a5b3f: 'BIGINT' },
      [],
    ],
    [
      'keys of prototypes',
      ['{"__proto__":{"x":1},"constructor":{"prototype":{"x":2}},"toString":3}'],
      { __proto___x: 'BIGINT', constructor_prototype_x: 'BIGINT', toString: 'BIGINT' },
      [{ __proto___x: 1n, constructor_prototype_x: 2n, toString: 3n }],
    ],
    ['an empty key', [{ '': 1, a: { '': 2 } }], { _: 'BIGINT', a_: 'BIGINT' }, [{ _: 1n, a_: 2n }]],
  ])('of %s', async (_, events, types, rows) => {
    const { tables, failures } = await testMapper().map([testInput(...events)])
    if (rows.length > 0) expect(typesOf(tables[0]!)).toEqual(types)
    else expect(Object.values(typesOf(tables[0]!)).sort()).toEqual(Object.values(types).sort())
    if (rows.length > 0) expect(dataOf(tables[0])).toEqual(rows)
    expect(failures).toEqual([])
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it('of objects deeper than 8 keys are JSON', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { k: nested(depth - 1) })
    const { tables } = await testMapper().map([testInput(nested(64), nested(8), nested(9))])
    const name = 'k_k_k_k_k_k_k_k'
    expect(typesOf(tables[0]!)).toEqual({ [name]: 'JSON' })
    expect(dataOf(tables[0]).map((row) => row[name])).toEqual([JSON.stringify(nested(56)), '1', '{"k":1}'])
  })
})

describe('a mapping', () => {
  it('widens from batch to batch, a version each, and is saved before its rows are given out', async () => {
    const mapper = testMapper()
    const steps = ['1', '9007199254740993', '2.5', '0.00000000000000000000000001', '"x"', '[]']
    const types: string[] = []
    const made: Mapping[] = []
    for (const value of steps) {
      const { tables, changed } = await mapper.map([testInput(`{"a":${value}}`)])
      made.push(...changed)
      expect(mapper.saved).toEqual(made)
      types.push(typesOf(tables[0]!)['a']!)
    }
    expect(types).toEqual(['BIGINT', 'BIGINT', 'DECIMAL(38,1)', 'VARCHAR', 'VARCHAR', 'JSON'])
    expect(mapper.saved.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5])
  })

  it.each([
    [
      ['1', '1.5', '0.1234567890123456789'],
      ['BIGINT', 'DOUBLE', 'VARCHAR'],
    ],
    [
      ['1.5', '1e300', '9007199254740993'],
      ['DOUBLE', 'DOUBLE', 'VARCHAR'],
    ],
    [
      ['18446744073709551615', '0.25', '1e30'],
      ['DECIMAL(38,0)', 'DECIMAL(38,2)', 'DECIMAL(38,2)'],
    ],
    [
      ['0.1234567890123456789', '99999999999999999999999', '1'],
      ['DECIMAL(38,19)', 'VARCHAR', 'VARCHAR'],
    ],
    [
      ['true', 'false', '"true"'],
      ['BOOLEAN', 'BOOLEAN', 'VARCHAR'],
    ],
    [
      ['"2020-01-01"', '"2020-01-01 10:00"', '"soon"'],
      ['DATE', 'TIMESTAMP', 'VARCHAR'],
    ],
  ])('that sees %j has the column types %j', async (values, types) => {
    const mapper = testMapper()
    for (const [place, value] of values.entries()) {
      const { tables } = await mapper.map([testInput(`{"a":${value}}`)])
      expect(typesOf(tables[0]!)['a']).toBe(types[place])
    }
  })

  it('remembers digits that no single batch shows together', async () => {
    const mapper = testMapper()
    await mapper.map([testInput('{"a":12345678901234567890.5}')])
    await mapper.map([testInput('{"a":1234567890123456789012345678901234567}')]) // fits DECIMAL(38,1) without a flag
    const { tables } = await mapper.map([testInput('{"a":0.25}')])
    expect(typesOf(tables[0]!)['a']).toBe('VARCHAR')
  })

  it('goes on after a restart as if there had been none', async () => {
    const events = [
      { id: 1, 'a.b': 1, a: { b: 2 }, A: { B: 3 } },
      { id: 2.5, 'a b': true, order: 1, n: '2020-01-01' },
      { ID: 'x', a: { b: 'y', c: [] }, n: '2020-01-01T00:00Z' },
    ]
    const steady = testMapper()
    let current: Mapping[] = []
    for (const event of events) {
      await steady.map([testInput(event)])
      const restarted = testMapper(current)
      await restarted.map([testInput(event)])
      current = [restarted.saved.at(-1)!]
      expect(current).toEqual([steady.saved.at(-1)])
    }
    expect(current[0]!.version).toBe(3)
    expect((await testMapper(current).map([testInput(...events)])).changed).toEqual([])
  })

  it('stays as it was where saving it fails', async () => {
    let isBroken = true
    const save = async () => {
      if (isBroken) throw new Error('disk full')
    }
    const mapper = openMapper({ mappings: [], save, logger: silentLogger })
    await expect(mapper.map([testInput({ a: 1 })])).rejects.toThrow('disk full')
    isBroken = false
    const { changed, tables } = await mapper.map([testInput({ b: 1 })])
    expect(changed.map(({ version, table }) => [version, table])).toEqual([[1, 'test']])
    expect(typesOf(tables[0]!)).toEqual({ b: 'BIGINT' })
  })

  it('is none unless it reads as one', () => {
    const settings = { save: async () => {}, logger: silentLogger }
    expect(() => openMapper({ ...settings, mappings: [{ eventType: 'a', version: 1 }] })).toThrow()
  })
})
