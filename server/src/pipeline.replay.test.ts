/** Whatever dies, falls back, is sent again or deployed in between: at the end each event was loaded once. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { decodeBatch, type EventBatch, encodeBatch } from './batch.ts'
import { MillraceError } from './errors.ts'
import type { Load } from './load/load.ts'
import { openMapper } from './map/mapper.ts'
import { runPipeline } from './pipeline.ts'
import { openRestreamQueue, type RestreamQueue } from './restream/queue.ts'
import { sendRound } from './restream/send.ts'
import { valuesOf } from './row-values.ts'
import { type Books, imbalanceOf } from './rows.ts'
import { silentLogger } from './telemetry.ts'
import { openCodeEngine } from './transform/code-engine.ts'
import { openFakeGuests } from './transform/fake-guests.fixture.ts'
import { defaultTransformLimits } from './transform.ts'

/** Small, fast and the same each time. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state >>> 8) % below
  }
}

interface Row {
  readonly event: number
  readonly parts: number
}

/** A log, a destination that may fall back to its last checkpoint, and a queue: what outlives a crash. */
class World {
  readonly queue: RestreamQueue
  readonly log: { offset: bigint; batch: EventBatch }[] = []
  readonly random: (below: number) => number
  end = 0n
  events = 0
  durable = 0n
  transactions: { start: bigint; end: bigint; rows: Row[]; books: Books }[] = []
  readonly purged = new Set<number>()
  version = 1
  /** Whether the code fails on nothing any more. */
  isMended = false

  constructor(path: string, seed: number) {
    this.queue = openRestreamQueue(path, { isDurable: false })
    this.random = randomOf(seed)
  }

  get position(): bigint {
    return this.transactions.at(-1)?.end ?? 0n
  }

  append(batch: EventBatch): bigint {
    const offset = this.end
    this.log.push({ offset, batch })
    this.end += BigInt(batch.starts.length)
    return offset
  }

  receive(): void {
    const texts = Array.from({ length: 1 + this.random(4) }, () => Buffer.from(`{"n":${this.events++}}`))
    const ends = Uint32Array.from(texts, (_, i) => texts.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0))
    this.append({
      input: { id: 'in1', label: 'Shop', type: 'native' },
      receivedAt: 1_000,
      idBase: new Uint8Array(16),
      types: ['sale'],
      ids: texts.map((text) => text.toString()),
      starts: Uint32Array.from(ends, (end, i) => end - texts[i]!.length),
      ends,
      payload: Buffer.concat(texts),
    })
  }

  /** What this version of the code makes of an event. */
  transform(n: number): Record<string, unknown>[] {
    const fate = this.isMended ? 2 : (n * 7 + this.version * 13 + (n >> 2) * this.version) % 5
    if (fate === 0) throw new Error('no')
    const parts = (n + this.version) % 3 === 0 ? 1 : 1 + ((n + this.version) % 3)
    return Array.from({ length: parts }, (_, part) => ({
      n,
      parts,
      flag: fate === 1 && part === parts - 1 ? 'text' : part,
    }))
  }

  async run(): Promise<void> {
    const guests = openFakeGuests({ code: (event) => this.transform(event['n'] as number) })
    const engine = openCodeEngine({ guests, logger: silentLogger, heldBytesMax: 200 + this.random(3_000) })
    const main = { name: 'main', language: 'javascript', code: 'code' } as const
    const rest = { order: ['main'], secrets: {}, lookups: {}, limits: defaultTransformLimits }
    engine.deploy({ version: this.version, modules: [main], ...rest })
    const mapper = openMapper({ mappings: [], save: async () => {}, logger: silentLogger, defaultMode: 'STRICT' })
    const fields = ['n', 'parts', 'flag'].map((name) => ({ path: [name], column: name, type: 'BIGINT' }))
    await mapper.set('sale', { table: 'sales', fields })
    const { random } = this
    const crashAt = random(3) === 0 ? random(4) : -1
    let writes = 0
    const world = this
    const load: Load = {
      claim: async () => world.position,
      durablePosition: async () => world.durable,
      replace: async () => {},
      async write(tables, { start, end }, books) {
        expect(start).toBe(world.position)
        const crashes = writes++ === crashAt
        if (crashes && random(2) === 0) throw new Error('crash')
        const rows = tables.flatMap((batch) =>
          Array.from({ length: batch.rowCount }, (_, row): Row => {
            const { n, parts } = valuesOf(batch, row) as { n: unknown; parts: unknown }
            return { event: Number(n), parts: Number(parts) }
          }),
        )
        world.transactions.push({ start, end, rows, books })
        if (random(3) === 0) world.durable = end
        if (crashes) throw new Error('crash')
      },
    }
    const pipeline = {
      partition: 0,
      log: {
        async *read(partition: number, from: bigint) {
          for (const { offset, batch } of world.log) {
            const count = batch.starts.length
            const next = offset + BigInt(count)
            if (next <= from) continue
            expect(offset >= from).toBe(true)
            const body = Buffer.concat(encodeBatch(batch))
            yield { partition, offset, count, appendedAt: 0, tag: undefined, body }
          }
        },
      },
      engine,
      mapper,
      restream: this.queue,
      load,
      onClaimed: () => {},
      observe: () => {},
      onProgress: () => {},
    }
    await runPipeline(pipeline, new AbortController().signal).catch((error: Error) => {
      if (error.message !== 'crash') throw error
    })
  }

  async send(): Promise<void> {
    const range = { limit: 1 + this.random(6) }
    const append = async (_: number, body: Uint8Array[]) => {
      const isRefused = this.random(4) === 0
      if (isRefused && this.random(2) === 0) throw new MillraceError('storage_full', 'full')
      const offset = this.append(decodeBatch(Buffer.concat(body)))
      if (isRefused) throw new MillraceError('storage_full', 'nobody knows')
      return offset
    }
    await sendRound({}, range, { queue: this.queue, append, now: () => 5 }).catch((error: unknown) => {
      if (!(error instanceof MillraceError)) throw error
    })
  }

  fallBack(): void {
    this.transactions = this.transactions.filter(({ end }) => end <= this.durable)
  }

  purge(): void {
    const [entry] = this.queue.list({}, { limit: 1 })
    if (entry === undefined) return
    const { count } = this.queue.purge({ offsets: [`${entry.offset}`] }, { limit: 1 })
    if (count > 0) this.purged.add(Number(JSON.parse(Buffer.from(entry.raw).toString()).n))
  }

  check(): void {
    for (const { books } of this.transactions) expect(imbalanceOf(books)).toBe(0)
    for (const [event, rows] of Map.groupBy(
      this.transactions.flatMap(({ rows }) => rows),
      ({ event }) => event,
    )) {
      expect([event, rows.length]).toEqual([event, rows[0]!.parts])
    }
  }
}

async function live(path: string, seed: number): Promise<void> {
  const world = new World(path, seed)
  const { random } = world
  try {
    for (let step = 0; step < 60; step++) {
      const what = random(10)
      if (what < 3) world.receive()
      else if (what < 6) await world.run()
      else if (what < 8) await world.send()
      else if (what === 8) random(2) === 0 ? world.fallBack() : world.version++
      else if (random(3) === 0) world.purge()
      world.check()
    }
    world.isMended = true
    for (let round = 0; round < 100; round++) {
      await world.run()
      world.check()
      if (world.position === world.end) world.queue.releaseLost(10)
      if (world.position === world.end && world.queue.status().count === 0) break
      await world.send()
    }
    const { count, purged } = world.queue.status()
    const sum = (name: keyof Books) => world.transactions.reduce((total, { books }) => total + books[name], 0)
    expect([world.position, count]).toEqual([world.end, 0])
    expect(sum('restreamed') - (sum('resent') - sum('duplicate'))).toBe(purged) // as `verify` counts
    const loaded = new Set(world.transactions.flatMap(({ rows }) => rows.map(({ event }) => event)))
    for (let event = 0; event < world.events; event++) {
      if (!world.purged.has(event)) expect([event, loaded.has(event)]).toEqual([event, true])
    }
  } finally {
    world.queue.close()
  }
}

it('loads each event once, whatever dies, falls back, is sent again, purged or deployed in between', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-replay-'))
  try {
    for (let seed = 1; seed <= Number(process.env['SEEDS'] ?? 25); seed++)
      await live(join(folder, `${seed}.db`), seed).catch((error: Error) => {
        error.message = `seed ${seed}: ${error.message}`
        throw error
      })
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 120_000)
