import { describe, expect, it } from 'vitest'
import { readSampleEvents } from './sample-events.ts'

const read = (text: string, type?: string) => readSampleEvents('event.json', text, type)

describe('events in a file', () => {
  it('are one, an array, or lines; of data alone the type is given', () => {
    const flight = { eventType: 'flight', data: '{"n":1}' }
    expect(read('{"type":"flight","data":{"n":1}}')).toEqual([flight])
    expect(read('[{"type":"flight","data":{"n":1}},{"type":"flight","data":{"n":1}}]')).toEqual([flight, flight])
    expect(read('{"type":"flight","data":{"n":1}}\n{"type":"flight","data":{"n":1}}\n')).toEqual([flight, flight])
    expect(read('{"n": 1}', 'flight')).toEqual([flight])
    expect(read('{\n  "n": 1\n}\n', 'flight')).toEqual([flight])
  })

  it('keep their ids, times, and every digit', () => {
    const text = '{"type":"a","id":"x","time":"2026-01-31T00:00:00Z","data":{"n":12345678901234567890.10,"e":1E400}}'
    expect(read(text)).toEqual([
      { eventType: 'a', id: 'x', time: '2026-01-31T00:00:00Z', data: '{"n":12345678901234567890.10,"e":1E400}' },
    ])
  })

  it('may be what other commands print', () => {
    const sample = { eventType: 'a', status: 'VALID', raw: { encoding: 'utf8', data: '{"n": 1.0}' } }
    expect(read(JSON.stringify(sample))).toEqual([{ eventType: 'a', data: '{"n": 1.0}' }])
  })

  it.each([
    ['{"n":1}', 'does not say its type'],
    ['7', 'is no object'],
    ['{"n":', 'event.json is no JSON'],
    ['{"type":"a","data":{}}\n{"n":', 'Line 2 of event.json is no JSON'],
    ['{"eventType":"a","raw":{"encoding":"base64","data":"AA=="}}', 'is no text'],
  ])('%s is refused', (text, reason) => expect(() => read(text)).toThrow(reason))
})
