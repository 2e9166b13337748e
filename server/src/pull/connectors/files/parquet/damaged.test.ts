/**
 * Files that DuckDB wrote, damaged at random: each is refused as one that cannot be read, or read as rows of JSON; never does one take
 * long, or much memory. MILLRACE_FUZZ_SECONDS is how long it looks, MILLRACE_SEED where it begins.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UnreadableFile } from '../file-bytes.ts'
import { readParquet } from '../parquet.ts'
import { partOf } from './parquet.fixture.ts'

const seconds = Number(process.env['MILLRACE_FUZZ_SECONDS'] ?? 2)
const seed = Number(process.env['MILLRACE_SEED'] ?? 1)
const rowsMax = 100_000
const mebibyte = 1024 * 1024

let folder: string
const files: Buffer[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-damaged-'))
  const connection = await (await DuckDBInstance.create()).connect()
  const path = join(folder, 'a.parquet')
  for (const options of [
    ...['uncompressed', 'snappy', 'gzip', 'zstd', 'lz4', 'lz4_raw', 'brotli'].map((codec) => `COMPRESSION ${codec}`),
    'COMPRESSION uncompressed, PARQUET_VERSION V2',
    'COMPRESSION snappy, PARQUET_VERSION V2, ROW_GROUP_SIZE 2048, DICTIONARY_SIZE_LIMIT 1',
  ]) {
    const rows = options.includes('2048') ? 5_000 : 200
    await connection.run(`COPY (${everyShape(rows)}) TO '${path}' (FORMAT parquet, ${options})`)
    files.push(readFileSync(path))
  }
  connection.closeSync()
})
afterAll(() => rmSync(folder, { recursive: true }))

const everyShape = (rows: number) => `
  SELECT i AS n, i::INTEGER AS small, i / 100 AS price, (i / 3)::FLOAT AS float, i % 3 = 0 AS flag, (i % 7)::VARCHAR AS few,
    'text ' || i AS text, CASE WHEN i % 5 > 0 THEN 'some ' || i END AS maybe, TIMESTAMP '2026-01-01' + to_microseconds(i) AS us,
    DATE '2026-01-01' + (i % 200)::INTEGER AS day, md5(i::VARCHAR)::UUID AS id, (i / 10)::DECIMAL(30, 2) AS money,
    CASE WHEN i % 4 > 0 THEN [i, NULL, i + 1] END AS list, {'a': i, 'b': CASE WHEN i % 2 = 0 THEN {'c': 'x' || i} END} AS struct,
    MAP {'k' || i: (i / 10)::DECIMAL(9, 2)} AS map, CASE WHEN i % 3 = 0 THEN [[i], [], NULL, [NULL]] END AS lists
  FROM range(${rows}) t(i)`

test('of a damaged file come rows or what is wrong with it, soon, and without much memory', async () => {
  const random = randomFrom(seed)
  const until = process.cpuUsage().user + seconds * 1e6
  const counts = { read: 0, refused: 0 }
  let largest = 0
  while (process.cpuUsage().user < until) {
    const bytes = damaged(files[Math.floor(random() * files.length)]!, random)
    const begun = process.cpuUsage().user
    try {
      let rows = 0
      for await (const { payload, count } of readParquet(partOf(bytes), {} as never, start)) {
        for (const line of payload.toString().split('\n').slice(0, -1)) JSON.parse(line)
        rows += count
        if (rows > rowsMax) break
      }
      counts.read++
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableFile)
      counts.refused++
    }
    expect(process.cpuUsage().user - begun).toBeLessThan(20e6)
    largest = Math.max(largest, process.memoryUsage.rss())
  }
  expect(counts.read).toBeGreaterThan(2)
  expect(counts.refused).toBeGreaterThan(2)
  expect(largest).toBeLessThan(2048 * mebibyte)
}, 300_000)

const start = { offset: 0, row: 0, isTorn: false, print: 'print' }

/** Some bytes changed, most of them where the file describes itself or a page; or one part of it gone, or twice. */
function damaged(whole: Buffer, random: () => number): Buffer {
  const bytes = Buffer.from(whole)
  const below = (count: number) => Math.floor(random() * count)
  const footer = bytes.readUInt32LE(bytes.length - 8)
  const kind = random()
  if (kind < 0.1) return bytes.subarray(0, below(bytes.length))
  if (kind < 0.2) {
    const [from, to] = [below(bytes.length), below(bytes.length)].toSorted((a, b) => a - b) as [number, number]
    return Buffer.concat([bytes.subarray(0, random() < 0.5 ? from : to), bytes.subarray(to)])
  }
  const values = [0x00, 0x7f, 0x80, 0xff, 0x0f, 0xf9, 0xfc]
  for (let count = 1 + below(4); count > 0; count--) {
    const at = random() < 0.5 ? bytes.length - 8 - below(footer + 8) : below(bytes.length)
    for (let more = random() < 0.3 ? 1 + below(6) : 1; more > 0; more--)
      bytes[Math.min(bytes.length - 1, at + more - 1)] = random() < 0.5 ? values[below(values.length)]! : below(256)
  }
  return bytes
}

/** The same numbers for the same seed (mulberry32). */
function randomFrom(first: number): () => number {
  let state = first
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}
