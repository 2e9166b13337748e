import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredEvent } from '../types.ts'
import { millraceLine } from '../wire.ts'
import { openPacks } from './pack.ts'

const open = openPacks({ batchBytes: 1024 })
const event = (id: string, data = '{}', stream = 's'): StoredEvent => ({ stream, id, time: 1_700_000_000_000, data })

const events = fc.array(
  fc.record({
    stream: fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.isWellFormed()),
    id: fc.string({ minLength: 1 }),
    time: fc.integer({ min: -8.64e15, max: 8.64e15 }),
    data: fc.object().map((data) => JSON.stringify(data)),
  }),
  { minLength: 1, maxLength: 20 },
)

describe('a pack', () => {
  it('gives back what it was given, and its bytes are the lines of a request', () => {
    fc.assert(
      fc.property(events, fc.nat(), (list, at) => {
        const pack = openPacks({ batchBytes: 1024 * 1024 })()
        for (const one of list) expect(pack.add(one)).toBe(true)
        expect(pack.events()).toEqual(list)
        expect(Buffer.from(pack.body!()).toString()).toBe(list.map(millraceLine).join(''))
        const count = at % list.length
        expect(pack.cut(count).events()).toEqual(list.slice(0, count))
        expect(pack.events()).toEqual(list.slice(count))
      }),
    )
  })

  it('keeps data as it was written', () => {
    const pack = open()
    const data = '{"n":1.0,"big":12345678901234567890,"n":2,"text":",\\"data\\":"}'
    pack.add(event('a', data, ',"data":'))
    expect(pack.events()).toEqual([event('a', data, ',"data":')])
  })

  it('takes what fits, at least one', () => {
    const pack = open()
    const large = event('large', `{"text":"${'é'.repeat(100_000)}"}`)
    expect(pack.add(large)).toBe(true)
    expect(pack.add(event('small'))).toBe(false)
    expect(pack.events()).toEqual([large])
    const other = open()
    let taken = 0
    while (other.add(event(String(taken), `{"text":"${'x'.repeat(500)}"}`))) taken++
    expect(taken).toBeGreaterThan(50)
    expect(other.events()).toHaveLength(taken)
  })

  it('its memory is used again once it is free, unless a part of it is elsewhere', () => {
    const packs = openPacks({ batchBytes: 1024 })
    const [first, second] = [packs(), packs()]
    first.add(event('a'))
    const memory = first.body!().buffer
    second.add(event('b'))
    second.add(event('c'))
    const part = second.cut(1)
    first.free!()
    second.free!()
    const [third, fourth] = [packs(), packs()]
    for (const pack of [third, fourth]) pack.add(event('d'))
    expect(third.body!().buffer).toBe(memory)
    expect(part.events()).toEqual([event('b')])
    expect(first.events()).toEqual([])
  })
})
