import { DuckDBInstance } from '@duckdb/node-api'
import { array, assert, asyncProperty, integer, option, string } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Table } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import { rememberingLogger } from './fake-folder.ts'
import { proveHandOver } from './hand-over-proof.ts'
import { registerRowSource } from './row-source.ts'
import { type FillTexts, fillTextsFast, fillTextsPlainly, vectorRows } from './vectors.ts'

const texts: Table = { name: 'texts', columns: [{ name: 'text', type: 'VARCHAR' }] }

let instance: DuckDBInstance

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' })
})
afterAll(() => instance.closeSync())

async function source() {
  const writer = await instance.connect()
  return { writer, rowSource: registerRowSource(writer) }
}

async function handOver(values: (string | null)[], fillTexts: FillTexts) {
  const { writer, rowSource } = await source()
  rowSource.fillTexts = fillTexts
  const batch = fakeBatch(
    texts,
    values.map((value) => [value]),
  )
  const reader = await rowSource.with(batch, (relation) => writer.runAndReadAll(`SELECT * FROM ${relation}`))
  writer.closeSync()
  return reader.getRows().map(([value]) => value)
}

describe.each([
  { way: 'fast', fillTexts: fillTextsFast },
  { way: 'plain', fillTexts: fillTextsPlainly },
])('the $way hand-over', ({ fillTexts }) => {
  it('brings any texts as they are', () =>
    assert(
      asyncProperty(array(option(string({ unit: 'binary', maxLength: 40 }))), async (values) => {
        expect(await handOver(values, fillTexts)).toEqual(values)
      }),
      { numRuns: 30 },
    ))

  it('brings any number of rows', () =>
    assert(
      asyncProperty(integer({ min: 1, max: 3 * vectorRows }), integer({ min: 1, max: 40 }), async (count, length) => {
        const values = Array.from({ length: count }, (_, row) => `${row}`.padStart(row % length, 'ž'))
        expect(await handOver(values, fillTexts)).toEqual(values)
      }),
      {
        numRuns: 10,
        examples: [
          [vectorRows, 5],
          [2 * vectorRows, 20],
          [vectorRows + 1, 1],
        ],
      },
    ))
})

describe('the test of the fast hand-over', () => {
  it('keeps it where it is right', async () => {
    const target = await source()
    const logger = rememberingLogger()
    await proveHandOver(target, fillTextsFast, logger)
    expect(target.rowSource.fillTexts).toBe(fillTextsFast)
    expect(logger.lines).toEqual([])
  })

  const wrong: { what: string; fillTexts: FillTexts }[] = [
    {
      what: 'it loses texts',
      fillTexts: (vector, { offsets, bytes }, from, count) =>
        fillTextsPlainly(vector, { offsets: offsets.fill(0), bytes }, from, count),
    },
    {
      what: 'it throws',
      fillTexts: () => {
        throw new Error('another layout')
      },
    },
    {
      what: 'it confuses rows',
      fillTexts: (vector, { offsets, bytes }, from, count) =>
        fillTextsPlainly(
          vector,
          { offsets: offsets.map((offset, row) => (row === 40 ? offset - 1 : offset)), bytes },
          from,
          count,
        ),
    },
  ]

  it.each(wrong)('falls back to the plain way and says so: $what', async ({ fillTexts }) => {
    const target = await source()
    const logger = rememberingLogger()
    await proveHandOver(target, fillTexts, logger)
    expect(target.rowSource.fillTexts).toBe(fillTextsPlainly)
    expect(logger.lines).toEqual([
      { message: expect.stringContaining('fast hand-over'), fields: { reason: expect.any(Error) } },
    ])
  })
})

describe('the table function', () => {
  it('gives no rows to who only knows its name', async () => {
    const { writer, rowSource } = await source()
    await rowSource.with(fakeBatch(texts, [['secret']]), async (relation) => {
      const guess = relation.replace(/\(\d+\)/, '(99)')
      await expect(writer.run(`SELECT * FROM ${guess}`)).rejects.toThrow('no such rows')
    })
  })
})
