import { newIdBase } from '@millrace/event/id'
import { describe, expect, it, test } from 'vitest'
import type { EventBatch } from '../batch.ts'
import { chunksOf } from './chunks.ts'
import { type FlowEvents, type FlowHead, type FlowInput, headOf, requestOf, sliceOf } from './flow.ts'
import { linesOf } from './lines.ts'
import { batchOf } from './transformed-batch.ts'

const idBase = newIdBase(1_700_000_000_000)

/** Events of one payload, which are where `<` and `>` stand around them in the text. */
function inputOf(text: string, changes: Partial<EventBatch> = {}): FlowInput {
  const payload = Buffer.from(text.replace(/[<>]/g, ''))
  const found = [...text.matchAll(/<([^>]*)>/g)]
  const starts = Uint32Array.from(found, ({ index }, place) => index - 2 * place)
  const ends = Uint32Array.from(found, ({ 1: json }, place) => starts[place]! + json!.length)
  const input = { id: 'in_1', label: 'Shop', type: 'native' }
  const batch = { input, receivedAt: 1_700_000_000_000, types: ['order'], idBase, starts, ends, payload, ...changes }
  return { batch, firstOffset: 0n }
}

function eventsOf(...inputs: FlowInput[]): FlowEvents {
  return [...chunksOf(inputs)][0]!
}

/** What code made of an input's events: of each as many as the number says. */
function madeOf(input: FlowInput, text: string, times: readonly number[], heads?: [number, FlowHead][]): FlowEvents {
  const { payload, starts, ends } = inputOf(text).batch
  const event = Uint32Array.from(times.flatMap((count, place) => Array<number>(count).fill(place)))
  return {
    ...{ inputs: [input], count: event.length, input: new Uint32Array(event.length), event },
    made: { payload, starts, ends },
    ...(heads && { heads: new Map(heads) }),
  }
}

function textsIn({ batch: { payload, starts, ends } }: Pick<FlowInput, 'batch'>): string[] {
  return Array.from(starts, (start, place) => Buffer.from(payload.subarray(start, ends[place])).toString())
}

test.each([
  ['one a line', '<{"a":1}>\n<{"a":2}>\n<{"a":3}>\n'],
  ['in an array', '[<{"a":1}>,<{"a":2}>,\n<{"a":3}>]'],
  ['apart', '  <{"a":1}>\n\n<{"a":2}>\r\n<{"a":3}>'],
  ['on several lines', '[<{"a":\n1}>,\r\n<{\n\n"a":2\r\n}>\n<{"a":3\n}>]'],
  ['on several lines, one after the other', '<{"a":\n1}>\n<{"a":2}>\n<{\n"a"\n:3}>'],
])('events that stand %s are a line each', (_, text) => {
  const input = inputOf(text)
  for (const [events, expected] of [
    [eventsOf(input), [1, 2, 3]],
    [eventsOf(input, input), [1, 2, 3, 1, 2, 3]],
    [eventsOf({ ...input, skip: new Set([1]) }), [1, 3]],
    [sliceOf(eventsOf(input), 1, 3), [2, 3]],
    [madeOf(input, text, [1, 0, 2]), [1, 2, 3]],
  ] as const) {
    const lines = Buffer.from(linesOf(events)).toString()
    expect(lines.endsWith('\n')).toBe(true)
    expect(lines).not.toContain('\r')
    const parsed = lines.split('\n').slice(0, -1)
    expect(parsed.map((line) => JSON.parse(line))).toEqual(expected.map((a) => ({ a })))
  }
})

describe('a guest is told of each event what its JSON does not say', () => {
  const told = (events: FlowEvents) => JSON.parse(requestOf(events, false).json)
  const id = (place: number) => headOf(eventsOf(inputOf('<1><2><3>')), place).id

  it('at once, where only ids differ', () => {
    const input = inputOf('<{}>\n<{}>\n<{}>')
    const other = inputOf('<{}>', { types: ['page'], receivedAt: 7 })
    const request = requestOf(eventsOf(input, { ...input, skip: new Set([1]) }, other), true)
    expect([request.count, request.careful]).toEqual([6, true])
    const [text, first] = [id(0).slice(0, -8), Number.parseInt(id(0).slice(-8), 16)]
    const at = 1_700_000_000_000
    expect(JSON.parse(request.json)).toEqual({
      kind: 'run',
      careful: true,
      inputs: [input.batch.input, other.batch.input],
      types: ['order', 'page'],
      events: [
        [3, text, first, 0, 0, at, at],
        [1, text, first, 0, 0, at, at],
        [1, text, first + 2, 0, 0, at, at],
        [1, text, first, 1, 1, 7, 7],
      ],
    })
  })

  it('one by one, where more does', () => {
    const odd = 'said "so"\n\ud800'
    const at = 1_700_000_000_000
    const text = '<{}>\n<{}>'
    const head = { id: odd, parent: odd, type: 'page', time: 5 }
    expect(told(madeOf(inputOf(text), text, [1, 1], [[1, head]]))).toMatchObject({
      types: ['order', 'page'],
      events: [
        [id(0), 0, 0, at, at, 0, 0],
        [odd, 0, 1, at, 5, 0, odd],
      ],
    })
    expect(told(eventsOf(inputOf(text, { ids: [null, odd] }))).events.map(([first]: [string]) => first)).toEqual([
      id(0),
      odd,
    ])
    const resent = [0, 1].map((place) => ({ offset: `${place}`, count: place + 1, receivedAt: place }))
    expect(told(eventsOf(inputOf(text, { resent, times: [null, 9] }))).events).toEqual([
      [id(0), 0, 0, 0, 0, 1, 0],
      [id(1), 0, 0, 1, 9, 2, 0],
    ])
    const mixed = inputOf(text, { types: ['order', 'page'], typeIndex: [1, 0] })
    expect(told(eventsOf(mixed))).toMatchObject({ types: ['page', 'order'] })
  })
})

describe('the batch of what code made', () => {
  const text = '[1] <{"a":1}>,<{"a":2}> [2]'

  it('is called as what arrived, where each event became one', () => {
    const input = inputOf(text, { times: [1, null] })
    const { batch, origins, parents } = batchOf(input, [madeOf(input, text, [1, 1])])
    expect([textsIn({ batch }), [...origins!], parents]).toEqual([['{"a":1}', '{"a":2}'], [0, 1], undefined])
    expect(batch).toMatchObject({ types: ['order'], times: [1, null], idBase })
    expect(batch).not.toHaveProperty('ids')
  })

  it('is made of several parts', () => {
    const input = inputOf(text)
    const [whole, later] = [madeOf(input, text, [1, 1]), madeOf(input, ' <{"a":3}>', [0, 1])]
    const { batch, origins } = batchOf(input, [whole, later])
    expect([textsIn({ batch }), [...origins!]]).toEqual([
      ['{"a":1}', '{"a":2}', '{"a":3}'],
      [0, 1, 1],
    ])
    expect(batch.ids).toEqual([0, 1, 1].map((place) => headOf(eventsOf(input), place).id))
    expect(batchOf(input, []).batch.starts).toHaveLength(0)
  })

  it('says what the code changed', () => {
    const input = inputOf(text, { times: [1, null], faults: [], notes: [{ index: 1, message: 'odd' }] })
    const head = { id: 'b', parent: 'a', type: 'page', time: 5 }
    const { batch, parents } = batchOf(input, [madeOf(input, text, [0, 2], [[1, head]])])
    expect(batch).toMatchObject({ types: ['order', 'page'], typeIndex: [0, 1], times: [null, 5] })
    expect([batch.ids?.[1], parents, batch.faults]).toEqual(['b', [null, 'a'], undefined])
    expect(batch.notes).toEqual([0, 1].map((index) => ({ index, message: 'odd' })))
  })
})
