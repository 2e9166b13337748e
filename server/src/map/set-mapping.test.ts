/** What people do to mappings: what is taken, what is refused and why, and what becomes of columns that are left. */
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../errors.ts'
import { silentLogger } from '../telemetry.ts'
import { dataOf, inputOf, testInput, testMapper, typesOf } from './fixtures.ts'
import { mapLimits } from './limits.ts'
import { openMapper } from './mapper.ts'
import { changeOf, type FieldChange, type MappingChange } from './mapping-change/change.ts'

const id: FieldChange = { path: ['id'], column: 'id', type: 'BIGINT' }
const strict = (fields: readonly FieldChange[], more: Partial<MappingChange> = {}): MappingChange => ({
  mode: 'STRICT',
  table: 'orders',
  fields,
  ...more,
})

/** The mistakes that a change is refused for. */
async function mistakes(change: unknown, mapper = testMapper(), eventType = 'test') {
  const before = mapper.mappings()
  const saved = mapper.saved.length
  const refusal: unknown = await mapper.set(eventType, change as MappingChange).catch((error: unknown) => error)
  if (!(refusal instanceof MillraceError)) return []
  expect(refusal.code).toBe('invalid_mapping')
  expect([mapper.mappings(), mapper.saved.length]).toEqual([before, saved])
  return refusal.fields!.map(({ field, message }) => `${field}: ${message}`)
}

const manyFields = (count: number, more: Partial<FieldChange> | undefined): FieldChange[] =>
  Array.from({ length: count }, (_, n) => ({ path: [`f${n}`], ...(more ?? { column: `c${n}`, type: 'BIGINT' }) }))

describe('a change is refused, whole,', () => {
  it.each<[string, unknown, (string | RegExp)[]]>([
    ['that is no mapping', null, [/^mapping: /]],
    ['that is a list', [], [/^mapping: /]],
    ['without fields', { mode: 'AUTO_MAP' }, ['fields: a list of fields is needed']],
    ['whose fields are no list', strict({ id: 1 } as never), ['fields: a list of fields is needed']],
    ['whose field is no object', strict(['id'] as never), [/^fields\.0: /]],
    ['of no known mode', strict([id], { mode: 'LAX' as never }), [/^mode: there is no such mode/]],
    ['of no known rule', strict([id], { onConflict: 'drop' as never }), [/^onConflict: /]],
    ['with a word that nobody knows', { ...strict([id]), tabel: 'x' }, [/tabel/]],
    [
      'of no known type',
      strict([{ ...id, type: 'INTERVAL' }]),
      [/^fields\.0\.type: there is no type "INTERVAL": use BOOLEAN/],
    ],
    ['without a type', strict([{ path: ['a'], column: 'a' }]), ['fields.0.type: the type is missing']],
    [
      'with a type and no column',
      strict([{ path: ['a'], type: 'BIGINT' }]),
      ['fields.0.column: the column is missing'],
    ],
    ['without a path', strict([{ ...id, path: [] }]), ['fields.0.path: at least one key is needed']],
    [
      'with a path too deep',
      strict([{ ...id, path: Array(9).fill('a') }]),
      ['fields.0.path: at most 8 keys are possible'],
    ],
    ['with one path twice', strict([id, { ...id, column: 'b' }]), ['fields.1.path: fields.0 has the same path']],
    [
      'with two fields on one column',
      strict([id, { ...id, path: ['b'], column: 'ID' }]),
      ['fields.1.column: fields.0 has the same column'],
    ],
    [
      'with a discarded field that has a column',
      strict([{ ...id, isDiscarded: true }]),
      ['fields.0.column: a discarded field has no column'],
    ],
    ['without a table', { mode: 'STRICT', fields: [id] }, ['table: a table is needed under STRICT']],
    ['with a length of a number', strict([{ ...id, length: 4 }]), [/^fields\.0\.length: a length is for VARCHAR/]],
    ['with a length of 0', strict([{ ...id, type: 'VARCHAR', length: 0 }]), [/^fields\.0\.length: /]],
    [
      'that cuts without a length',
      strict([{ ...id, type: 'VARCHAR', truncate: true }]),
      ['fields.0.length: a length is needed to cut texts to'],
    ],
    ['with a precision of a text', strict([{ ...id, type: 'VARCHAR', precision: 4 }]), [/^fields\.0\.precision: /]],
    ['with 39 digits', strict([{ ...id, type: 'DECIMAL(39,2)' }]), ['fields.0.precision: 1 to 38 digits are possible']],
    [
      'with a scale beyond its digits',
      strict([{ ...id, type: 'DECIMAL', precision: 3, scale: 4 }]),
      ['fields.0.scale: it is larger than the precision 3'],
    ],
    [
      'with two scales',
      strict([{ ...id, type: 'DECIMAL(5,2)', scale: 3 }]),
      ['fields.0.scale: it is not the scale of the type'],
    ],
    [
      'with a key that no field fills',
      strict([id], { primaryKey: ['ID'] }),
      ['primaryKey.0: no field has the column "ID"'],
    ],
    [
      'with a key of JSON',
      strict([{ ...id, type: 'JSON' }], { primaryKey: ['id'] }),
      ['primaryKey.0: a JSON column cannot be part of a key'],
    ],
    [
      'with a column twice in the key',
      strict([id], { primaryKey: ['id', 'id'] }),
      ['primaryKey.1: the column is in the key already'],
    ],
    [
      'with a system column',
      strict([{ ...id, column: '_Time' }]),
      ['fields.0.column: the name is reserved: use _Time_'],
    ],
    [
      'with a reserved prefix',
      strict([{ ...id, column: '_mr_x' }], { table: 'PG_x' }),
      ['table: the name is reserved: use _PG_x', 'fields.0.column: the name is reserved: use __mr_x'],
    ],
    [
      'with too many columns',
      strict(manyFields(mapLimits.columnsMax + 1, undefined)),
      ['fields: at most 1000 fields can have a column'],
    ],
    [
      'with too many fields',
      strict(manyFields(mapLimits.fieldsMax + 1, { isDiscarded: true })),
      ['fields: at most 5000 fields are possible'],
    ],
    [
      'for each of its mistakes',
      strict(
        [
          { ...id, type: 'X' },
          { path: ['b'], column: 'b c', type: 'DATE' },
        ],
        { table: '' },
      ),
      [
        /^fields\.0\.type: /,
        'table: a table is needed under STRICT',
        'fields.1.column: a name has letters, digits and _ only: use b_c',
      ],
    ],
  ])('%s', async (_, change, expected) => {
    const found = await mistakes(change)
    expect(found.length).toBe(expected.length)
    for (const [place, mistake] of expected.entries()) {
      if (typeof mistake === 'string') expect(found[place]).toBe(mistake)
      else expect(found[place]).toMatch(mistake)
    }
  })

  it.each([
    '',
    'a"b',
    "a'; DROP TABLE orders; --",
    'a b',
    'a.b',
    '1a',
    '\0',
    'a\nb',
    '\ud800',
    '\u202eabc',
    'e\u0301',
    '🎉',
    'select',
    'x'.repeat(64),
    'ž'.repeat(32),
  ])('with the name %j', async (name) => {
    const asTable = await mistakes(strict([id], { table: name }))
    expect(asTable.join()).toMatch(/^table: /)
    if (name === '') return
    expect((await mistakes(strict([{ ...id, column: name }]))).join()).toMatch(/^fields\.0\.column: /)
  })

  it('for an event type without a name', async () => {
    expect(await mistakes(strict([id]), testMapper(), '')).toEqual(['eventType: it is empty'])
  })

  it('that would narrow a column, also one that nothing fills any more', async () => {
    const mapper = testMapper()
    await mapper.map([inputOf([['test', { a: 'x', n: 1.5, big: 9_007_199_254_740_991 }]])])
    const field = (name: string, type: string) => ({ path: [name], column: name, type })
    const change = (...fields: FieldChange[]) => ({ fields })
    expect(await mistakes(change(field('a', 'BIGINT'), field('n', 'BIGINT'), field('big', 'BOOLEAN')), mapper)).toEqual(
      [
        expect.stringMatching(/^fields\.0\.type: the table's column is VARCHAR and cannot become BIGINT/),
        expect.stringMatching(/^fields\.1\.type: the table's column is DOUBLE and cannot become BIGINT/),
        expect.stringMatching(/^fields\.2\.type: the table's column is BIGINT and cannot become BOOLEAN/),
      ],
    )
    await mapper.set('test', change(field('n', 'DOUBLE')))
    expect((await mistakes(change(field('a', 'BIGINT')), mapper)).join()).toMatch(/VARCHAR and cannot become BIGINT/)
    expect((await mistakes(strict([field('a', 'DATE')], { table: 'test' }), mapper, 'other')).join()).toMatch(/VARCHAR/)
    expect(await mistakes(change(field('n', 'VARCHAR'), field('big', 'DOUBLE'), field('a', 'JSON')), mapper)).toEqual(
      [],
    )
  })

  it('that would make a BIGINT a DOUBLE once it holds what no double does', async () => {
    const mapper = testMapper()
    await mapper.map([testInput('{"a":9007199254740993}')])
    const change = { fields: [{ path: ['a'], column: 'a', type: 'DOUBLE' }] }
    expect((await mistakes(change, mapper)).join()).toMatch(/BIGINT and cannot become DOUBLE/)
  })

  it('for names that differ from those there only in case', async () => {
    const mapper = testMapper()
    await mapper.map([testInput({ Price: 1 })])
    expect(await mistakes({ fields: [{ path: ['x'], column: 'PRICE', type: 'BIGINT' }] }, mapper)).toEqual([
      'fields.0.column: the table has a column Price, the same but for its spelling',
    ])
    expect(await mistakes(strict([id], { table: 'TEST' }), mapper, 'other')).toEqual([
      'table: there is a table test, the same but for its spelling',
    ])
  })

  it('that changes the key of a table that has rows', async () => {
    const mapper = testMapper()
    await mapper.set('test', strict([id], { primaryKey: ['id'] }))
    await mapper.set('test', strict([id, { path: ['b'], column: 'b', type: 'DATE' }], { primaryKey: ['b'] })) // no rows yet
    await mapper.set('test', strict([id], { primaryKey: ['id'] }))
    await mapper.map([testInput({ id: 1 })])
    const refused = ['primaryKey: the table has rows, which were written by the key id: use another table']
    expect(await mistakes(strict([id]), mapper)).toEqual(refused)
    expect(await mistakes(strict([id]), testMapper(mapper.mappings()))).toEqual(refused)
    expect(await mistakes(strict([id], { table: 'orders2' }), mapper)).toEqual([])
  })

  it('whose saving fails', async () => {
    let isBroken = false
    const save = async () => {
      if (isBroken) throw new Error('disk full')
    }
    const mapper = openMapper({ mappings: [], save, logger: silentLogger })
    const first = await mapper.set('test', strict([id]))
    isBroken = true
    await expect(mapper.set('test', strict([]))).rejects.toThrow('disk full')
    await expect(mapper.forget('test')).rejects.toThrow('disk full')
    expect(mapper.mappings()).toEqual([first])
    isBroken = false
    expect((await mapper.map([testInput({ id: 1 })])).rowCount).toBe(1)
  })
})

describe('a change', () => {
  it('of 5,000 fields is taken, and so is the mapping as it reads back', async () => {
    const mapper = testMapper()
    const change = strict([
      ...manyFields(mapLimits.columnsMax, undefined),
      ...manyFields(4_000, { isDiscarded: true }).map((field) => ({ ...field, path: ['d', ...field.path] })),
    ])
    const mapping = await mapper.set('test', change)
    expect([mapping.fields.length, mapping.discarded.length]).toEqual([1_000, 4_000])
    expect(await mapper.set('test', changeOf(mapping))).toEqual(mapping)
    expect(mapper.saved.length).toBe(1)
    const event = Object.fromEntries(manyFields(1_000, undefined).map(({ path }, n) => [path[0], n]))
    const discarded = Object.fromEntries(manyFields(4_000, undefined).map(({ path }) => [path[0], 'x']))
    const { rowCount, failures } = await mapper.map([testInput({ ...event, d: discarded }, { ...event, d: discarded })])
    expect([rowCount, failures]).toEqual([2, []])
  })

  it('that says what there is already makes no version', async () => {
    const mapper = testMapper()
    await mapper.map([
      testInput({ a: 1, b: { c: 'x' }, d: 1.25, e: '{"x":18446744073709551616}' }, '{"f":18446744073709551616}'),
    ])
    const [mapping] = mapper.mappings()
    expect(await mapper.set('test', changeOf(mapping!))).toBe(mapping)
    expect(mapper.saved.length).toBe(1)
  })

  it('counts for the next events, and not for those under way', async () => {
    const mapper = testMapper()
    const [mapped, mapping, later] = await Promise.all([
      mapper.map([testInput({ id: 1, x: 1 })]),
      mapper.set('test', { fields: [id], mode: 'FLEXIBLE', table: 'test' }),
      mapper.map([testInput({ id: 2, x: 2 })]),
    ])
    expect(typesOf(mapped.tables[0]!)).toEqual({ id: 'BIGINT', x: 'BIGINT' })
    expect(dataOf(later.tables[0])).toEqual([{ id: 2n }])
    expect(mapping.version).toBe(2)
  })

  it('that renames leaves the old column in the table, and gives it to no other field', async () => {
    const mapper = testMapper()
    await mapper.map([testInput({ a: 1 })])
    const renamed = await mapper.set('test', { fields: [{ path: ['a'], column: 'better', type: 'BIGINT' }] })
    expect(renamed.retired).toMatchObject([{ table: 'test', column: 'a', type: 'BIGINT' }])
    const { tables } = await mapper.map([testInput({ a: 2, A: 'other' })])
    expect(typesOf(tables[0]!)).toEqual({ better: 'BIGINT', [`A_${hashOf(tables[0]!)}`]: 'VARCHAR' })
    const back = await mapper.set('test', { fields: [{ path: ['a'], column: 'a', type: 'BIGINT' }] })
    expect(back.retired.map(({ column }) => column)).toEqual(['better', expect.stringMatching(/^A_/)])
  })

  it('that unmaps a field gives it its column back where AUTO_MAP maps it again, wider if need be', async () => {
    const mapper = testMapper()
    await mapper.map([testInput({ a: 1.5, b: 1 })])
    await mapper.set('test', { fields: [{ path: ['b'], column: 'b', type: 'BIGINT', origin: 'auto' }] })
    const { tables } = await mapper.map([testInput({ a: 1, b: 2 })])
    expect(typesOf(tables[0]!)).toEqual({ b: 'BIGINT', a: 'DOUBLE' })
    expect(mapper.mappings()[0]!.retired).toEqual([])
  })

  it('that moves an event type remembers the columns of the table it left', async () => {
    const mapper = testMapper()
    await mapper.map([testInput({ a: 'x' })])
    const a = (type: string) => [{ path: ['a'], column: 'a', type }]
    await mapper.set('test', { table: 'elsewhere', fields: a('BIGINT') })
    expect((await mapper.map([testInput({ a: 1 })])).tables[0]!.table.name).toBe('elsewhere')
    const restarted = testMapper(mapper.mappings())
    expect((await mistakes({ table: 'test', fields: a('BIGINT') }, restarted)).join()).toMatch(/VARCHAR/)
    expect(await mistakes({ table: 'test', fields: a('VARCHAR') }, restarted)).toEqual([])
  })

  it('of the default mode is refused where there is no such mode', async () => {
    await expect(testMapper().setDefaultMode('LAX' as never)).rejects.toMatchObject({ code: 'invalid_mapping' })
  })
})

function hashOf({ table }: Parameters<typeof typesOf>[0]): string {
  return table.columns.at(-1)!.name.split('_').at(-1)!
}

it('a key is not changed while the first rows of the table are on their way', async () => {
  const mapper = openMapper({
    mappings: [],
    save: async () => {},
    isFilled: async () => false,
    logger: silentLogger,
  })
  await mapper.set('test', strict([id]))
  await mapper.set('test', strict([id], { primaryKey: ['id'] }))
  await mapper.map([testInput({ id: 1 })])
  await expect(mapper.set('test', strict([id]))).rejects.toThrow('the table has rows')
  await mapper.map([])
  expect(await mapper.set('test', strict([id]))).toMatchObject({ primaryKey: [] })
})
