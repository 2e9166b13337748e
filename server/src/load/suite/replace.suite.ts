/** Rows of a source and of some days that take the place of others: all at once, never twice, and the books say how many are gone. */
import { describe, expect, it } from 'vitest'
import type { Table } from '../../rows.ts'
import { type FakeValue, fakeBatch } from '../fake-batch.ts'
import type { Replacing } from '../loader.ts'
import { type LoaderFixture, loaded, useLoader } from './use-loader.suite.ts'

const day = (text: string) => Math.round(Date.parse(`${text}T00:00:00Z`) / 86_400_000)
const noon = Date.UTC(2026, 1, 1, 12)
const january = { start: '2026-01-01', end: '2026-01-31' }

export function testReplacing(open: () => Promise<LoaderFixture>): void {
  describe('rows that take the place of others', () => {
    const loader = useLoader(open)
    const { start, range, read } = loader
    const table = (more: Partial<Table> = {}): Table => ({
      name: `fetched_${loader.partition}`,
      columns: [
        { name: '_source', type: 'VARCHAR' },
        { name: '_day', type: 'DATE' },
        { name: '_last_day', type: 'DATE' },
        { name: 'n', type: 'BIGINT' },
      ],
      ...more,
    })
    const rowsOf = (...rows: [source: string | null, first: string | null, last: string | null, n: number][]) =>
      rows.map(([source, first, last, n]): FakeValue[] => [source, first && day(first), last && day(last), BigInt(n)])
    const write = (from: number, rows: FakeValue[][], attempt?: string, into = table(), receivedAt = noon) => {
      const aside = attempt === undefined ? undefined : { attempt, receivedAt }
      return loader.destination.write(
        [fakeBatch(into, rows)],
        range(from, from + rows.length),
        loaded(rows.length),
        aside,
      )
    }
    const replace = (at: number, attempt: string, more: Partial<Replacing> = {}) => {
      const books = { ...loaded(0), received: 1, discarded: 1 }
      const of = { job: attempt.split('.')[0]!, attempt, receivedAt: noon }
      const replacing = { ...of, source: sourceOf('a'), range: january, ...more }
      return loader.destination.replace(replacing, range(at, at + 1), books)
    }
    const sourceOf = (name: string) => `${name}${loader.partition}`
    const a = () => sourceOf('a')
    const seen = async () => (await read(`SELECT n FROM ${table().name} ORDER BY n`)).map(([n]) => n)
    const gone = async () => (await loader.destination.books(loader.partition)).books.replaced
    const job = (attempt: string) => `job${loader.partition}.${attempt}`

    it('are seen all at once, and those of the same source and days are gone', async () => {
      await start(table())
      await write(
        0,
        rowsOf(
          [a(), '2026-01-01', null, 1],
          [a(), '2026-01-31', null, 2],
          [a(), '2026-02-01', null, 3],
          [a(), '2025-12-31', null, 4],
          ['other', '2026-01-05', null, 5],
          [null, null, null, 6],
        ),
      )
      await write(6, rowsOf([a(), '2026-01-02', null, 11]), job('1'))
      await write(7, rowsOf([a(), '2026-01-03', null, 12]), job('1'))
      expect(await seen()).toEqual([1, 2, 3, 4, 5, 6])
      expect(await loader.destination.aside()).toBe(2)
      expect(await loader.destination.replaced(job('1'))).toBeUndefined()
      await replace(8, job('1'))
      expect(await seen()).toEqual([3, 4, 5, 6, 11, 12])
      expect(await gone()).toBe(2)
      expect(await loader.destination.aside()).toBe(0)
      expect(await loader.destination.replaced(job('1'))).toEqual({ rows: 2, replaced: 2 })
      expect((await loader.destination.books(loader.partition)).position).toBe(9n)
    })

    it('are there once where the same range comes again', async () => {
      await start(table())
      await write(0, rowsOf([a(), '2026-01-02', null, 1]), job('1'))
      await replace(1, job('1'))
      await write(0, rowsOf([a(), '2026-01-02', null, 1]), job('1'))
      await replace(1, job('1'))
      expect([await seen(), await gone(), await loader.destination.aside()]).toEqual([[1], 0, 0])
    })

    it('outlive a restart while they wait, and nobody has seen them', async () => {
      await start(table())
      await write(0, rowsOf([a(), '2026-01-02', null, 1]), job('1'))
      loader.destination = await loader.fixture.reopen()
      await loader.destination.claim(loader.partition)
      expect(await seen()).toEqual([])
      await replace(1, job('1'))
      expect(await seen()).toEqual([1])
    })

    it('of an attempt that broke off are thrown away, and counted', async () => {
      await start(table())
      await write(0, rowsOf([a(), '2026-01-02', null, 1], [a(), '2026-01-03', null, 2]), job('1'))
      await write(2, rowsOf([a(), '2026-01-02', null, 3]), job('2'))
      await replace(3, job('2'))
      expect([await seen(), await gone(), await loader.destination.aside()]).toEqual([[3], 2, 0])
    })

    it('stay where their end comes a second time', async () => {
      await start(table())
      await write(0, rowsOf([a(), '2026-01-02', null, 1]), job('1'))
      await replace(1, job('1'))
      await replace(2, job('1'))
      expect([await seen(), await gone()]).toEqual([[1], 0])
    })

    it('of another job are thrown away days later alone, by when their events came', async () => {
      await start(table())
      const days = 24 * 3_600_000
      await write(0, rowsOf([a(), '2026-01-02', null, 1]), 'dead.1', table(), noon - 4 * days)
      await write(1, rowsOf(['other', '2026-01-02', null, 2]), 'slow.1', table(), noon - 2 * days)
      await replace(2, job('1'))
      expect(await loader.destination.aside()).toBe(1)
      await replace(3, 'slow.1', { source: 'other' })
      expect(await seen()).toEqual([2])
    })

    it('pass over tables in which events fill columns of the same names, and those that statements made', async () => {
      await start(table())
      const strange = table({
        name: `${table().name}_strange`,
        columns: [
          { name: '_source', type: 'VARCHAR' },
          { name: '_day', type: 'VARCHAR' },
        ],
      })
      await loader.destination.evolve(strange)
      await write(0, [[a(), 'some day']], undefined, strange)
      await write(1, rowsOf([a(), '2026-01-25', '2026-02-03', 1]))
      const name = `${table().name}_copy`
      const select = `SELECT _source, _day, _last_day FROM ${table().name}`
      const work = { kind: 'select', mode: 'replace', sql: select } as const
      await loader.destination.statement({ work, target: name, timeoutMs: 20_000 }, new AbortController().signal)
      await replace(2, job('1'), { range: { start: '2026-01-25', end: '2026-02-03' } })
      expect(await loader.destination.undivided(a(), january)).toEqual([])
      expect((await read(`SELECT count(*) FROM ${strange.name}`))[0]).toEqual([1])
    })

    it('of no row at all leave none', async () => {
      await start(table())
      await write(0, rowsOf([a(), '2026-01-02', null, 1]))
      await replace(1, job('1'))
      expect([await seen(), await gone()]).toEqual([[], 1])
    })

    it('of several days go where all of their days do, and are told where only some would', async () => {
      await start(table())
      await write(0, rowsOf([a(), '2026-01-01', '2026-01-10', 1], [a(), '2026-01-25', '2026-02-03', 2]))
      expect(await loader.destination.undivided(a(), january)).toEqual([{ start: '2026-01-25', end: '2026-02-03' }])
      expect(await loader.destination.undivided('other', january)).toEqual([])
      await replace(2, job('1'))
      expect(await seen()).toEqual([2])
    })

    it('find a table that has grown since, and one that is gone', async () => {
      await start(table())
      await write(0, rowsOf([a(), '2026-01-02', null, 1]), job('1'))
      const columns = table().columns.map((column) =>
        column.name === 'n' ? { ...column, type: 'DOUBLE' as const } : column,
      )
      await loader.destination.evolve(table({ columns: [...columns, { name: 'more', type: 'BIGINT' }] }))
      await replace(1, job('1'))
      expect(await seen()).toEqual([1])
      const named = table({ name: `${table().name}_too` })
      await loader.destination.evolve(named)
      await write(2, rowsOf([a(), '2026-01-02', null, 2]), job('2'), named)
      await loader.destination.dropTable(named.name)
      await replace(3, job('2'))
      expect(await read(`SELECT n FROM ${named.name}`)).toEqual([[2]])
    })

    it('replace rows of the same key, too, and of two with one key the last stays', async () => {
      const keyed = table({ primaryKey: ['n'] })
      await start(keyed)
      await write(0, rowsOf(['other', '2026-01-02', null, 1]), undefined, keyed)
      const rows = rowsOf([a(), '2026-01-02', null, 1], [a(), '2026-01-03', null, 2], [a(), '2026-01-04', null, 2])
      await write(1, rows, job('1'), keyed)
      await replace(4, job('1'))
      expect(await read(`SELECT n, strftime(_day, '%d') FROM ${keyed.name} ORDER BY n`)).toEqual([
        [1, '02'],
        [2, '04'],
      ])
      expect(await gone()).toBe(2)
    })
  })
}
