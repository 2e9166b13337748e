import { describe, expect, it } from 'vitest'
import type { EventBatch } from '../batch.ts'
import { linesOf } from './event-lines.ts'

const receivedAt = Date.UTC(2026, 1, 3, 4, 5, 6, 7)

function batchOf(events: readonly string[], more: Partial<EventBatch> = {}): EventBatch {
  const payload = Buffer.from(`[${events.join(',')}]`)
  let at = 1
  const places = events.map((event) => {
    const from = at
    at += Buffer.byteLength(event) + 1
    return [from, at - 1] as const
  })
  return {
    input: { id: 'i1', label: 'Shop "north"', type: 'native' },
    receivedAt,
    idBase: new Uint8Array(16),
    types: ['click', 'tab\t"quoted"'],
    starts: Uint32Array.from(places, ([from]) => from),
    ends: Uint32Array.from(places, ([, to]) => to),
    payload,
    ...more,
  }
}

const linesFrom = (batch: EventBatch, offset = 7n) =>
  linesOf(batch, offset)
    .toString()
    .split('\n')
    .filter((line) => line !== '')

describe('lines of events', () => {
  it('have the data byte by byte, numbers that no computer holds included', () => {
    const raw = '{"n":1.000000000000000000001,"big":12345678901234567890123,"s":"\\u00e9 é","s":2}'
    const [line] = linesFrom(batchOf([raw]))
    expect(line).toContain(`,"data":${raw}}`)
    expect(JSON.parse(line!)).toMatchObject({
      type: 'click',
      input: 'Shop "north"',
      offset: 7,
      receivedAt: '2026-02-03T04:05:06.007Z',
    })
  })

  it('are one for each event, whatever line breaks it has between its parts', () => {
    const lines = linesFrom(batchOf(['{"a":1}', '{\r\n  "b": "x\\ny",\n\n  "c": [\n1\n]\r}', '{"d":2}', '{\n}']))
    expect(lines.map((line) => JSON.parse(line).data)).toEqual([{ a: 1 }, { b: 'x\ny', c: [1] }, { d: 2 }, {}])
    expect(lines.map((line) => JSON.parse(line).offset)).toEqual([7, 8, 9, 10])
  })

  it('have ids, types and times as the sender chose them', () => {
    const [mine, ours] = linesFrom(
      batchOf(['{}', '{}'], { ids: ['mine "1"', null], typeIndex: [1, 0], times: [0, null] }),
    ).map((line) => JSON.parse(line))
    expect(mine).toMatchObject({ id: 'mine "1"', type: 'tab\t"quoted"', time: '1970-01-01T00:00:00.000Z' })
    expect(ours.id).toMatch(/^\S{10,}$/)
    expect(ours).not.toHaveProperty('time')
  })

  it('keep what could not be read, whole', () => {
    const broken = '{"a":\n\u0000nonsense'
    const [line, next] = linesFrom(
      batchOf([broken, '{"b":1}'], { faults: [{ index: 0, code: 'invalid_json', message: 'It is no JSON' }] }),
    ).map((line) => JSON.parse(line))
    expect(line).toMatchObject({ fault: { code: 'invalid_json', message: 'It is no JSON' } })
    expect(Buffer.from(line.raw, 'base64').toString()).toBe(broken)
    expect(line).not.toHaveProperty('data')
    expect(next.data).toEqual({ b: 1 })
  })

  it('are none of events that were sent through again', () => {
    expect(linesFrom(batchOf(['{}'], { resent: [{ offset: '3', count: 1, receivedAt }] }))).toEqual([])
  })
})
