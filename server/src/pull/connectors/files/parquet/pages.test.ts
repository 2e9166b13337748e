/** Pages as writers other than DuckDB write them, made by hand. */
import type { SchemaElement } from 'hyparquet'
import { expect, test } from 'vitest'
import {
  dataPage,
  dataPageV2,
  dictionaryPage,
  fileOf,
  linesIn,
  numbers,
  packed,
  texts,
  told,
} from './parquet.fixture.ts'

const { plain, dictionary } = numbers
const text: SchemaElement = { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }
const list: SchemaElement[] = [
  { name: 'list', repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
  { name: 'items', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
]
const element = { path: ['list', 'items', 'element'], type: 'BYTE_ARRAY' as const }
const places = (width: number, values: readonly number[]) => Buffer.concat([Buffer.of(width), packed(values, width)])

test('pages with a dictionary, then plain ones, then some with the dictionary again', async () => {
  const pages = [
    dictionaryPage(2, texts('a', 'b')),
    dataPage(3, dictionary, Buffer.concat([told(packed([1, 0, 1], 1)), places(1, [1, 0])])),
    dataPage(2, plain, Buffer.concat([told(packed([1, 1], 1)), texts('c', 'd')])),
    dataPage(2, dictionary, Buffer.concat([told(packed([1, 1], 1)), places(1, [0, 0])])),
    dataPage(1, dictionary, Buffer.concat([told(packed([1], 1)), Buffer.of(0)])), // all of them the first: no bits for each
  ]
  const lines = await linesIn(fileOf([text], [{ path: ['text'], type: 'BYTE_ARRAY', pages }], 8n))
  expect(lines).toEqual(['"b"', 'null', '"a"', '"c"', '"d"', '"a"', '"a"', '"a"'].map((value) => `{"text":${value}}`))
})

test('lists that go on in the next page, plain or by a dictionary, and what is null, empty, or null in them', async () => {
  // [a, null], null | [], [b | c], [d]
  const first = Buffer.concat([told(packed([0, 1, 0], 1)), told(packed([3, 2, 0], 2)), texts('a')])
  const second = Buffer.concat([told(packed([0, 0], 1)), told(packed([1, 3], 2)), places(1, [0])])
  const third = Buffer.concat([told(packed([1, 0], 1)), told(packed([3, 3], 2)), texts('c', 'd')])
  const pages = [
    dictionaryPage(1, texts('b')),
    dataPage(3, plain, first),
    dataPage(2, dictionary, second),
    dataPage(2, plain, third),
  ]
  const lines = await linesIn(fileOf(list, [{ ...element, pages }], 5n))
  expect(lines).toEqual(['["a",null]', 'null', '[]', '["b","c"]', '["d"]'].map((value) => `{"list":${value}}`))
})

test('pages of the second version, of lists and of plain values', async () => {
  const levels = { repetitions: packed([0, 1, 0, 0], 1), definitions: packed([3, 2, 0, 1], 2) }
  const lists = [dataPageV2({ values: 4, nulls: 3, rows: 3, ...levels }, plain, texts('a'))]
  const plainLevels = { repetitions: Buffer.alloc(0), definitions: packed([1, 0, 1], 1) }
  const pages = [dataPageV2({ values: 3, nulls: 1, rows: 3, ...plainLevels }, plain, texts('x', 'y'))]
  const columns = [
    { ...element, pages: lists },
    { path: ['text'], type: 'BYTE_ARRAY' as const, pages },
  ]
  const lines = await linesIn(fileOf([...list, text], columns, 3n))
  expect(lines).toEqual(['{"list":["a",null],"text":"x"}', '{"list":null,"text":null}', '{"list":[],"text":"y"}'])
})

test('times of 96 bits, before 1970 and with nanoseconds', async () => {
  const time = (nanoseconds: bigint, julianDay: number) => {
    const bytes = Buffer.alloc(12)
    bytes.writeBigUInt64LE(nanoseconds)
    bytes.writeUInt32LE(julianDay, 8)
    return bytes
  }
  const pages = [
    dataPage(3, plain, Buffer.concat([time(1n, 2_440_588), time(86_399_999_999_999n, 2_440_587), time(0n, 0)])),
  ]
  const schema: SchemaElement = { name: 'at', type: 'INT96', repetition_type: 'REQUIRED' }
  const lines = await linesIn(fileOf([schema], [{ path: ['at'], type: 'INT96', pages }], 3n))
  expect(lines).toEqual([
    '{"at":"1970-01-01T00:00:00.000000001Z"}',
    '{"at":"1969-12-31T23:59:59.999999999Z"}',
    '{"at":"-004713-11-24T00:00:00.000Z"}',
  ])
})

test('groups in groups, all of them there or not, and a map', async () => {
  const schema: SchemaElement[] = [
    { name: 'a', repetition_type: 'OPTIONAL', num_children: 2 },
    { name: 'b', repetition_type: 'REQUIRED', num_children: 1 },
    { name: 'c', repetition_type: 'OPTIONAL', type: 'INT32' },
    { name: 'map', repetition_type: 'OPTIONAL', converted_type: 'MAP', num_children: 1 },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    { name: 'key', repetition_type: 'REQUIRED', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
    { name: 'value', repetition_type: 'OPTIONAL', type: 'INT32' },
  ]
  const ints = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer)
  // {b: {c: 1}, map: {x: 5, y: null}}, {b: {c: null}, map: {}}, null, {b: {c: 2}, map: null}
  const repetitions = told(packed([0, 1, 0, 0, 0], 1))
  const keys = Buffer.concat([repetitions, told(packed([3, 3, 2, 0, 1], 2)), texts('x', 'y')])
  const values = Buffer.concat([repetitions, told(packed([4, 3, 2, 0, 1], 3)), ints(5)])
  const columns = [
    {
      path: ['a', 'b', 'c'],
      type: 'INT32' as const,
      pages: [dataPage(4, plain, Buffer.concat([told(packed([2, 1, 0, 2], 2)), ints(1, 2)]))],
    },
    { path: ['a', 'map', 'key_value', 'key'], type: 'BYTE_ARRAY' as const, pages: [dataPage(5, plain, keys)] },
    { path: ['a', 'map', 'key_value', 'value'], type: 'INT32' as const, pages: [dataPage(5, plain, values)] },
  ]
  expect(await linesIn(fileOf(schema, columns, 4n))).toEqual([
    '{"a":{"b":{"c":1},"map":{"x":5,"y":null}}}',
    '{"a":{"b":{"c":null},"map":{}}}',
    '{"a":null}',
    '{"a":{"b":{"c":2},"map":null}}',
  ])
})
