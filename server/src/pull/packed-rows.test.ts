import { expect, test } from 'vitest'
import { NotRetryable, type PackedRows } from './connector.ts'
import { eventsOf, rowsOf } from './draft-events.ts'
import { packedPage, rowCountOf } from './packed-rows.ts'

const packed: PackedRows = {
  type: ['a', 'b', ' '],
  payload: Buffer.from('{"n":1}\n{"n":\n{"n":3}'),
  count: 3,
  ids: ['one', undefined, ''],
  times: [1, undefined, undefined],
}

function payloadOf(count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join(''))
}

test('a packed page and its drafts are the same rows, and drafts are made only for who asks for them', () => {
  const page = packedPage(packed, { at: 3 })
  expect(rowsOf(page)).toBe(packed)
  expect(rowCountOf(page)).toBe(3)
  expect(page.state).toEqual({ at: 3 })
  expect(page.drafts.map(({ type, id, time, line }) => ({ type, id, time, line: String(line) }))).toEqual([
    { type: 'a', id: 'one', time: 1, line: '{"n":1}\n' },
    { type: 'b', id: undefined, time: undefined, line: '{"n":\n' },
    { type: ' ', id: '', time: undefined, line: '{"n":3}' },
  ])
  expect(page.drafts[0]!.data).toEqual({ n: 1 })
  expect([...eventsOf(rowsOf({ drafts: page.drafts }))]).toEqual([...eventsOf(packed)])
})

test('what cannot be read costs itself', () => {
  const [events] = [...eventsOf(packed)]
  expect(events!.faults).toMatchObject([
    // Not of which line of the page: nobody sees pages, and where a row stood its id says.
    { index: 1, code: 'invalid_json', message: expect.not.stringContaining('of line') },
    { index: 2, code: 'invalid_event_type' },
  ])
  expect(events).toMatchObject({ types: ['a', 'b', ''], typeIndex: [0, 1, 2], ids: ['one', null, null] })
})

test('batches are parts of the payload, each as large as a request may be, with their own ids', () => {
  const payload = payloadOf(4_500)
  const ids = Array.from({ length: 4_500 }, (_, n) => `id ${n}`)
  const batches = [...eventsOf({ type: 'a', payload, count: 4_500, ids })]
  expect(batches.map(({ starts, types }) => [starts.length, types])).toEqual([
    [2_000, ['a']],
    [2_000, ['a']],
    [500, ['a']],
  ])
  expect(batches.flatMap((batch) => batch.ids)).toEqual(ids)
  for (const batch of batches) expect(batch.payload.buffer).toBe(payload.buffer)
  const { payload: last, starts, ends } = batches[2]!
  expect(Buffer.from(last.subarray(starts[499], ends[499])).toString()).toBe('{"n":4499}')
})

test('rows whose ends are told are cut to batches without a look at them, as large ones as others', () => {
  const lines = Array.from({ length: 4_500 }, (_, n) => `{"n":"${'x'.repeat(n < 2_000 ? 6_000 : n % 50)}"}\n`)
  const payload = Buffer.from(lines.join(''))
  let end = 0
  const ends = Uint32Array.from(lines, (line) => (end += line.length))
  const rows = { type: 'a', payload, count: 4_500 }
  const batches = [...eventsOf(rows)]
  const told = (all: typeof batches) =>
    all.map(({ payload, ...batch }) => ({ ...batch, from: payload.byteOffset, bytes: payload.length }))
  expect(told([...eventsOf({ ...rows, ends })])).toEqual(told(batches))
  expect(batches[0]!.starts.length).toBeLessThan(2_000)
  expect(() => [...eventsOf({ ...rows, ends: ends.subarray(0, 4_499) })]).toThrow(NotRetryable)
  expect(() => [...eventsOf({ ...rows, count: 4_499, ends })]).toThrow(NotRetryable)
})

test.each([
  ['fewer lines', 3, '{}\n{}\n'],
  ['more lines', 1, '{}\n{}\n'],
  ['a blank line', 3, '{}\n \n{}\n'],
])('%s than it says is an error of the connector', (_, count, text) => {
  expect(() => [...eventsOf({ type: 'a', payload: Buffer.from(text), count })]).toThrow(NotRetryable)
})
