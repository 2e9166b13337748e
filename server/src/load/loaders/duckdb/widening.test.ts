import { DOUBLE, type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { assert, asyncProperty, constantFrom, double, integer, oneof, tuple } from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { widening } from './widening.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  connection = await instance.connect()
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

const anyDouble = double({ noNaN: true, noDefaultInfinity: true })
/** Around the places where texts change their form, which random doubles hardly meet. */
const roundDouble = tuple(integer({ min: -99_999, max: 99_999 }), integer({ min: -12, max: 25 })).map(
  ([digits, exponent]) => Number(`${digits}e${exponent}`),
)

async function widened(value: number, to: 'VARCHAR' | 'DECIMAL(38,10)') {
  const sql = `SELECT CAST(${widening('DOUBLE', to)!.of('value')} AS VARCHAR) FROM (SELECT CAST($1 AS DOUBLE) AS value)`
  const [[text]] = (await connection.runAndReadAll(sql, [value], [DOUBLE])).getRows() as [[string]]
  return text
}

it('a double as text is what JavaScript writes, but for -0', () =>
  assert(
    asyncProperty(oneof(anyDouble, roundDouble), async (value) => {
      expect(await widened(value, 'VARCHAR')).toBe(Object.is(value, -0) ? '-0' : String(value))
    }),
    { numRuns: 300 },
  ))

it('a double as a decimal is its shortest text, or an error', () =>
  assert(
    asyncProperty(roundDouble, async (value) => {
      const text = await widened(value, 'DECIMAL(38,10)').catch(() => undefined)
      if (text === undefined) expect(Math.abs(value) >= 1e28 || hasMoreThanTenDecimals(value)).toBe(true)
      else expect(Number(text)).toBe(value === 0 ? 0 : value)
    }),
    { numRuns: 300 },
  ))

function hasMoreThanTenDecimals(value: number): boolean {
  return Number(value.toFixed(10)) !== value
}

it('nothing is wider than JSON, and nothing widens to itself', () =>
  assert(
    asyncProperty(constantFrom('BOOLEAN', 'BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'VARCHAR', 'JSON'), async (type) => {
      expect(widening(type, type === 'VARCHAR' ? 'BIGINT' : type)).toBeUndefined()
      if (type !== 'JSON') expect(widening('JSON', type)).toBeUndefined()
    }),
  ))
