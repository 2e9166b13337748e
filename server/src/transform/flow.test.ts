import { expect, it, test } from 'vitest'
import { batchOf, type FlowEvent, type FlowInput, linesOf, requestOf } from './flow.ts'

const event = (of: Partial<FlowEvent>): FlowEvent => ({
  ...{ input: 0, event: 0, id: 'a', parent: null, type: 'order', time: null },
  ...{ payload: new Uint8Array(0), start: 0, end: 0 },
  ...of,
})

/** Events of one payload, which are where `<` and `>` stand around them in the text. */
function eventsIn(text: string): FlowEvent[] {
  const payload = Buffer.from(text.replace(/[<>]/g, ''))
  return [...text.matchAll(/<([^>]*)>/g)].map(({ index, 1: json }, place) => {
    const start = index - 2 * place
    return event({ event: place, payload, start, end: start + json!.length })
  })
}

const input: FlowInput = {
  batch: {
    ...{ input: { id: 'in_1', label: 'Shop', type: 'native' }, receivedAt: 1_700_000_000_000, types: ['order'] },
    ...{ idBase: new Uint8Array(16), starts: new Uint32Array(2), ends: new Uint32Array(2), payload: new Uint8Array(0) },
  },
  firstOffset: 0n,
}

test.each([
  ['one a line', '<{"a":1}>\n<{"a":2}>\n<{"a":3}>\n'],
  ['in an array', '[<{"a":1}>,<{"a":2}>,\n<{"a":3}>]'],
  ['apart', '  <{"a":1}>\n\n<{"a":2}>\r\n<{"a":3}>'],
  ['on several lines', '[<{"a":\n1}>,\r\n<{\n\n"a":2\r\n}>\n<{"a":3\n}>]'],
  ['on several lines, one after the other', '<{"a":\n1}>\n<{"a":2}>\n<{\n"a"\n:3}>'],
])('events that stand %s are a line each', (_, text) => {
  const lines = Buffer.from(linesOf(eventsIn(text))).toString()
  expect(lines.endsWith('\n')).toBe(true)
  expect(lines).not.toContain('\r')
  expect(
    lines
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  ).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }])
})

it('tells a guest of each event what its JSON does not', () => {
  const odd = 'said "so"\n\ud800'
  const events = [event({}), event({ id: odd, parent: odd, type: 'page', time: 5 })]
  const { json, count, careful } = requestOf(events, [input], true)
  expect([count, careful]).toEqual([2, true])
  expect(JSON.parse(json)).toEqual({
    kind: 'run',
    careful: true,
    inputs: [input.batch.input],
    types: ['order', 'page'],
    events: [
      ['a', 0, 0, 1_700_000_000_000, 1_700_000_000_000, 0, 0],
      [odd, 0, 1, 1_700_000_000_000, 5, 0, odd],
    ],
  })
  expect(JSON.parse(requestOf([], [input], false).json)).toMatchObject({ careful: false, events: [] })
})

it('makes a batch of events, of one payload or of several', () => {
  const shared = eventsIn('[1] <{"a":1}>,<{"a":2}> [2]')
  const apart = [shared[0]!, event({ event: 1, payload: Buffer.from(' {"a":2}'), start: 1, end: 8, type: 'page' })]
  for (const events of [shared, apart]) {
    const { batch, origins } = batchOf(input, events)
    const { payload, starts, ends } = batch
    const texts = [0, 1].map((place) => Buffer.from(payload.subarray(starts[place], ends[place])).toString())
    expect(texts).toEqual(['{"a":1}', '{"a":2}'])
    expect([...origins!]).toEqual([0, 1])
  }
  expect(batchOf(input, shared).batch).not.toHaveProperty('typeIndex')
  expect(batchOf(input, apart).batch).toMatchObject({ types: ['order', 'page'], typeIndex: [0, 1] })
  expect(batchOf(input, []).batch.starts).toHaveLength(0)
})
