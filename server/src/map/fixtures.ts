/** For this stage's tests: events as the log carries them, and rows of columns read back one by one. */
import { newIdBase } from '@millrace/event/id'
import type { EventBatch } from '../batch.ts'
import type { ColumnData, ColumnType, RowBatch } from '../rows.ts'
import { silentLogger } from '../telemetry.ts'
import type { MapInput } from './event-rows.ts'
import { type Mapper, openMapper } from './mapper.ts'
import type { Mapping } from './mapping.ts'
import { type Cell, readCell } from './meaning.ts'

/** An event: its type, and its JSON as text or as a value. */
export type TestEvent = readonly [type: string, data: unknown]

/** One log record; events given as text may be any JSON object, such as no `JSON.stringify` would write. */
export function inputOf(events: readonly TestEvent[], more: Partial<EventBatch> = {}, firstOffset = 0n): MapInput {
  const pieces = events.map(([, data]) => Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)))
  const starts = new Uint32Array(events.length)
  const ends = new Uint32Array(events.length)
  let length = 1
  for (const [place, piece] of pieces.entries()) {
    starts[place] = length
    length += piece.length
    ends[place] = length
    length++
  }
  const types = [...new Set(events.map(([type]) => type))]
  const batch: EventBatch = {
    input: { id: 'i1', label: 'shop', type: 'native' },
    receivedAt: 1_700_000_000_123,
    idBase: newIdBase(1_700_000_000_123),
    types,
    typeIndex: events.map(([type]) => types.indexOf(type)),
    starts,
    ends,
    payload: Buffer.concat(pieces.flatMap((piece) => [Buffer.from(' '), piece])),
    ...more,
  }
  return { batch, firstOffset }
}

/** Events of the type `test`. */
export function testInput(...data: readonly unknown[]): MapInput {
  return inputOf(data.map((value) => ['test', value]))
}

export interface TestMapper extends Mapper {
  /** Every version that was saved, in order. */
  readonly saved: Mapping[]
}

/** Mappings are handed on as the metadata store would: through JSON. */
export function testMapper(mappings: readonly Mapping[] = []): TestMapper {
  const saved: Mapping[] = []
  const mapper = openMapper({
    mappings: mappings.map((mapping) => JSON.parse(JSON.stringify(mapping)) as unknown),
    save: async (mapping) => void saved.push(mapping),
    logger: silentLogger,
  })
  return Object.assign(mapper, { saved })
}

/** Rows by column names; what holds no value is left out. */
export function rowsOf({ table, rowCount, columns }: RowBatch): Record<string, Cell>[] {
  const cells = table.columns.map(({ type }, place) => cellsOf(type, columns[place]!, rowCount))
  return Array.from({ length: rowCount }, (_, row) =>
    Object.fromEntries(
      table.columns
        .map(({ name }, place) => [name, cells[place]![row]!] as const)
        .filter((entry): entry is readonly [string, Cell] => entry[1] !== null),
    ),
  )
}

/** Rows without the system's columns. */
export function dataOf(batch: RowBatch | undefined): Record<string, Cell>[] {
  return rowsOf(batch!).map(({ _id, _time, _received_at, _input, _event_type, ...data }) => data)
}

/** The types of a table's columns but the system's, by name. */
export function typesOf({ table }: RowBatch): Record<string, ColumnType> {
  return Object.fromEntries(table.columns.slice(5).map(({ name, type }) => [name, type]))
}

function cellsOf(type: ColumnType, column: ColumnData, rowCount: number): (Cell | null)[] {
  return Array.from({ length: rowCount }, (_, row) => readCell(type, column, row))
}
