import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventOf as eventOfBytes, lineOf } from './line.ts'

const eventOf = (line: string) => eventOfBytes(Buffer.from(line))

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
const event = fc.record(
  {
    stream: text,
    id: text,
    time: fc.integer(),
    data: fc.dictionary(text, fc.jsonValue()).map((data) => JSON.stringify(data)),
    authKey: text,
  },
  { requiredKeys: ['stream', 'id', 'time', 'data'] },
)

describe('a line of the spool', () => {
  it('gives back the event that was written, whatever is in it', () => {
    fc.assert(
      fc.property(event, (given) => {
        const line = lineOf(given)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(eventOf(line.slice(0, -1))).toEqual(given)
      }),
    )
  })

  it('of which anything is changed gives no event', () => {
    fc.assert(
      fc.property(event, fc.nat(), fc.integer({ min: 33, max: 126 }), (given, place, code) => {
        const line = lineOf(given).slice(0, -1)
        const at = place % line.length
        const character = String.fromCharCode(code)
        fc.pre(line[at] !== character && !/[\ud800-\udfff]/.test(line[at]!))
        expect(eventOf(line.slice(0, at) + character + line.slice(at + 1))).toBeUndefined()
      }),
    )
  })

  it('that was cut gives no event', () => {
    const line = lineOf({ stream: 's', id: 'i', time: 1, data: '{"a":1}' }).slice(0, -1)
    for (let length = 0; length < line.length; length++) expect(eventOf(line.slice(0, length))).toBeUndefined()
  })
})
