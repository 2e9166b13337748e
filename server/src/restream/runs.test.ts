import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeBatch } from '../batch.ts'
import { MillraceError } from '../errors.ts'
import type { Failure } from '../restream.ts'
import { openRestreamQueue, type RestreamQueue } from './queue.ts'
import { openRestreamRuns, type RestreamRuns } from './runs.ts'

let folder: string
let queue: RestreamQueue
let runs: RestreamRuns
/** A log: what was appended, and where it ends. */
let sent: { offset: bigint; entries: bigint[] }[]
let end: bigint
let position: () => bigint
let refuse: Error | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-runs-'))
  sent = []
  end = 10_000n
  position = () => end
  refuse = undefined
  open()
})
afterEach(async () => {
  await runs.close()
  queue.close()
  rmSync(folder, { recursive: true })
})

function open(): void {
  queue = openRestreamQueue(join(folder, 'restream.db'), { isDurable: false })
  runs = openRestreamRuns({ queue, append, position: () => position() })
}

async function append(count: number, body: Uint8Array[]): Promise<bigint> {
  if (refuse !== undefined) throw refuse
  const offset = end
  end += BigInt(count)
  sent.push({ offset, entries: decodeBatch(Buffer.concat(body)).resent!.map(({ offset }) => BigInt(offset)) })
  return offset
}

const failure = (offset: number | bigint, more: Partial<Failure> = {}): Failure => ({
  partition: 0,
  offset: BigInt(offset),
  eventId: `id-${offset}`,
  eventType: 'order',
  input: { id: 'in1', label: 'Shop', type: 'native' },
  receivedAt: 1000,
  time: 900,
  stage: 'map',
  code: 'number_range',
  message: 'price is beyond what a number can hold',
  restreamCount: 0,
  raw: Buffer.from('{}'),
  ...more,
})
const failures = (count: number) => Array.from({ length: count }, (_, i) => failure(i))
const sentEntries = () => sent.flatMap(({ entries }) => entries)
const patience = { timeout: 15_000, interval: 5 }
const untilState = (id: number, state: string) => expect.poll(() => runs.get(id).state, patience).toBe(state)

describe('a run', () => {
  it('releases what it could neither append nor release at once', async () => {
    queue.append(failures(3))
    let refusals = 0
    const busy: RestreamQueue = {
      ...queue,
      release(offsets) {
        if (++refusals === 1) throw new MillraceError('overloaded', 'The restream queue is busy')
        queue.release(offsets)
      },
    }
    runs = openRestreamRuns({
      queue: busy,
      async append(count, body) {
        if (refusals === 0) throw new MillraceError('storage_full', 'full')
        return append(count, body)
      },
      position: () => position(),
    })
    await runs.start({})
    await untilState(1, 'DONE')
    expect(sentEntries()).toEqual([0n, 1n, 2n])
  })

  it('sends what waits of its filter, and tells how much and how fast', async () => {
    queue.append([...failures(1200), failure(1300, { code: 'other' })])
    const run = await runs.start({ code: 'number_range' })
    expect(run).toMatchObject({ id: 1, state: 'RUNNING', total: 1200, sent: 0, endedAt: null, error: null })
    await untilState(1, 'DONE')
    expect(runs.get(1)).toMatchObject({
      sent: 1200,
      rate: expect.any(Number),
      etaMs: null,
      endedAt: expect.any(Number),
    })
    expect(sentEntries()).toEqual(failures(1200).map(({ offset }) => offset))
    expect(queue.status()).toMatchObject({ count: 1201, sent: 1200 })
  })

  it('leaves to the next run what fails again while it goes on', async () => {
    queue.append(failures(1500))
    const failAgain = () => {
      for (const { offset, entries } of sent.splice(0)) {
        queue.admit(
          0,
          entries.map((entry, i) => ({ entry, offset: offset + BigInt(i) })),
        )
        queue.append(entries.map((_, i) => failure(offset + BigInt(i), { restreamCount: 1 })))
      }
      return end
    }
    position = failAgain
    await runs.start({})
    await untilState(1, 'DONE')
    failAgain()
    expect(runs.get(1)).toMatchObject({ total: 1500, sent: 1500 })
    expect(queue.status()).toMatchObject({ count: 1500, sent: 0 })
    expect(queue.list({}, { limit: 1 })[0]).toMatchObject({ offset: 10_000n, attempts: 2 })
  })

  it('has only so many events under way that are not loaded, and goes on when they are', async () => {
    queue.append(failures(20_000))
    let loaded = end
    position = () => loaded
    await runs.start({})
    await expect.poll(() => runs.get(1).sent, patience).toBe(8_000)
    loaded = end
    await expect.poll(() => runs.get(1).sent, patience).toBe(16_000)
    expect(runs.get(1)).toMatchObject({ state: 'RUNNING', etaMs: expect.any(Number) })
    loaded += 1_000_000n
    await untilState(1, 'DONE')
  })

  it('keeps to the rate it is given', async () => {
    queue.append(failures(200))
    const startedAt = performance.now()
    await runs.start({}, { eventsPerSecondMax: 200 })
    await untilState(1, 'DONE')
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    expect(runs.get(1)).toMatchObject({ eventsPerSecondMax: 200, sent: 200 })
  })

  it('is alone, until it has ended', async () => {
    queue.append(failures(100))
    position = () => 0n
    await runs.start({}, { eventsPerSecondMax: 1 })
    await expect(runs.start({})).rejects.toMatchObject({ code: 'conflict' })
    expect(await runs.stop(1)).toMatchObject({ state: 'STOPPED', error: null })
    await runs.start({})
    await untilState(2, 'DONE')
    expect(runs.list({ limit: 10 }).map(({ id, state }) => [id, state])).toEqual([
      [2, 'DONE'],
      [1, 'STOPPED'],
    ])
    expect(runs.list({ limit: 10, before: 2 }).map(({ id }) => id)).toEqual([1])
    expect(await runs.stop(2)).toMatchObject({ state: 'DONE' })
    await expect(runs.stop(3)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('waits for what passes, and says why; what does not pass ends it, and nothing is lost', async () => {
    queue.append(failures(3))
    refuse = new MillraceError('storage_full', 'The disk is full')
    await runs.start({})
    await expect.poll(() => runs.get(1).error, patience).toBe('The disk is full')
    expect(runs.get(1).state).toBe('RUNNING')
    refuse = undefined
    await untilState(1, 'DONE')
    expect(sentEntries()).toEqual([0n, 1n, 2n])

    queue.append([failure(5)])
    refuse = new MillraceError('log_stopped', 'The log is stopped')
    await runs.start({})
    await untilState(2, 'FAILED')
    expect(runs.get(2)).toMatchObject({ sent: 0, error: 'The log is stopped' })
    expect(queue.waiting({}).count).toBe(1)
  })

  it('waits while another thread holds the queue', async () => {
    queue.append(failures(3))
    const impatient = openRestreamQueue(join(folder, 'restream.db'), { waitMs: 0, isDurable: false })
    const others = openRestreamRuns({ queue: impatient, append, position: () => position() })
    const holder = new DatabaseSync(join(folder, 'restream.db'))
    holder.exec('BEGIN IMMEDIATE')
    const started = others.start({})
    setTimeout(() => holder.exec('COMMIT'), 100)
    expect(await started).toMatchObject({ total: 3 })
    await untilState(1, 'DONE')
    holder.close()
    await others.close()
    impatient.close()
  })

  it('is shown as stopped where its process died', async () => {
    queue.append(failures(100))
    await runs.start({ eventType: 'order' }, { eventsPerSecondMax: 4 })
    await expect.poll(() => runs.get(1).sent, patience).toBeGreaterThan(0)
    const dead = queue
    queue = openRestreamQueue(join(folder, 'restream.db'), { isDurable: false })
    const restarted = openRestreamRuns({ queue, append, position: () => position() })
    expect(restarted.get(1)).toMatchObject({
      state: 'STOPPED',
      filter: { eventType: 'order' },
      error: 'The server ended while it ran',
    })
    await runs.close()
    dead.close()
    runs = restarted
  })

  it('is shown as stopped where the server was, and what it has not sent waits', async () => {
    queue.append(failures(100))
    await runs.start({}, { eventsPerSecondMax: 4 })
    await expect.poll(() => runs.get(1).sent, patience).toBeGreaterThan(0)
    await runs.close()
    queue.close()
    open()
    expect(runs.get(1)).toMatchObject({ state: 'STOPPED', error: 'The server was stopped while it ran' })
    expect(queue.waiting({}).count).toBe(100 - runs.get(1).sent)
  })
})
