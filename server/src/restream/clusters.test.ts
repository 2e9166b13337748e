/** What the queue counts beside its entries is what a count of the entries says, whatever was done to them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Failure, RestreamCluster, RestreamEntry } from '../restream.ts'
import { openRestreamQueue, type RestreamQueue } from './queue.ts'

const hour = 3_600_000
const startedAt = 500_000 * hour

type Step =
  | { do: 'append'; at: number[]; kind: number }
  | { do: 'fail again'; entry: number; kind: number }
  | { do: 'forget'; from: number }
  | { do: 'take'; kind: number; limit: number }
  | { do: 'purge'; kind: number; limit: number }
  | { do: 'release'; offsets: number[] }
  | { do: 'admit'; entry: number }
  | { do: 'prune'; before: number }
  | { do: 'release lost' }
  | { do: 'wait'; hours: number }

const offset = fc.integer({ min: 0, max: 12 })
const kind = fc.integer({ min: 0, max: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      at: fc.array(offset, { minLength: 1, maxLength: 6 }),
      kind,
    }),
  },
  fc.record({ do: fc.constant('fail again' as const), entry: offset, kind }),
  fc.record({ do: fc.constant('forget' as const), from: offset }),
  fc.record({ do: fc.constant('take' as const), kind, limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('purge' as const), kind, limit: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('release' as const), offsets: fc.array(offset, { maxLength: 4 }) }),
  fc.record({ do: fc.constant('admit' as const), entry: offset }),
  fc.record({ do: fc.constant('prune' as const), before: fc.integer({ min: 0, max: 200 }) }),
  fc.record({ do: fc.constant('release lost' as const) }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 30 }) }),
)

const failure = (at: number, kind: number, restreamCount = 0): Failure => ({
  partition: 0,
  offset: BigInt(at),
  eventId: `id-${at}`,
  eventType: kind % 2 === 0 ? 'order' : 'visit',
  input: { id: 'i', label: kind % 3 === 0 ? 'Shop' : 'Door', type: 'native' },
  receivedAt: 1,
  time: 1,
  stage: 'map',
  code: kind < 3 ? 'number_range' : 'value_too_large',
  message: `field ${at} is "${at}"`,
  ...(kind === 5 ? { subject: 'price' } : {}),
  restreamCount,
  raw: Buffer.alloc(at + 1),
})

const filterOf = (kind: number) =>
  [
    {},
    { code: 'number_range' },
    { eventType: 'visit' },
    { input: 'Door' },
    { code: 'value_too_large', eventType: 'order' },
    {},
  ][kind]!

describe('clusters and totals', () => {
  it('are what a count of the entries says, after whatever was done', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const folder = mkdtempSync(join(tmpdir(), 'millrace-clusters-'))
        let now = startedAt
        const queue = openRestreamQueue(join(folder, 'restream.db'), { isDurable: false, now: () => now })
        try {
          let copy = 100
          for (const step of steps) {
            if (step.do === 'append') queue.append(step.at.map((at) => failure(at, (step.kind + at) % 6)))
            else if (step.do === 'fail again') {
              queue.admit(0, [{ entry: BigInt(step.entry), offset: BigInt(++copy) }])
              queue.append([failure(copy, step.kind, 1)])
            } else if (step.do === 'forget') queue.forget(0, BigInt(step.from))
            else if (step.do === 'take') queue.take(filterOf(step.kind), { limit: step.limit, now })
            else if (step.do === 'purge') queue.purge(filterOf(step.kind), { limit: step.limit })
            else if (step.do === 'release') queue.release(step.offsets.map(BigInt))
            else if (step.do === 'admit') queue.admit(0, [{ entry: BigInt(step.entry), offset: BigInt(++copy) }])
            else if (step.do === 'prune') queue.prune(0, BigInt(step.before))
            else if (step.do === 'release lost') queue.releaseLost(now)
            else now += step.hours * hour
            compare(queue, now)
          }
        } finally {
          queue.close()
          rmSync(folder, { recursive: true })
        }
      }),
      { numRuns: 60 },
    )
  })

  it('are listed by page, the largest first', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-clusters-'))
    const queue = openRestreamQueue(join(folder, 'restream.db'))
    try {
      const messages = ['a', 'b', 'b', 'c', 'd', 'd', 'd']
      queue.append(messages.map((message, at) => ({ ...failure(at, 0), message })))
      const first = queue.clusters({ limit: 2 })
      expect(first.map(({ message, count }) => [message, count])).toEqual([
        ['d', 3],
        ['b', 2],
      ])
      const rest = queue.clusters({ limit: 9, after: first[1]! })
      expect(rest.map(({ message }) => message).toSorted()).toEqual(['a', 'c'])
      expect(queue.clusters({ limit: 9, after: rest[1]! })).toEqual([])
      expect(queue.cluster(first[0]!.fingerprint)).toEqual(first[0])
      expect(queue.cluster('0000000000000000')).toBeUndefined()
      const page = queue.list({ fingerprint: first[0]!.fingerprint }, { limit: 2 })
      expect(page.map(({ offset }) => offset)).toEqual([4n, 5n])
      const next = queue.list({ fingerprint: first[0]!.fingerprint }, { limit: 2, after: 5n })
      expect(next.map(({ offset }) => offset)).toEqual([6n])
    } finally {
      queue.close()
      rmSync(folder, { recursive: true })
    }
  })
})

function compare(queue: RestreamQueue, now: number): void {
  const entries = queue.list({}, { limit: 1000 })
  const bytesOf = (some: readonly RestreamEntry[]) => some.reduce((sum, { raw }) => sum + raw.length, 0)
  const { count, bytes, sent } = queue.status()
  expect({ count, bytes, sent }).toEqual({
    count: entries.length,
    bytes: bytesOf(entries),
    sent: entries.filter(({ isSent }) => isSent).length,
  })
  const recount = [...Map.groupBy(entries, ({ fingerprint }) => fingerprint)].map(
    ([fingerprint, own]): RestreamCluster => {
      const newest = own.at(-1)!
      return {
        fingerprint,
        stage: newest.stage,
        code: newest.code,
        ...(newest.subject !== undefined && { subject: newest.subject }),
        pattern: 'field <n> is <text>',
        message: newest.message,
        count: own.length,
        bytes: bytesOf(own),
        sent: own.filter(({ isSent }) => isSent).length,
        eventTypes: tally(own.map(({ eventType }) => eventType)),
        inputs: tally(own.map(({ input }) => input.label)),
        firstFailedAt: own[0]!.failedAt,
        lastFailedAt: newest.failedAt,
        timeline: hoursOf(own, now),
        examples: own
          .slice(-3)
          .map(({ offset }) => offset)
          .toReversed(),
      }
    },
  )
  recount.sort((a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1))
  expect(queue.clusters({ limit: 100 })).toEqual(recount)
  for (const filter of [0, 1, 2, 3, 4].map(filterOf)) {
    expect(queue.waiting(filter).count).toBe(queue.list(filter, { limit: 1000 }).filter(({ isSent }) => !isSent).length)
  }
}

function tally(names: readonly string[]) {
  return [...Map.groupBy(names, (name) => name)]
    .map(([name, { length: count }]) => ({ name, count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

function hoursOf(entries: readonly RestreamEntry[], now: number) {
  const first = Math.floor(now / hour) - 47
  return [...Map.groupBy(entries, ({ failedAt }) => Math.floor(failedAt / hour))]
    .filter(([at]) => at >= first)
    .sort(([a], [b]) => a - b)
    .map(([at, { length: count }]) => ({ hour: at * hour, count }))
}
