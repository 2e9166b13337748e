/** Columns of what is known of an event, beside those of its data. */
import { describe, expect, it } from 'vitest'
import { dataOf, inputOf, rowsOf, testInput, testMapper, typesOf } from './fixtures.ts'
import type { FieldChange, MappingChange } from './mapping-change/change.ts'

const metadata = (name: string, type: string, more: Partial<FieldChange> = {}): FieldChange => ({
  path: ['_metadata', name],
  column: name.replace('@', '_of_'),
  type,
  isMetadata: true,
  ...more,
})
const n: FieldChange = { path: ['n'], column: 'n', type: 'BIGINT' }

async function mapperOf(fields: FieldChange[], change: Partial<MappingChange> = {}) {
  const mapper = testMapper()
  await mapper.set('test', { mode: 'AUTO_MAP', table: 'test', fields, ...change })
  return mapper
}

const all = [
  metadata('@uuid', 'VARCHAR'),
  metadata('@timestamp', 'TIMESTAMP'),
  metadata('event_type', 'VARCHAR'),
  metadata('input_id', 'VARCHAR'),
  metadata('input_label', 'VARCHAR'),
  metadata('input_type', 'VARCHAR'),
  metadata('restream_count', 'BIGINT'),
  metadata('@parent_uuid', 'VARCHAR'),
]

describe('metadata in columns', () => {
  it('is what users’ code would be given, of each event', async () => {
    const mapper = await mapperOf([...all, n])
    const resent = [null, { offset: '7', count: 2, receivedAt: 1_600_000_000_000 }] as never
    const input = inputOf(
      [
        ['test', { n: 1 }],
        ['test', { n: 2 }],
      ],
      { ids: [null, 'chosen'], resent },
    )
    const { tables } = await mapper.map([{ ...input, parents: [null, 'parent'] }, testInput({ n: 3 })])
    const rows = rowsOf(tables[0]!)
    expect(rows.map((row) => row['_of_uuid'])).toEqual(rows.map((row) => row['_id']))
    expect(rows.map((row) => row['_of_timestamp'])).toEqual(rows.map((row) => row['_received_at']))
    expect(rows).toMatchObject([
      { n: 1n, event_type: 'test', input_id: 'i1', input_label: 'shop', input_type: 'native', restream_count: 0n },
      { n: 2n, _of_uuid: 'chosen', restream_count: 2n, _of_parent_uuid: 'parent' },
      { n: 3n, restream_count: 0n },
    ])
    expect(rows.map((row) => row['_of_parent_uuid'])).toEqual([undefined, 'parent', undefined])
  })

  it('may be of a wider type, of a length, without nulls, and a key', async () => {
    const fields = [
      metadata('restream_count', 'VARCHAR'),
      metadata('@timestamp', 'VARCHAR', { length: 10, truncate: true }),
      metadata('@uuid', 'VARCHAR', { nonNull: true }),
      n,
    ]
    const mapper = await mapperOf(fields, { primaryKey: ['_of_uuid'] })
    const { tables, failures } = await mapper.map([testInput({ n: 1 }, { n: 2 })])
    expect(failures).toEqual([])
    expect(tables[0]!.table.primaryKey).toEqual(['_of_uuid'])
    expect(dataOf(tables[0])).toMatchObject([
      { restream_count: '0', _of_timestamp: '2023-11-14' },
      { restream_count: '0', _of_timestamp: '2023-11-14' },
    ])
  })

  it('sets an event aside that has none where some is needed', async () => {
    const mapper = await mapperOf([metadata('@parent_uuid', 'VARCHAR', { nonNull: true })])
    const { failures } = await mapper.map([testInput({ n: 1 })])
    expect(failures).toMatchObject([{ code: 'null_not_allowed', subject: '_metadata.@parent_uuid' }])
  })

  it('has a note of an event of which something could not be read as it came', async () => {
    const mapper = await mapperOf([metadata('@note', 'VARCHAR'), n])
    const events = [1, 2, 3].map((value) => ['test', { n: value }] as const)
    const { tables } = await mapper.map([
      inputOf(events as never, { notes: [{ index: 1, message: 'NaN became null' }] }),
    ])
    expect(rowsOf(tables[0]!).map((row) => row['_of_note'])).toEqual([undefined, 'NaN became null', undefined])
  })

  it('is one JSON object where all of it is asked for', async () => {
    const mapper = await mapperOf([{ path: ['_metadata'], column: 'meta', type: 'JSON', isMetadata: true }])
    const { tables } = await mapper.map([testInput({ n: 1 })])
    const [row] = rowsOf(tables[0]!)
    expect(JSON.parse(String(row!['meta']))).toEqual({
      '@uuid': row!['_id'],
      '@timestamp': '2023-11-14T22:13:20.123Z',
      event_type: 'test',
      input_id: 'i1',
      input_label: 'shop',
      input_type: 'native',
      restream_count: 0,
      '@parent_uuid': null,
    })
  })

  it.each(['AUTO_MAP', 'STRICT', 'FLEXIBLE'] as const)(
    'takes no notice of data at its place under %s, whatever it is',
    async (mode) => {
      const mapper = await mapperOf([metadata('restream_count', 'BIGINT'), n], { mode })
      const odd = ['"text"', '1e999', '{"a":1}', '[1]', '5'].map(
        (value) => `{"n":1,"_metadata":{"restream_count":${value}}}`,
      )
      const { tables, failures } = await mapper.map([testInput(...odd, { n: 'x' }, { n: '2' })])
      expect(failures).toMatchObject([{ code: 'value_not_convertible', subject: 'n' }])
      expect(Object.keys(typesOf(tables[0]!))).toEqual(['restream_count', 'n'])
      expect(dataOf(tables[0]).every((row) => row['restream_count'] === 0n)).toBe(true)
    },
  )

  it('comes with new fields and in parts, each row with its own', async () => {
    const mapper = await mapperOf([metadata('@uuid', 'VARCHAR'), n])
    const { tables } = await mapper.map([
      testInput(...Array.from({ length: 3_000 }, (_, n) => ({ n, [`f${n % 50}`]: n }))),
    ])
    const rows = tables.flatMap(rowsOf)
    expect(rows).toHaveLength(3_000)
    expect(rows.every((row) => row['_of_uuid'] === row['_id'])).toBe(true)
  })

  it.each<[what: string, field: FieldChange, place: string]>([
    ['of a name that there is not', metadata('@none', 'VARCHAR'), 'fields.0.path'],
    ['of a name that all objects have', metadata('constructor', 'VARCHAR'), 'fields.0.path'],
    ['at another path', metadata('@uuid', 'VARCHAR', { path: ['meta', '@uuid'] }), 'fields.0.path'],
    ['below a name', metadata('@uuid', 'VARCHAR', { path: ['_metadata', '@uuid', 'x'] }), 'fields.0.path'],
    ['of a type that its values are not', metadata('@uuid', 'BIGINT'), 'fields.0.type'],
    [
      'that is all and no JSON',
      { path: ['_metadata'], column: 'm', type: 'VARCHAR', isMetadata: true },
      'fields.0.type',
    ],
  ])('is refused %s', async (_, field, place) => {
    await expect(mapperOf([field])).rejects.toMatchObject({ code: 'invalid_mapping', fields: [{ field: place }] })
  })
})
