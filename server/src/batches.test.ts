import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { batches } from './batches.ts'
import type { LogRecord } from './log/log.ts'

const record = (offset: number, count: number, byte = 0): LogRecord => ({
  partition: 0,
  offset: BigInt(offset),
  count,
  appendedAt: 0,
  tag: undefined,
  body: Uint8Array.of(byte),
})

const limits = { eventsMax: 10, bytesMax: 1000, lingerMs: 20, intervalMs: 0, eventsPromising: 10 }
const running = new AbortController().signal

async function gathered(records: AsyncIterable<LogRecord>, signal = running): Promise<number[][]> {
  const seen: number[][] = []
  for await (const batch of batches(records, limits, signal)) seen.push(batch.map(({ offset }) => Number(offset)))
  return seen
}

describe('batches', () => {
  it('are filled up to the limit of events, in order, nothing left out', async () => {
    async function* records() {
      for (let offset = 0; offset < 30; offset += 3) yield record(offset, 3)
    }
    expect(await gathered(records())).toEqual([[0, 3, 6], [9, 12, 15], [18, 21, 24], [27]])
  })

  it('take a single record that is larger than the limit', async () => {
    async function* records() {
      yield record(0, 50)
      yield record(50, 1)
    }
    expect(await gathered(records())).toEqual([[0], [50]])
  })

  it('do not wait for company longer than the linger time', async () => {
    const later = Promise.withResolvers<void>()
    async function* records() {
      yield record(0, 1)
      await later.promise
      yield record(1, 1)
    }
    const iterator = batches(records(), limits, running)
    expect((await iterator.next()).value.length).toBe(1)
    later.resolve()
    expect((await iterator.next()).value.length).toBe(1)
    expect((await iterator.next()).done).toBe(true)
  })

  it('of a steady flow are no closer together than the interval, while the first waits only the linger time', async () => {
    async function* records() {
      for (let offset = 0; ; offset++) {
        yield record(offset, 1)
        await delay(5)
      }
    }
    const slow = { ...limits, eventsMax: 1000, intervalMs: 200 }
    const iterator = batches(records(), slow, running)
    const startedAt = performance.now()
    const ends: number[] = []
    for (let batch = 0; batch < 3; batch++) {
      await iterator.next()
      ends.push(performance.now() - startedAt)
    }
    await iterator.return(undefined)
    expect(ends[0]).toBeLessThan(190)
    expect(ends[1]! - ends[0]!).toBeGreaterThan(190)
    expect(ends[2]! - ends[1]!).toBeGreaterThan(190)
  })

  it('that may well be filled wait as long once more, and no longer', async () => {
    const intervalMs = 200
    const patient = { ...limits, eventsMax: 6, eventsPromising: 3, lingerMs: intervalMs, intervalMs }
    const firstOf = async (count: number, later: number) => {
      async function* records() {
        for (let offset = 0; offset < count; offset++) yield record(offset, 1)
        await delay(intervalMs * 1.5)
        for (let offset = count; offset < count + later; offset++) yield record(offset, 1)
        await delay(intervalMs * 4)
      }
      const iterator = batches(records(), patient, running)
      const batch = (await iterator.next()).value
      await iterator.return(undefined)
      return batch.length
    }
    expect(await Promise.all([firstOf(3, 3), firstOf(3, 1), firstOf(2, 4)])).toEqual([6, 4, 2])
  })

  it('tell what was read before a failure, then the failure', async () => {
    async function* records() {
      yield record(0, 1)
      yield record(1, 1)
      throw new Error('damaged')
    }
    const iterator = batches(records(), limits, running)
    expect((await iterator.next()).value.length).toBe(2)
    await expect(iterator.next()).rejects.toThrow('damaged')
  })

  it('keep the bodies of a reader that reuses its memory', async () => {
    const shared = new Uint8Array(1)
    async function* records() {
      for (let i = 0; i < 3; i++) {
        shared[0] = i
        yield { ...record(i, 1), body: shared }
      }
    }
    for await (const batch of batches(records(), limits, running))
      expect(batch.map(({ body }) => body[0])).toEqual([0, 1, 2])
  })

  it('pass on the error of the reader after the batch before it', async () => {
    async function* records(): AsyncGenerator<LogRecord> {
      yield record(0, 10)
      await delay(1)
      throw new Error('damaged')
    }
    const iterator = batches(records(), limits, running)
    expect((await iterator.next()).value.length).toBe(1)
    await expect(iterator.next()).rejects.toThrow('damaged')
  })
})
