import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../telemetry.ts'
import { observed } from './observed-batch.fixture.ts'
import { openSampleReader, openSamples, type SampleReader, type Samples } from './samples.ts'

let folder: string
let now: number
const open: { close(): void }[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-samples-'))
  now = 1_700_000_000_000
})
afterEach(() => {
  for (const one of open.splice(0)) one.close()
  rmSync(folder, { recursive: true })
})

function openBoth(path = join(folder, 'samples.db')): { samples: Samples; reader: SampleReader } {
  const samples = openSamples(path, { logger: silentLogger, now: () => now })
  const reader = openSampleReader(path)
  open.push(samples, reader)
  return { samples, reader }
}

const countsOf = (reader: SampleReader) =>
  Object.fromEntries(reader.stats().map(({ eventType, status, count }) => [`${eventType} ${status}`, count]))

test('an event is kept as it arrived, with what Millrace knows of it', () => {
  const { samples, reader } = openBoth()
  samples.observe(observed([{ type: 'order', data: { total: 7.5 } }]))
  const [sample] = reader.list({}, 10)
  expect(sample).toMatchObject({ eventType: 'order', status: 'VALID', message: null, at: 1_700_000_000_000 })
  expect(Buffer.from(sample!.raw).toString()).toBe('{"total":7.5}')
  expect(sample!.metadata).toEqual({
    '@uuid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    '@timestamp': '2023-11-14T22:13:20.000Z',
    event_type: 'order',
    input_label: 'shop',
    input_type: 'native',
    input_id: 'i1',
    restream_count: 0,
  })
})

test('what failed is kept under its code with the reason, what went through under VALID', () => {
  const { samples, reader } = openBoth()
  samples.observe(
    observed([
      { type: 'order', data: { n: 1 } },
      { type: 'click', data: { n: 2 }, code: 'number_range' },
      { type: 'order', data: { n: 3 }, code: 'transform_error' },
    ]),
  )
  expect(countsOf(reader)).toEqual({ 'click number_range': 1, 'order VALID': 1, 'order transform_error': 1 })
  const [failed] = reader.list({ statuses: ['transform_error', 'nothing'] }, 10)
  expect(failed).toMatchObject({ eventType: 'order', message: 'It is transform_error' })
  expect(Buffer.from(failed!.raw).toString()).toBe('{"n":3}')
  expect(reader.list({ eventType: 'order' }, 10)).toHaveLength(2)
  expect(reader.list({ eventType: 'nothing' }, 10)).toEqual([])
})

test('ten of each are kept, and they are the newest', () => {
  const { samples, reader } = openBoth()
  for (let round = 0; round < 10; round++) {
    samples.observe(observed(Array.from({ length: 500 }, () => ({ type: 'order', data: { round } }))))
    now += 5_000
  }
  const rounds = reader.list({}, 100).map(({ raw }) => JSON.parse(Buffer.from(raw).toString()).round)
  expect(rounds).toHaveLength(10)
  expect(rounds.slice(0, 3)).toEqual([9, 9, 9])
  expect(Math.min(...rounds)).toBeGreaterThan(4)
})

test('of a stream that never stops only a few events are written', () => {
  const { samples, reader } = openBoth()
  const batch = observed(Array.from({ length: 100 }, (_, n) => ({ type: 'order', data: { n } })))
  samples.observe(batch)
  const first = reader.list({}, 100).map(({ metadata }) => metadata['@uuid'])
  for (let round = 0; round < 100; round++) samples.observe(batch)
  now += 1_000
  samples.observe(batch)
  expect(reader.list({}, 100).map(({ metadata }) => metadata['@uuid'])).toEqual(first)
})

test('an event type that is rare in its records is found', () => {
  const { samples, reader } = openBoth()
  const events = Array.from({ length: 2_000 }, (_, n) => ({ type: n === 1_234 ? 'rare' : 'common' }))
  samples.observe(observed(events))
  expect(countsOf(reader)).toEqual({ 'common VALID': 10, 'rare VALID': 1 })
})

test('second copies of what was sent through again are no samples', () => {
  const { samples, reader } = openBoth()
  const { arrivals, failures } = observed([{ type: 'order' }])
  samples.observe({ arrivals: arrivals.map((arrival) => ({ ...arrival, duplicates: new Set([0]) })), failures })
  expect(countsOf(reader)).toEqual({})
})

test('samples outlive a restart, and do not become more than ten by it', () => {
  const path = join(folder, 'samples.db')
  const { samples } = openBoth(path)
  samples.observe(observed(Array.from({ length: 8 }, () => ({ type: 'order' }))))
  samples.close()
  open.length = 0
  now += 60_000
  const { samples: again, reader } = openBoth(path)
  again.observe(observed(Array.from({ length: 8 }, () => ({ type: 'order' }))))
  expect(countsOf(reader)).toEqual({ 'order VALID': 10 })
})

test('a damaged file is made anew', () => {
  const path = join(folder, 'samples.db')
  writeFileSync(path, 'not a database '.repeat(1_000))
  const { samples, reader } = openBoth(path)
  samples.observe(observed([{ type: 'order' }]))
  expect(countsOf(reader)).toEqual({ 'order VALID': 1 })
})
