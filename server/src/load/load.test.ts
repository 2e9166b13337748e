import { describe, expect, it } from 'vitest'
import { type ErrorCode, MillraceError } from '../errors.ts'
import { emptyBooks, type LogRange, type RowBatch, rowsPerBatchMax, type Table } from '../rows.ts'
import { silentLogger } from '../telemetry.ts'
import { fakeBatch } from './fake-batch.ts'
import { backOff, openLoad } from './load.ts'
import type { Destination } from './loader.ts'

const events: Table = { name: 'events', columns: [{ name: 'id', type: 'BIGINT' }] }
const wider: Table = { name: 'events', columns: [...events.columns, { name: 'note', type: 'VARCHAR' }] }
const range: LogRange = { partition: 0, start: 0n, end: 1n }
const batch = fakeBatch(events, [[1n]])

/** A destination that notes what it is asked and fails as it is told: the next call of a method takes the next of its failures. */
function fakeDestination(failures: { [method: string]: (ErrorCode | undefined)[] } = {}) {
  const calls: string[] = []
  const note = (method: string, what = ''): undefined => {
    calls.push(what === '' ? method : `${method} ${what}`)
    const code = failures[method]?.shift()
    if (code !== undefined) throw new MillraceError(code, 'told to fail')
  }
  const destination: Destination = {
    claim: async () => note('claim') ?? 0n,
    durablePosition: async () => note('durablePosition') ?? 0n,
    onDurable: () => {},
    makeDurable: async () => {},
    evolve: async ({ columns }) => note('evolve', columns.map(({ name }) => name).join()),
    write: async (tables) => note('write', `${tables.length}`),
    fill: async () => 0,
    books: async () => ({ position: 0n, books: emptyBooks }),
    skipped: async () => 0n,
    skipTo: async () => {},
    query: async () => ({ columns: [], rows: [], truncated: false }),
    statement: async () => ({ rowCount: 0 }),
    statementDone: async () => undefined,
    checkStatement: async () => ({ target: undefined }),
    setViews: async () => [],
    dropTable: async () => undefined,
    replace: async () => {},
    replaced: async () => undefined,
    undivided: async () => [],
    aside: async () => 0,
    droppedRows: async () => 0,
    tables: async () => [],
    close: async () => {},
  }
  return { destination, calls }
}

function open(failures: { [method: string]: (ErrorCode | undefined)[] } = {}) {
  const { destination, calls } = fakeDestination(failures)
  const pauses: number[] = []
  const lines: string[] = []
  const aborter = new AbortController()
  const load = openLoad({
    destination,
    logger: { ...silentLogger, info: (message) => lines.push(message), warn: (message) => lines.push(message) },
    signal: aborter.signal,
    pause: async (ms) => void pauses.push(ms),
  })
  return { load, calls, pauses, lines, aborter }
}

describe('write', () => {
  it('evolves a table once for the same columns, again for others', async () => {
    const { load, calls } = open()
    await load.write([batch], range, emptyBooks)
    await load.write([fakeBatch({ ...events }, [[2n]])], range, emptyBooks)
    await load.write([fakeBatch(wider, [[3n, 'x']])], range, emptyBooks)
    expect(calls).toEqual(['evolve id', 'write 1', 'write 1', 'evolve id,note', 'write 1'])
  })

  it('evolves no table for a batch that has some of its columns only', async () => {
    const { load, calls } = open()
    const other: Table = { name: 'events', columns: [...events.columns, { name: 'more', type: 'VARCHAR' }] }
    const [narrow, wide, aside] = [batch, fakeBatch(wider, [[3n, 'x']]), fakeBatch(other, [[4n, 'y']])]
    await load.write([wide, narrow, aside, wide], range, emptyBooks)
    await load.write([narrow, wide], range, emptyBooks)
    expect(calls).toEqual(['evolve id,note', 'evolve id,more', 'write 4', 'write 2'])
  })

  it('evolves anew after a claim: the destination may have gone back', async () => {
    const { load, calls } = open()
    await load.write([batch], range, emptyBooks)
    await load.claim(0)
    await load.write([batch], range, emptyBooks)
    expect(calls).toEqual(['evolve id', 'write 1', 'claim', 'evolve id', 'write 1'])
  })

  it('repeats what may pass, and says so once', async () => {
    const { load, calls, pauses, lines } = open({
      evolve: ['destination_unavailable'],
      write: ['destination_unavailable', 'destination_unavailable', undefined],
    })
    await load.write([batch], range, emptyBooks)
    expect(calls).toEqual(['evolve id', 'evolve id', 'write 1', 'write 1', 'write 1'])
    expect(pauses.length).toBe(3)
    expect(lines).toEqual(['destination unavailable, loading waits', 'table evolved', 'destination takes rows again'])
  })

  it('waits longer each time, up to a limit, never exactly the same', async () => {
    const { load, pauses } = open({ write: Array.from({ length: 200 }, () => 'destination_unavailable' as const) })
    await load.write([batch], range, emptyBooks)
    for (const [attempt, pause] of pauses.entries())
      expect(pause).toBeLessThanOrEqual(Math.min(backOff.lastMs, backOff.firstMs * 2 ** attempt))
    expect(Math.max(...pauses)).toBeGreaterThan(backOff.lastMs / 2)
    expect(new Set(pauses).size).toBeGreaterThan(190)
  })

  it('evolves again where somebody altered the table', async () => {
    const { load, calls } = open({ write: [undefined, 'schema_conflict'] })
    await load.write([batch], range, emptyBooks)
    await load.write([batch], range, emptyBooks)
    expect(calls).toEqual(['evolve id', 'write 1', 'write 1', 'evolve id', 'write 1'])
  })

  it.each<ErrorCode>(['fenced', 'schema_conflict', 'destination_refused', 'internal'])(
    'throws what does not pass: %s',
    async (code) => {
      const { load, pauses } = open({ write: [code, code] })
      await expect(load.write([batch], range, emptyBooks)).rejects.toMatchObject({ code })
      expect(pauses).toEqual([])
    },
  )

  it('ends with the reason of the signal, while it waits and before it begins', async () => {
    const { destination } = fakeDestination({
      write: Array.from({ length: 9 }, () => 'destination_unavailable' as const),
    })
    const aborter = new AbortController()
    const load = openLoad({ destination, logger: silentLogger, signal: aborter.signal })
    const writing = load.write([batch], range, emptyBooks)
    setImmediate(() => aborter.abort(new Error('stopped')))
    await expect(writing).rejects.toThrow()
    await expect(load.write([batch], range, emptyBooks)).rejects.toThrow('stopped')
  })

  const broken: { what: string; batches: RowBatch[]; range: LogRange }[] = [
    { what: 'too many rows', batches: [{ ...batch, rowCount: rowsPerBatchMax + 1 }], range },
    { what: 'a column too few', batches: [{ ...batch, columns: [] }], range },
    { what: 'an empty range', batches: [batch], range: { partition: 0, start: 1n, end: 1n } },
  ]

  it.each(broken)('refuses what the mapper must not give: $what', async ({ batches, range }) => {
    const { load, calls } = open()
    await expect(load.write(batches, range, emptyBooks)).rejects.toMatchObject({ code: 'internal' })
    expect(calls).toEqual([])
  })
})

describe('claim and durablePosition', () => {
  it('are repeated too', async () => {
    const { load, calls } = open({ claim: ['destination_unavailable'], durablePosition: ['destination_unavailable'] })
    expect(await load.claim(0)).toBe(0n)
    expect(await load.durablePosition(0)).toBe(0n)
    expect(calls).toEqual(['claim', 'claim', 'durablePosition', 'durablePosition'])
  })
})
