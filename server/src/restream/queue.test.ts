import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeBatch } from '../batch.ts'
import { MillraceError } from '../errors.ts'
import type { Failure } from '../restream.ts'
import { openRestreamQueue, type RestreamQueue } from './queue.ts'
import { sendRound } from './send.ts'

let folder: string
let queue: RestreamQueue

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-restream-'))
  queue = openRestreamQueue(join(folder, 'restream.db'))
})
afterEach(() => {
  queue.close()
  rmSync(folder, { recursive: true })
})

const failure = (offset: number, more: Partial<Failure> = {}): Failure => ({
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
  mappingVersion: 3,
  restreamCount: 0,
  raw: Buffer.from(`{"n":${offset}}`),
  ...more,
})

describe('the restream queue', () => {
  it('does not bring back what was purged when its batch comes again, until it cannot come any more', () => {
    queue.append([failure(1), failure(2)])
    expect(queue.purge({ offsets: ['1'] }, { limit: 10 }).count).toBe(1)
    queue.forget(0, 0n) // the destination fell back, and the log is read again
    queue.append([failure(1), failure(2)])
    expect(queue.list({}, { limit: 10 }).map(({ offset }) => offset)).toEqual([2n])
    expect(queue.status()).toMatchObject({ count: 1, purged: 1 })
    queue.prune(0, 2n)
    queue.append([failure(1)])
    expect(queue.status().count).toBe(2)
  })

  it('tells what is changed while another holds the file that it passes, and changes nothing', () => {
    const other = new DatabaseSync(join(folder, 'restream.db'))
    const impatient = openRestreamQueue(join(folder, 'restream.db'), { waitMs: 10 })
    other.exec('BEGIN IMMEDIATE')
    expect(() => impatient.append([failure(1)])).toThrow(expect.objectContaining({ code: 'overloaded' }))
    other.exec('COMMIT')
    other.close()
    impatient.append([failure(2)])
    impatient.close()
    expect(queue.list({}, { limit: 10 }).map(({ offset }) => offset)).toEqual([2n])
  })

  it('keeps a failure whole, across a restart', () => {
    const whole = failure(5, { transformVersion: 4, subject: 'price' })
    queue.append([whole])
    queue.close()
    queue = openRestreamQueue(join(folder, 'restream.db'))
    const { failedAt, firstFailedAt, attempts, fingerprint, isSent, raw, ...rest } = queue.get(5n)!
    const { raw: sentRaw, ...sent } = whole
    expect(rest).toEqual(sent)
    expect(Buffer.from(raw)).toEqual(sentRaw)
    expect(isSent).toBe(false)
    expect(failedAt).toBeGreaterThan(0)
    expect({ firstFailedAt, attempts }).toEqual({ firstFailedAt: failedAt, attempts: 1 })
    expect(fingerprint).toMatch(/^[\da-f]{16}$/)
  })

  it('overwrites what a repeated batch sets aside again, and forgets what a batch that was never written set aside', () => {
    queue.append([failure(1), failure(2)])
    queue.append([failure(2, { message: 'again' }), failure(3)])
    expect(queue.list({}, { limit: 10 }).map(({ offset, message }) => [offset, message.slice(0, 5)])).toEqual([
      [1n, 'price'],
      [2n, 'again'],
      [3n, 'price'],
    ])
    queue.forget(0, 2n)
    expect(queue.list({}, { limit: 10 }).map(({ offset }) => offset)).toEqual([1n])
  })

  it('lists by page and filter', () => {
    queue.append([failure(1), failure(2, { code: 'value_too_large' }), failure(3), failure(4, { eventType: 'visit' })])
    const offsets = (...[filter, page]: Parameters<RestreamQueue['list']>) =>
      queue.list(filter, page).map(({ offset }) => Number(offset))
    expect(offsets({}, { limit: 2 })).toEqual([1, 2])
    expect(offsets({}, { limit: 2, after: 2n })).toEqual([3, 4])
    expect(offsets({ code: 'number_range' }, { limit: 9 })).toEqual([1, 3, 4])
    expect(offsets({ eventType: 'visit', code: 'number_range' }, { limit: 9 })).toEqual([4])
    expect(offsets({ input: 'Other' }, { limit: 9 })).toEqual([])
    expect(offsets({ offsets: ['2', '4'] }, { limit: 9 })).toEqual([2, 4])
  })

  it('admits one copy of each entry and calls every other a duplicate, whatever is repeated', () => {
    queue.append([failure(1), failure(2)])
    const first = [
      { entry: 1n, offset: 50n },
      { entry: 2n, offset: 51n },
    ]
    expect(queue.admit(0, first)).toEqual(new Set())
    expect(queue.admit(0, first)).toEqual(new Set())
    expect(queue.admit(0, [{ entry: 1n, offset: 60n }])).toEqual(new Set([0]))
    queue.prune(0, 51n)
    expect(queue.admit(0, [{ entry: 1n, offset: 70n }])).toEqual(new Set([0]))
    expect(queue.admit(0, [{ entry: 2n, offset: 51n }])).toEqual(new Set())
    expect(queue.status()).toMatchObject({ count: 0, bytes: 0, sent: 0, purged: 0 })
  })

  it('purges only what waits, and counts it', () => {
    queue.append([failure(1), failure(2)])
    queue.take({ offsets: ['1'] }, { limit: 1, now: 1 })
    expect(queue.purge({}, { limit: 10 })).toEqual({ count: 1, last: 2n })
    expect(queue.status()).toMatchObject({ count: 1, purged: 1 })
  })
})

describe('entries that fail again', () => {
  it('keep the time of their first failure, and count their attempts', () => {
    let now = 1000
    queue.close()
    queue = openRestreamQueue(join(folder, 'restream.db'), { now: () => now })
    queue.append([failure(1)])
    queue.admit(0, [{ entry: 1n, offset: 50n }])
    now = 2000
    queue.append([failure(50, { restreamCount: 1 })])
    queue.prune(0, 51n)
    queue.admit(0, [{ entry: 50n, offset: 90n }])
    now = 3000
    queue.append([failure(90, { restreamCount: 2 })])
    expect(queue.get(90n)).toMatchObject({ firstFailedAt: 1000, failedAt: 3000, attempts: 3 })
  })
})

describe('a queue with limits', () => {
  const limits = { eventsMax: 3, bytesMax: 1000 }
  const reopen = (more: Partial<typeof limits>) => {
    queue.close()
    queue = openRestreamQueue(join(folder, 'restream.db'), { limits: { ...limits, ...more } })
  }

  it('takes nothing once it is full, keeps what it has, and takes more once something is sent or purged', () => {
    reopen({})
    queue.append([failure(1), failure(2), failure(3), failure(4)]) // a batch may go beyond
    expect(queue.status()).toMatchObject({ count: 4, isFull: true, limits })
    expect(() => queue.append([failure(5)])).toThrow(
      expect.objectContaining({ code: 'restream_full', retryable: true, status: 503 }),
    )
    expect(queue.status().count).toBe(4)
    queue.purge({ offsets: ['1'] }, { limit: 1 })
    expect(queue.status().isFull).toBe(true)
    queue.take({}, { limit: 1, now: 1 })
    expect(queue.status()).toMatchObject({ count: 3, sent: 1, isFull: false })
    queue.append([failure(5)])
    expect(queue.status()).toMatchObject({ count: 4, isFull: true })
  })

  it('counts bytes as well', () => {
    reopen({ eventsMax: 100 })
    queue.append([failure(1, { raw: Buffer.alloc(1000) })])
    expect(() => queue.append([failure(2)])).toThrow(expect.objectContaining({ code: 'restream_full' }))
  })
})

describe('sending again', () => {
  const all = { limit: 500 }

  it('appends every event as it arrived, with its count, and leaves nothing waiting', async () => {
    const others = { input: { id: 'in2', label: 'Door', type: 'webhook' }, restreamCount: 2, receivedAt: 7 }
    queue.append([
      failure(1),
      failure(2, others),
      failure(3, { stage: 'ingest', code: 'invalid_json', raw: Buffer.from('{') }),
    ])
    const bodies: Uint8Array[] = []
    const append = async (count: number, body: Uint8Array[]) => {
      bodies.push(Buffer.concat(body))
      return count === 2 ? 10n : 12n
    }
    expect(await sendRound({}, all, { queue, append, now: () => 5000 })).toMatchObject({ count: 3, last: 3n, end: 13n })
    const batches = bodies.map((body) => decodeBatch(body))
    expect(batches.map(({ input }) => input.label)).toEqual(['Shop', 'Door'])
    expect(batches[1]).toMatchObject({ ids: ['id-2'], resent: [{ offset: '2', count: 3, receivedAt: 7 }] })
    expect(batches[0]!.faults).toEqual([{ index: 1, code: 'invalid_json', message: expect.any(String) }])
    const { payload, starts, ends } = batches[0]!
    expect(Buffer.from(payload.subarray(starts[1]!, ends[1]!)).toString()).toBe('{')
    expect(await sendRound({}, all, { queue, append, now: () => 5000 })).toBeUndefined()
  })

  it('sends large events in records that the log can take, a few at a time', async () => {
    queue.append(Array.from({ length: 30 }, (_, i) => failure(i, { raw: Buffer.alloc(1024 * 1024, 0x20) })))
    const sizes: number[] = []
    const append = async (_count: number, body: Uint8Array[]) => BigInt(sizes.push(Buffer.concat(body).length))
    let after = -1n
    for (let sent = 0; sent < 30; ) {
      const { count, last } = (await sendRound({}, { ...all, after }, { queue, append, now: () => 1 }))!
      sent += count
      after = last
    }
    expect(Math.max(...sizes)).toBeLessThan(8 * 1024 * 1024)
  })

  it('leaves waiting what could not be appended, and that alone', async () => {
    const door = { id: 'in2', label: 'Door', type: 'webhook' }
    queue.append([failure(1), failure(2, { input: door }), failure(3)])
    const append = async (_count: number, body: Uint8Array[]) => {
      if (decodeBatch(Buffer.concat(body)).input.label === 'Door') throw new MillraceError('storage_full', 'full')
      return 10n
    }
    await expect(sendRound({}, all, { queue, append, now: () => 1 })).rejects.toThrow('full')
    expect(queue.list({}, { limit: 9 }).map(({ isSent }) => isSent)).toEqual([true, false, true])
  })

  it('sends again what was marked by a process that died before it appended', async () => {
    queue.append([failure(1), failure(2)])
    queue.take({}, { limit: 2, now: 100 })
    queue.admit(0, [{ entry: 2n, offset: 9n }])
    queue.releaseLost(200)
    expect(queue.list({}, { limit: 5 }).map(({ offset, isSent }) => [offset, isSent])).toEqual([[1n, false]])
  })
})

describe('what a source fetched of days that are replaced', () => {
  const fetched = (offset: number, days: string, attempt = 'job.1', more: Partial<Failure> = {}) =>
    failure(offset, { fetchedFor: { days, attempt }, ...more })
  const january = { source: 'in1', start: '2026-01-01', end: '2026-01-31' }
  const left = () => queue.list({}, { limit: 100 }).map(({ offset }) => Number(offset))

  it('goes, and nothing else does', () => {
    queue.append([
      ...[failure(0), fetched(1, '2026-01-31'), fetched(2, '2026-02-01'), fetched(3, '2026-01-01/2026-01-10')],
      ...[fetched(4, '2026-01-25/2026-02-03'), fetched(5, '2026-01-02', 'job.2')],
      fetched(6, '2026-01-02', 'job.1', { input: { id: 'in2', label: 'Other', type: 'native' } }),
    ])
    expect(queue.replace(january, 'job.2')).toBe(2)
    expect(queue.replace(january, 'job.2')).toBe(0)
    expect([left(), queue.status()]).toMatchObject([[0, 2, 4, 5, 6], { count: 5, purged: 2 }])
  })

  it('is a duplicate where it is on its way already, and does not come back with a batch that is repeated', async () => {
    queue.append([fetched(1, '2026-01-31')])
    const sent: Uint8Array[] = []
    const append = async (_: number, body: Uint8Array[]) => {
      sent.push(Buffer.concat(body))
      return 10n
    }
    await sendRound({}, { limit: 10 }, { queue, append, now: () => 1 })
    expect(decodeBatch(sent[0]!)).toMatchObject({ fetchedFor: [{ days: '2026-01-31', attempt: 'job.1' }] })
    queue.replace(january, 'job.2')
    expect(queue.admit(0, [{ entry: 1n, offset: 10n }])).toEqual(new Set([0]))
    queue.append([fetched(1, '2026-01-31')])
    expect(left()).toEqual([])
  })
})
