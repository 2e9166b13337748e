import { expect, test } from 'vitest'
import type { LiveFilter } from '../live.ts'
import { pickLive } from './live-picker.ts'
import { observed, type TestEvent } from './observed-batch.fixture.ts'

const events: readonly TestEvent[] = [
  { type: 'order', data: { n: 1 } },
  { type: 'click', data: { n: 2 }, code: 'number_range' },
  { type: 'order', data: { n: 3 }, code: 'transform_error' },
  { type: 'order', data: { n: 4 } },
]

function seenBy(filter: LiveFilter, batch = observed(events, 10n)): string[] {
  return pickLive(batch, [{ id: 7, filter }]).flatMap(({ id, events }) => {
    expect(id).toBe(7)
    return events.map(({ stage, status, raw }) => `${stage} ${status} ${Buffer.from(raw)}`)
  })
}

test('an event is shown at each stage that it reached', () => {
  expect(seenBy({ stage: 'ingested' })).toEqual([1, 2, 3, 4].map((n) => `ingested VALID {"n":${n}}`))
  expect(seenBy({ stage: 'failed' })).toEqual(['failed number_range {"n":2}', 'failed transform_error {"n":3}'])
  expect(seenBy({ stage: 'loaded' })).toEqual(['loaded VALID {"n":1}', 'loaded VALID {"n":4}'])
})

test('what is shown does not take the batch along', () => {
  const batch = observed([{ type: 'order', data: { text: 'x'.repeat(10_000) } }, ...events])
  expect(batch.arrivals[0]!.batch.payload).toBeInstanceOf(Buffer)
  const [pick] = pickLive(batch, [{ id: 7, filter: { stage: 'ingested' } }])
  for (const { raw } of pick!.events) expect(raw.buffer.byteLength).toBe(raw.length)
})

test('what the code made is shown as it made it, and as loaded unless its origin failed', () => {
  const { arrivals, failures } = observed(events, 10n)
  const made = observed([
    { type: 'order', data: { a: 1 } },
    { type: 'part', data: { b: 1 } },
    { type: 'click', data: { c: 2 } },
    { type: 'order', data: { d: 4 } },
  ]).arrivals
  const outputs = made.map((output) => ({ ...output, firstOffset: 10n, origins: Uint32Array.from([0, 0, 1, 3]) }))
  const batch = { arrivals, failures, outputs }
  expect(seenBy({ stage: 'transformed' }, batch)).toEqual([
    'transformed VALID {"a":1}',
    'transformed VALID {"b":1}',
    'transformed VALID {"c":2}',
    'transformed VALID {"d":4}',
  ])
  expect(seenBy({ stage: 'loaded' }, batch)).toEqual([
    'loaded VALID {"a":1}',
    'loaded VALID {"b":1}',
    'loaded VALID {"d":4}',
  ])
})

test('an event type that the mapping discards is not shown as loaded', () => {
  const batch = { ...observed(events, 10n), discardedTypes: new Set(['order']) }
  expect(seenBy({ stage: 'transformed' }, batch)).toHaveLength(4)
  expect(seenBy({ stage: 'loaded' }, batch)).toEqual([])
})

test('a filter by event type and by input lets through nothing else', () => {
  expect(seenBy({ eventType: 'click' })).toEqual([
    'ingested VALID {"n":2}',
    'transformed VALID {"n":2}',
    'failed number_range {"n":2}',
  ])
  expect(seenBy({ input: 'shop', stage: 'failed', eventType: 'order' })).toHaveLength(1)
  expect(seenBy({ input: 'another' })).toEqual([])
  expect(seenBy({ eventType: 'another' })).toEqual([])
})

test('of many events a hundred are shown, and the rest is counted', () => {
  const batch = observed(Array.from({ length: 1_000 }, (_, n) => ({ type: n % 2 ? 'odd' : 'even' })))
  const [all, odd] = pickLive(batch, [
    { id: 1, filter: { stage: 'ingested' } },
    { id: 2, filter: { stage: 'ingested', eventType: 'odd' } },
  ])
  expect([all!.events.length, all!.dropped]).toEqual([100, 900])
  expect([odd!.events.length, odd!.dropped]).toEqual([100, 400])
})

test('of a large event the beginning is shown, and that it is not all', () => {
  const batch = observed([{ type: 'order', data: { text: 'x'.repeat(20_000) } }])
  const [pick] = pickLive(batch, [{ id: 1, filter: { stage: 'ingested' } }])
  expect(pick!.events[0]).toMatchObject({ isWhole: false, raw: { length: 16 * 1024 } })
})
