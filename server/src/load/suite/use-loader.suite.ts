/** What the parts of `loader.suite.ts` share: one destination for the tests of a part, and a table and a partition for each test. */
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { QueryRequest, QueryResult, QueryValue, TableStatus } from '../../query.ts'
import { type Books, type ColumnType, emptyBooks, type LogRange, type Table } from '../../rows.ts'
import { type FakeValue, fakeBatch } from '../fake-batch.ts'
import type { Destination } from '../loader.ts'

export interface LoaderFixture {
  readonly destination: Destination
  /** Opens the same tables once more, whether or not the first is closed. */
  reopen(): Promise<Destination>
  /** What a stranger does to the tables. */
  execute(sql: string): Promise<void>
  /** Closes whatever is open and removes the tables. */
  close(): Promise<void>
}

export interface TestLoader {
  readonly fixture: LoaderFixture
  destination: Destination
  /** This test's partition, at 0. */
  readonly partition: number
  /** This test's table: ids and notes, short and long. */
  readonly events: Table
  /** Claims the partition and makes the table. */
  start(table?: Table): Promise<void>
  /** Writes events with the ids `from` to `to - 1` as one range. */
  write(from: number, to: number, into?: Destination): Promise<void>
  /** Writes any rows of one table as one range, from 0. */
  writeRows(table: Table, rows: readonly (readonly FakeValue[])[]): Promise<void>
  range(start: number, end: number): LogRange
  ask(sql: string, more?: Partial<QueryRequest>): Promise<QueryResult>
  read(sql: string, from?: Destination): Promise<readonly (readonly QueryValue[])[]>
  /** One table as the destination tells it. */
  status(name?: string): Promise<TableStatus | undefined>
}

export function useLoader(open: () => Promise<LoaderFixture>): TestLoader {
  let fixture: LoaderFixture
  let destination: Destination
  let partition = 0

  beforeAll(async () => {
    fixture = await open()
    destination = fixture.destination
  })
  beforeEach(() => {
    partition++
  })
  afterAll(() => fixture.close())

  const loader: TestLoader = {
    get fixture() {
      return fixture
    },
    get destination() {
      return destination
    },
    set destination(reopened) {
      destination = reopened
    },
    get partition() {
      return partition
    },
    get events() {
      return {
        name: `events_${partition}`,
        columns: [
          { name: 'id', type: 'BIGINT' },
          { name: 'note', type: 'VARCHAR' },
        ],
      } satisfies Table
    },
    async start(table = loader.events) {
      await destination.claim(partition)
      await destination.evolve(table)
    },
    write: (from, to, into = destination) =>
      into.write([fakeBatch(loader.events, ids(from, to))], loader.range(from, to), loaded(to - from)),
    writeRows: (table, rows) =>
      destination.write([fakeBatch(table, rows)], loader.range(0, rows.length), loaded(rows.length)),
    range: (start, end) => ({ partition, start: BigInt(start), end: BigInt(end) }),
    ask: (sql, more) => destination.query({ sql, rowsMax: 10, timeoutMs: 5000, ...more }),
    read: async (sql, from = destination) => (await from.query({ sql, rowsMax: 5000, timeoutMs: 10_000 })).rows,
    status: async (name = loader.events.name) => (await destination.tables()).find((table) => table.name === name),
  }
  return loader
}

export function ids(from: number, to: number): FakeValue[][] {
  return Array.from({ length: to - from }, (_, index) => {
    const id = from + index
    return [BigInt(id), id % 3 === 0 ? `note ${id}` : `a note that is longer than twelve bytes: ${id}`]
  })
}

/** Books of so many events, all of which became rows. */
export function loaded(count: number): Books {
  return { ...emptyBooks, received: count, loaded: count }
}

/** A table of numbered values of one type. */
export function tableOf(name: string, type: ColumnType): Table {
  return {
    name,
    columns: [
      { name: 'n', type: 'BIGINT' },
      { name: 'v', type },
    ],
  }
}

export function numbered(values: readonly FakeValue[]): FakeValue[][] {
  return values.map((value, index) => [BigInt(index), value])
}

export function named(...names: string[]): Table['columns'] {
  return names.map((name) => ({ name, type: 'BIGINT' }))
}
