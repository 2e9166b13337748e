import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type EventBatch, encodeBatch } from './batch.ts'
import { MillraceError } from './errors.ts'
import type { Load } from './load/load.ts'
import type { LogReader } from './log/log.ts'
import { type Mapper, openMapper } from './map/mapper.ts'
import type { ObservedBatch } from './observe/observed-batch.ts'
import { type Progress, runPipeline } from './pipeline.ts'
import { openRestreamQueue, type RestreamQueue } from './restream/queue.ts'
import type { Books, LogRange, RowBatch, TextValues } from './rows.ts'
import { silentLogger } from './telemetry.ts'
import { type CodeEngine, openCodeEngine } from './transform/code-engine.ts'
import { type FakeCode, openFakeGuests } from './transform/fake-guests.fixture.ts'
import { defaultTransformLimits } from './transform.ts'

let folder: string
let restream: RestreamQueue

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'))
  restream = openRestreamQueue(join(folder, 'restream.db'))
})
afterEach(() => {
  restream.close()
  rmSync(folder, { recursive: true })
})

interface Written {
  readonly range: LogRange
  readonly books: Books
  readonly rows: number
}

/** Runs a pipeline over batches at the given offsets until they have all been read. */
async function carried(
  log: readonly [offset: number, batch: EventBatch][],
  position = 0n,
  code?: FakeCode[string],
  {
    mapper = openMapper({ mappings: [], save: async () => {}, logger: silentLogger }),
    beforeWrite = async () => {},
    heldBytesMax,
    observe = () => {},
  }: {
    mapper?: Mapper
    beforeWrite?: (batches: readonly RowBatch[]) => Promise<void>
    heldBytesMax?: number
    observe?: (batch: ObservedBatch) => void
  } = {},
) {
  const written: Written[] = []
  const progress: Progress[] = []
  const load: Load = {
    claim: async () => position,
    durablePosition: async () => 0n,
    replace: async () => {},
    async write(batches: readonly RowBatch[], range, books) {
      await beforeWrite(batches)
      written.push({ range, books, rows: batches.reduce((sum, { rowCount }) => sum + rowCount, 0) })
    },
  }
  const pipeline = {
    partition: 0,
    log: readerOf(log),
    engine: engineOf(code, heldBytesMax),
    mapper,
    restream,
    load,
    onClaimed: () => {},
    observe,
    onProgress: (told: Progress) => progress.push(told),
  }
  await runPipeline(pipeline, new AbortController().signal)
  return { written, progress }
}

function engineOf(code: FakeCode[string] | undefined, heldBytesMax?: number): CodeEngine {
  const guests = openFakeGuests({ code: code! })
  const engine = openCodeEngine({ guests, logger: silentLogger, ...(heldBytesMax && { heldBytesMax }) })
  const main = { name: 'main', language: 'javascript', code: 'code' } as const
  const rest = { order: ['main'], secrets: {}, lookups: {}, limits: defaultTransformLimits }
  if (code) engine.deploy({ version: 3, modules: [main], ...rest })
  return engine
}

function readerOf(log: readonly [offset: number, batch: EventBatch][]): LogReader {
  return {
    async *read(partition) {
      for (const [offset, batch] of log) {
        const body = Buffer.concat(encodeBatch(batch))
        yield { partition, offset: BigInt(offset), count: batch.starts.length, appendedAt: 0, tag: undefined, body }
      }
    },
  }
}

/** A batch of these texts, all of one type. */
function batchOf(texts: readonly string[], more: Partial<EventBatch> = {}): EventBatch {
  const parts = texts.map((text) => Buffer.from(text))
  const ends = Uint32Array.from(parts, (_, i) => parts.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0))
  return {
    input: { id: 'in1', label: 'Shop', type: 'native' },
    receivedAt: 1_700_000_000_000,
    idBase: new Uint8Array(16),
    types: ['order'],
    starts: Uint32Array.from(ends, (end, i) => end - parts[i]!.length),
    ends,
    payload: Buffer.concat(parts),
    ...more,
  }
}

it('loads what can be mapped and sets aside, whole, what cannot', async () => {
  const batch = batchOf(['{"n":1}', '{"n":1e999}', '{"n":'], {
    faults: [{ index: 2, code: 'invalid_json', message: 'cut short' }],
  })
  const { written, progress } = await carried([[0, batch]])
  expect(written).toEqual([
    {
      range: { partition: 0, start: 0n, end: 3n },
      rows: 1,
      books: expect.objectContaining({ received: 3, loaded: 1, restreamed: 2 }),
    },
  ])
  const kept = restream.list({}, { limit: 9 })
  expect(kept.map(({ offset, stage, code, raw }) => [offset, stage, code, Buffer.from(raw).toString()])).toEqual([
    [1n, 'map', 'number_range', '{"n":1e999}'],
    [2n, 'ingest', 'invalid_json', '{"n":'],
  ])
  expect(progress[0]!.failures.map(({ code }) => code).sort()).toEqual(['invalid_json', 'number_range'])
})

it('forgets what a batch that was never written had set aside', async () => {
  await carried([[0, batchOf(['{"n":1e999}', '{"n":1e999}'])]])
  await carried([], 1n)
  expect(restream.list({}, { limit: 9 }).map(({ offset }) => offset)).toEqual([0n])
})

it('loads an event that was sent through again once, however often a copy comes', async () => {
  await carried([[0, batchOf(['{"n":1e999}'])]])
  const copy = batchOf(['{"n":1}'], { resent: [{ offset: '0', count: 1, receivedAt: 5 }] })
  const { written } = await carried(
    [
      [1, copy],
      [2, copy],
    ],
    1n,
  )
  expect(written.map(({ rows }) => rows)).toEqual([1])
  expect(written[0]!.books).toMatchObject({ received: 2, resent: 2, loaded: 1, duplicate: 1 })
})

it('carries a batch of which the code makes much in several parts, and its books balance', async () => {
  const log = Array.from({ length: 1_800 }, (_, n): [number, EventBatch] => [n, batchOf([`{"n":${n}}`])])
  const text = 'x'.repeat(1_000)
  const { written } = await carried(log, 0n, (event) => ({ ...event, text }), { heldBytesMax: 100_000 })
  expect(written.length).toBeGreaterThan(1)
  expect(written.reduce((sum, { rows }) => sum + rows, 0)).toBe(1_800)
  for (const [index, { range, books, rows }] of written.entries()) {
    expect(range.start).toBe(index === 0 ? 0n : written[index - 1]!.range.end)
    expect([Number(range.end - range.start), books.received, books.loaded]).toEqual([rows, rows, rows])
  }
})

it('makes the rows anew where a table was changed, and its mapping, while they waited to be written', async () => {
  const mapper = openMapper({ mappings: [], save: async () => {}, logger: silentLogger, defaultMode: 'STRICT' })
  let writes = 0
  const beforeWrite = async () => {
    if (++writes > 1) return
    await mapper.setDefaultMode('AUTO_MAP')
    throw new MillraceError('schema_conflict', 'The table was altered')
  }
  const { written } = await carried([[0, batchOf(['{"n":1}', '{"n":1e999}'])]], 0n, undefined, { mapper, beforeWrite })
  expect(written.map(({ rows, books }) => [rows, books.restreamed])).toEqual([[1, 1]])
  expect(restream.list({}, { limit: 9 }).map(({ offset }) => offset)).toEqual([1n])
})

it.each([
  { what: 'as they arrive', code: undefined },
  { what: 'that code has made', code: (event: Record<string, unknown>) => ({ ...event, made: true }) },
])('has rows and events $what at hand until each is written and seen, though it is tried twice', async ({ code }) => {
  const text = (n: number) => `${n}`.repeat(5_000)
  const log = Array.from({ length: 9 }, (_, n): [number, EventBatch] => [n, batchOf([`{"text":"${text(n)}"}`])])
  const [written, seen, arrived]: string[][] = [[], [], []]
  let writes = 0
  const beforeWrite = async (batches: readonly RowBatch[]) => {
    const texts = batches.flatMap((batch) => textsOf(batch, 'text'))
    if (++writes % 2 === 1) throw new MillraceError('schema_conflict', 'The table was altered')
    written!.push(...texts)
  }
  const observe = ({ arrivals, outputs = [] }: ObservedBatch) => {
    for (const { batch } of arrivals) arrived!.push(Buffer.from(batch.payload).toString('utf8', 9, 5_009))
    for (const { batch } of outputs) seen!.push(Buffer.from(batch.payload).toString('utf8', 9, 5_009))
  }
  await carried(log, 0n, code, { beforeWrite, observe, heldBytesMax: 20_000 })
  const all = log.map(([n]) => text(n))
  expect([written, seen, arrived]).toEqual([all, all, all])
})

/** Of one column of texts. */
function textsOf({ table, columns }: RowBatch, name: string): string[] {
  const { offsets, bytes } = columns[table.columns.findIndex((column) => column.name === name)]!.values as TextValues
  return Array.from({ length: offsets.length - 1 }, (_, row) =>
    Buffer.from(bytes.subarray(offsets[row], offsets[row + 1])).toString(),
  )
}

it('gives up where the tables do not become what their mapping asks for', async () => {
  const beforeWrite = async () => {
    throw new MillraceError('schema_conflict', 'The table was altered')
  }
  const carrying = carried([[0, batchOf(['{"n":1}'])]], 0n, undefined, { beforeWrite })
  await expect(carrying).rejects.toMatchObject({ code: 'schema_conflict' })
})

it('an event that failed is not loaded as well, though its mapping is changed before its batch is mapped again', async () => {
  const mapper = openMapper({ mappings: [], save: async () => {}, logger: silentLogger, defaultMode: 'STRICT' })
  await mapper.set('order', { table: 'orders', fields: [{ path: ['n'], column: 'n', type: 'BIGINT' }] })
  const map = mapper.map.bind(mapper)
  mapper.map = async (inputs) => {
    const mapped = await map(inputs)
    await mapper.setDefaultMode('AUTO_MAP')
    return mapped
  }
  const batch = batchOf(['{"n":0}', '{"n":1}'], { types: ['order', 'other'], typeIndex: [0, 1] })
  const split: FakeCode[string] = (event) => (event['n'] === 0 ? [{ n: 5 }, { n: 'no number' }] : event)
  const { written } = await carried([[0, batch]], 0n, split, { mapper })
  expect(written.map(({ rows, books }) => [rows, books.restreamed])).toEqual([[0, 2]])
})

it('goes on behind offsets that a repaired log leaves out', async () => {
  const { written } = await carried([
    [0, batchOf(['{"n":1}'])],
    [100, batchOf(['{"n":2}'])],
  ])
  expect(written.at(0)!.range.start).toBe(0n)
  expect(written.at(-1)!.range.end).toBe(101n)
  for (const [index, { range }] of written.entries())
    if (index > 0) expect(range.start).toBe(written[index - 1]!.range.end)
})

it('splits a batch whose tables together are too wide for one transaction', async () => {
  const wide = (type: string) => {
    const fields = Array.from({ length: 900 }, (_, i) => `"f${i}":${i}`)
    return batchOf([`{${fields.join(',')}}`], { types: [type] })
  }
  const { written } = await carried(['a', 'b', 'c', 'd', 'e'].map((type, index) => [index, wide(type)]))
  expect(written.length).toBeGreaterThan(1)
  expect(written.reduce((sum, { rows }) => sum + rows, 0)).toBe(5)
  expect(written.map(({ range }) => range.start)).toEqual([0n, ...written.slice(0, -1).map(({ range }) => range.end)])
})

it('what users’ code drops, splits and fails on is in the books, and what it fails on is set aside as it arrived', async () => {
  const { written } = await carried([[0, batchOf(['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}'])]], 0n, ({ n }) => {
    if (n === 0) return null
    if (n === 1) throw new Error('not this one')
    return n === 2 ? [{ part: 1 }, { part: 2 }, { part: 3 }] : { n }
  })
  expect(written.map(({ rows }) => rows)).toEqual([4])
  expect(written[0]!.books).toMatchObject({ received: 4, split: 2, dropped: 1, restreamed: 1, loaded: 4 })
  const [kept] = restream.list({}, { limit: 9 })
  expect(kept).toMatchObject({ offset: 1n, stage: 'transform', code: 'transform_error', transformVersion: 3 })
  expect(Buffer.from(kept!.raw).toString()).toBe('{"n":1}')
})

it('of an event that was split, either every part is loaded or none', async () => {
  const { written } = await carried([[0, batchOf(['{"n":1}', '{"n":2}'])]], 0n, ({ n }) =>
    n === 1 ? [{ n: 1 }, { n: 1, text: 'x'.repeat(1_100_000) }, { n: 1 }] : [{ n: 2 }, { n: 2 }],
  )
  expect(written.map(({ rows }) => rows)).toEqual([2])
  expect(written[0]!.books).toMatchObject({ received: 2, split: 1, restreamed: 1, loaded: 2 })
  const kept = restream.list({}, { limit: 9 })
  expect(kept.map(({ offset, code, raw }) => [offset, code, Buffer.from(raw).toString()])).toEqual([
    [0n, 'value_too_large', '{"n":1}'],
  ])
})
