import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type MetricName, metricNames } from '../minute-metrics.ts'
import { emptyBooks } from '../rows.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { type MinuteMetrics, openMinuteMetrics } from './minute-metrics.ts'

const minute = 60_000
const start = Math.floor(1_700_000_000_000 / (60 * minute)) * 60 * minute
let folder: string
let now: number
const open: MinuteMetrics[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-metrics-'))
  now = start
})
afterEach(() => {
  for (const one of open.splice(0)) one.close()
  rmSync(folder, { recursive: true })
})

function openTest(): MinuteMetrics {
  const metrics = openMinuteMetrics(join(folder, 'metrics.db'), { now: () => now })
  open.push(metrics)
  return metrics
}

function valuesOf(metrics: MinuteMetrics, name: MetricName, { from = start, resolutionMinutes = 1 } = {}) {
  return metrics.read({ names: [name], from, resolutionMinutes })[0]!.points.map(({ value }) => value)
}

test('what was counted is told at once, by all fifteen names, in the order asked', () => {
  const metrics = openTest()
  metrics.received(4, 200)
  metrics.loaded({
    books: { ...emptyBooks, received: 7, resent: 1, dropped: 1, discarded: 1, loaded: 3, restreamed: 2 },
    failures: [{ code: 'unmapped_field' }, { code: 'transform_error' }],
    delays: [
      [100, 9],
      [1_000, 1],
    ],
  })
  metrics.looked({ inPipeline: 5, inTransit: 2 })
  const names = metricNames.toReversed()
  const series = metrics.read({ names, from: now, resolutionMinutes: 1 })
  expect(series.map(({ name }) => name)).toEqual(names)
  const values = Object.fromEntries(series.map(({ name, points }) => [name, points.at(-1)!.value]))
  expect(values).toEqual({
    EVENT_SIZE_AVG: 50,
    EVENT_SIZE_TOTAL: 200,
    EVENT_PROCESSING_RATE: 7,
    INCOMING_EVENTS: 4,
    RESTREAMED_EVENTS: 1,
    UNMAPPED_EVENTS: 1,
    IGNORED_EVENTS: 2,
    ERROR_EVENTS: 1,
    LOADED_EVENTS_RATE: 3,
    LATENCY_AVG: 190,
    LATENCY_PERCENTILE_50: expect.closeTo(100, -1),
    LATENCY_PERCENTILE_95: expect.closeTo(980, -1),
    LATENCY_MAX: 1_000,
    EVENTS_IN_PIPELINE: 5,
    EVENTS_IN_TRANSIT: 2,
  })
})

test('minutes follow one another, those without the server are null, and there are two at least', () => {
  const metrics = openTest()
  metrics.received(1, 10)
  now += 3 * minute
  metrics.received(2, 20)
  expect(valuesOf(metrics, 'INCOMING_EVENTS')).toEqual([1, null, null, 2])
  expect(valuesOf(metrics, 'INCOMING_EVENTS', { from: now })).toEqual([null, 2])
  expect(valuesOf(metrics, 'LATENCY_AVG')).toEqual([null, null, null, null])
  const [series] = metrics.read({ names: ['INCOMING_EVENTS'], from: start + 1, resolutionMinutes: 1 })
  expect(series!.points[0]!.at).toBe(start)
})

test('a longer interval sums what adds up, averages rates, and weighs latencies by events', () => {
  const metrics = openTest()
  const loaded = (events: number, delayMs: number) =>
    metrics.loaded({
      books: { ...emptyBooks, received: events, loaded: events },
      failures: [],
      delays: [[delayMs, events]],
    })
  loaded(100, 10)
  now += minute
  loaded(300, 50)
  metrics.looked({ inPipeline: 9, inTransit: 0 })
  now += 2 * minute
  const ask = (name: MetricName) => valuesOf(metrics, name, { resolutionMinutes: 2 })
  expect(ask('LOADED_EVENTS_RATE')).toEqual([400, null])
  expect(ask('EVENT_PROCESSING_RATE')).toEqual([200, null])
  expect(ask('LATENCY_AVG')).toEqual([40, null])
  expect(ask('EVENTS_IN_PIPELINE')).toEqual([9, null])
  expect(ask('LATENCY_PERCENTILE_50')[0]).toBeCloseTo(50, -1)
})

test('what was flushed outlives a kill, and the minute goes on where it was', () => {
  const before = openTest()
  before.received(1, 10)
  before.flush()
  before.received(5, 50) // lost: never flushed
  const after = openTest()
  after.received(2, 20)
  after.flush()
  expect(valuesOf(after, 'INCOMING_EVENTS')).toEqual([null, 3])
  open.shift() // the killed one
})

test('minutes go after 30 days', () => {
  const metrics = openTest()
  metrics.received(1, 10)
  metrics.flush()
  now += 30 * 24 * 60 * minute + minute
  metrics.received(2, 20)
  metrics.flush()
  expect(valuesOf(metrics, 'INCOMING_EVENTS').filter((value) => value !== null)).toEqual([2])
})

test('a damaged file is made anew', () => {
  writeFileSync(join(folder, 'metrics.db'), 'not a database '.repeat(1_000))
  const metrics = openTest()
  metrics.received(1, 10)
  metrics.flush()
  expect(valuesOf(metrics, 'INCOMING_EVENTS')).toEqual([null, 1])
})

test('a percentile is right within 5 %, merged and stored or not', () => {
  const latencies = fc.array(fc.tuple(fc.integer({ min: 20, max: 10_000_000 }), fc.integer({ min: 1, max: 1_000 })), {
    minLength: 1,
    maxLength: 50,
  })
  fc.assert(
    fc.property(latencies, latencies, fc.constantFrom(0.5, 0.95), (some, others, share) => {
      const one = new LatencyHistogram()
      for (const [ms, events] of some) one.add(ms, events)
      const other = new LatencyHistogram()
      for (const [ms, events] of others) other.add(ms, events)
      one.merge(LatencyHistogram.fromText(other.toText()))
      const exact = exactPercentile([...some, ...others], share)
      const told = one.percentile(share)!
      expect(Math.abs(told - exact) / exact).toBeLessThan(0.05)
    }),
  )
})

function exactPercentile(latencies: readonly (readonly [number, number])[], share: number): number {
  const all = latencies.toSorted(([one], [other]) => one - other)
  let left = share * all.reduce((sum, [, events]) => sum + events, 0)
  for (const [ms, events] of all) {
    left -= events
    if (left <= 0) return ms
  }
  return all.at(-1)![0]
}
