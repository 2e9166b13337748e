/**
 * Parquet read as bytes says byte by byte what its values, decoded as objects by the library, say as JSON; and what DuckDB reads in it.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventsOf } from '../../draft-events.ts'
import { UnreadableFile } from './file-bytes.ts'
import { partOf } from './parquet/parquet.fixture.ts'
import { jsonTextOf, parsers } from './parquet/values.ts'
import { readParquet } from './parquet.ts'
import type { Rows } from './row.ts'
import { filesSettings } from './settings.ts'

let folder: string
let duckdb: DuckDBInstance
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-parquet-'))
  duckdb = await DuckDBInstance.create()
})
afterAll(() => {
  duckdb.closeSync()
  rmSync(folder, { recursive: true })
})

/** Rows read so far whose ends were told. */
let endsKnown = 0

async function linesOf(bytes: Uint8Array, row = 0): Promise<string[]> {
  const settings = filesSettings.parse({ folder: '.', pattern: '*', table: 't' })
  const part = partOf(bytes)
  const from = { offset: 0, row, isTorn: false, print: 'print' }
  const lines: string[] = []
  let last = row
  for await (const rows of readParquet(part, settings, from) as AsyncIterable<Rows>) {
    const some = rows.payload.toString().split('\n')
    expect(some.pop()).toBe('')
    expect(some).toHaveLength(rows.count)
    if (rows.ends) {
      // What is not looked through again is what looking through it would find.
      const { payload, count, ends } = rows
      expect([...eventsOf({ type: 'a', payload, count, ends })]).toEqual([...eventsOf({ type: 'a', payload, count })])
    }
    endsKnown += rows.ends?.length ?? 0
    last += rows.count
    expect(rows.last).toBe(last)
    lines.push(...some)
  }
  return lines
}

/** The same by way of an object for each row. */
async function objectLinesOf(bytes: Uint8Array): Promise<string[]> {
  const { buffer } = new Uint8Array(bytes)
  const metadata = await parquetMetadataAsync(buffer as unknown as Parameters<typeof parquetMetadataAsync>[0])
  const file = { byteLength: buffer.byteLength, slice: (from: number, to?: number) => buffer.slice(from, to) }
  const rows = await parquetReadObjects({ file, metadata, compressors, parsers })
  const members = (row: object) =>
    Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}:${jsonTextOf(value)}`)
  return rows.map((row) => `{${members(row).join(',')}}`)
}

async function written(sql: string, options = ''): Promise<Uint8Array> {
  const path = join(folder, `${crypto.randomUUID()}.parquet`)
  const connection = await duckdb.connect()
  await connection.run(`SET TimeZone = 'UTC'; COPY (${sql}) TO '${path}' (FORMAT parquet${options})`)
  connection.closeSync()
  return readFileSync(path)
}

const everyType = (rows: number) =>
  `
  SELECT i AS n, (i % 100)::TINYINT AS tiny, i::SMALLINT AS small, i::INTEGER AS medium, (i % 200)::UTINYINT AS utiny,
    (i % 300)::USMALLINT AS usmall, i::UINTEGER AS uint, i::UBIGINT * 3689348814741910 AS ubig,
    i * 1844674407370955 AS big, -i * 1844674407370955 AS negative, i / 100 AS price, -i / 8 AS eighths, sqrt(i) AS root,
    (i * 1e300) AS huge, (i / 3)::FLOAT AS float, i % 3 = 0 AS flag, (i % 7)::VARCHAR AS few, 'text ' || i AS "all ""kinds""",
    'Zoë ' || chr(1 + i::INTEGER % 40) || '"\\' || chr(128512 + i::INTEGER % 50) AS odd,
    DATE '1969-12-25' + (i % 20000)::INTEGER AS day, TIMESTAMP '1969-12-31 23:59:59.5' + to_microseconds(i * 1234567) AS us,
    (TIMESTAMP '2001-02-03' + to_milliseconds(i * 977))::TIMESTAMP_MS AS ms, make_timestamp_ns(i * 1234567890123) AS ns,
    (TIMESTAMP '2026-01-01' + to_hours(i))::TIMESTAMPTZ AS zoned, md5(i::VARCHAR)::UUID AS id,
    (i % 1000 / 10)::DECIMAL(9, 2) AS money, [i, i + 1] AS list, {'a': i, 'b': 'x' || i} AS struct, 'bytes'::BLOB AS raw,
    CASE WHEN i % 5 > 0 THEN 'sometimes ' || i END AS maybe, CASE WHEN i % 4 = 0 THEN i END AS rarely,
    CASE WHEN i % 2 = 0 THEN TIMESTAMP '2026-01-01' END AS half, NULL::VARCHAR AS never, TIME '01:02:03' AS clock
  FROM range(${rows}) t(i)`

const writings = [
  '',
  ", COMPRESSION 'uncompressed'",
  ", COMPRESSION 'gzip'",
  ", COMPRESSION 'zstd', ROW_GROUP_SIZE 2048",
  ', PARQUET_VERSION V2',
  ', PARQUET_VERSION V2, ROW_GROUP_SIZE 2048, DICTIONARY_SIZE_LIMIT 1',
]
test.each(writings)('of DuckDB: every type%s', async (options) => {
  const bytes = await written(everyType(3_000), options)
  const lines = await linesOf(bytes)
  expect(lines).toEqual(await objectLinesOf(bytes))
  expect(lines).toHaveLength(3_000)
  for (const row of [1, 2_047, 2_048, 2_999]) expect(await linesOf(bytes, row)).toEqual(lines.slice(row))
})

test('what DuckDB reads in it is what the lines say', async () => {
  const bytes = await written(`
    SELECT i, i / 100 AS price, 'Zoë ' || i AS text, TIMESTAMP '2026-02-28 01:02:03.000004' + to_microseconds(i * 999983) AS happened,
      md5(i::VARCHAR)::UUID AS id, CASE WHEN i % 3 > 0 THEN i % 11 END AS maybe, 9007199254740992 + i AS large
    FROM range(10000) t(i)`)
  const path = join(folder, 'lines.ndjson')
  writeFileSync(path, (await linesOf(bytes)).join('\n'))
  const parquet = join(folder, 'compared.parquet')
  writeFileSync(parquet, bytes)
  const connection = await duckdb.connect()
  const columns = `{i: 'BIGINT', price: 'DOUBLE', text: 'VARCHAR', happened: 'TIMESTAMP', id: 'UUID', maybe: 'BIGINT', large: 'BIGINT'}`
  const difference = await connection.runAndReadAll(`
    (FROM read_parquet('${parquet}') EXCEPT ALL FROM read_json('${path}', format = 'newline_delimited', columns = ${columns}))
    UNION ALL (FROM read_json('${path}', format = 'newline_delimited', columns = ${columns}) EXCEPT ALL FROM read_parquet('${parquet}'))`)
  connection.closeSync()
  expect(difference.getRows()).toEqual([])
})

test('decimals and whole numbers keep all their digits, numbers that a double has are numbers', async () => {
  const bytes = await written(`
    SELECT * FROM (VALUES
      (12.50::DECIMAL(9, 2), 1234567890123.45::DECIMAL(15, 2), 1234567890123456.78::DECIMAL(18, 2),
        12345678901234567890123456789.123456789::DECIMAL(38, 9), 9007199254740993, 18446744073709551615::UBIGINT),
      (-0.01, -0.10, -0.01, -0.000000001, -9223372036854775807, 0), (NULL, NULL, NULL, NULL, NULL, NULL)
    ) t(small, fits, long, longest, whole, unsigned)`)
  const name = (values: string[]) =>
    `{"small":${values[0]},"fits":${values[1]},"long":${values[2]},"longest":${values[3]},"whole":${values[4]},"unsigned":${values[5]}}`
  expect(await linesOf(bytes)).toEqual([
    name([
      '12.5',
      '1234567890123.45',
      '"1234567890123456.78"',
      '"12345678901234567890123456789.123456789"',
      '9007199254740993',
      '18446744073709551615',
    ]),
    name(['-0.01', '-0.1', '"-0.01"', '"-0.000000001"', '-9223372036854775807', '0']),
    name(['null', 'null', 'null', 'null', 'null', 'null']),
  ])
})

test('rows of plain columns are told with their ends, those that no event may be like are not', async () => {
  const before = endsKnown
  await linesOf(await written(`SELECT i, 'text ' || i AS text FROM range(5000) t(i)`))
  expect(endsKnown).toBe(before + 5_000)
  await linesOf(await written(`SELECT i, [i] AS list FROM range(10) t(i)`))
  await linesOf(await written(`SELECT repeat('x', 1100000) AS long`))
  await linesOf(await written(`SELECT 1 AS "${'k'.repeat(1100)}"`))
  await linesOf(await written(`SELECT ${Array.from({ length: 1001 }, (_, n) => `1 AS c${n}`).join(', ')}`))
  expect(endsKnown).toBe(before + 5_000)
})

test('what lies in lists, structs and maps keeps all digits too', async () => {
  const bytes = await written(`
    SELECT [12345678901234567.89::DECIMAL(19, 2), NULL, -0.01] AS list, {'fits': 12.50::DECIMAL(9, 2)} AS struct,
      MAP {'a': 12345678901234567890123456789.123456789::DECIMAL(38, 9)} AS map, [[9007199254740993]] AS whole,
      '{"a": 12345678901234567890, "b": {"__proto__": 1}}'::JSON AS json
    FROM range(2)`)
  const line =
    '{"list":["12345678901234567.89",null,"-0.01"],"struct":{"fits":12.5},' +
    '"map":{"a":"12345678901234567890123456789.123456789"},"whole":[[9007199254740993]],' +
    '"json":{"a":12345678901234567890,"b":{"__proto__":1}}}'
  expect(await linesOf(bytes)).toEqual([line, line])
})

test('a key of a map may be __proto__', async () => {
  const bytes = await written(`
    SELECT MAP {'__proto__': 1, 'a': 2} AS map, [MAP {'__proto__': MAP {'__proto__': 3}}] AS maps, '__proto__' AS text
    FROM range(2)`)
  const line = '{"map":{"__proto__":1,"a":2},"maps":[{"__proto__":{"__proto__":3}}],"text":"__proto__"}'
  expect(await linesOf(bytes)).toEqual([line, line])
})

/** The same values, whether the writer makes a dictionary of them or not. */
const columns = fc.integer({ min: 1, max: 120 }).chain((rows) => {
  const many = <T>(value: fc.Arbitrary<T>) =>
    fc.array(fc.option(value, { freq: 4 }), { minLength: rows, maxLength: rows })
  const longs = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  return fc.record({
    text: many(fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed())),
    double: many(fc.double()),
    price: many(fc.integer({ min: -1e9, max: 1e9 }).map((cents) => cents / 100)),
    long: many(
      fc.oneof(longs, fc.maxSafeInteger().map(BigInt), fc.constantFrom(2n ** 53n, -(2n ** 53n), 2n ** 53n - 1n)),
    ),
    int: many(fc.integer()),
    flag: many(fc.boolean()),
    at: many(fc.date({ noInvalidDate: true })),
  })
})
const typeOf = {
  text: 'STRING',
  double: 'DOUBLE',
  price: 'DOUBLE',
  long: 'INT64',
  int: 'INT32',
  flag: 'BOOLEAN',
  at: 'TIMESTAMP',
} as const

test('of any values', async () => {
  await fc.assert(
    fc.asyncProperty(columns, fc.boolean(), async (values, repeats) => {
      const columnData = Object.entries(values).map(([name, data]): ColumnSource => {
        const all: readonly unknown[] = repeats ? [...data, ...data, ...data] : data
        return { name, data: [...all], type: typeOf[name as keyof typeof typeOf], nullable: true }
      })
      const bytes = new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 50 }))
      expect(await linesOf(bytes)).toEqual(await objectLinesOf(bytes))
    }),
    { numRuns: 20 },
  )
}, 120_000)

test('a text that is no UTF-8, or begins with a mark, is read as it can be', async () => {
  const texts = [
    randomBytes(8),
    Buffer.from('\ufeffmarked'),
    Buffer.from([0xff]),
    Buffer.from('plain'),
    Buffer.from('ä'),
  ]
  const columnData = [{ name: 'raw', data: texts.map((text) => new Uint8Array(text)), type: 'BYTE_ARRAY' as const }]
  const bytes = new Uint8Array(parquetWriteBuffer({ columnData }))
  expect(await linesOf(bytes)).toEqual(await objectLinesOf(bytes))
})

test('a file that is damaged anywhere is refused as one that cannot be read, or read', async () => {
  const whole = await written(everyType(300), ", COMPRESSION 'uncompressed'")
  let refused = 0
  for (let at = 4; at < whole.length; at += 499) {
    const bytes = Buffer.from(whole)
    bytes[at]! ^= 0xff
    await linesOf(bytes).catch((error: unknown) => {
      expect(error).toBeInstanceOf(UnreadableFile)
      refused++
    })
  }
  expect(refused).toBeGreaterThan(2)
}, 120_000)
