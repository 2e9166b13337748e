import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serialize, withContext } from './serialize.ts'

const parsed = (data: unknown) => JSON.parse(serialize(data)!) as unknown

describe('serialize', () => {
  it('gives JSON of any object, on one line', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const text = serialize(data)!
        expect(text).not.toMatch(/[\n\r\t]/)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)))
      }),
    )
  })

  it('never throws, whatever it is given', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
    fc.assert(
      fc.property(anything, (data) => {
        const text = serialize(data)
        expect(text === undefined || typeof JSON.parse(text) === 'object').toBe(true)
      }),
    )
  })

  it('tells a circle in words and keeps the rest', () => {
    const data: Record<string, unknown> = { id: 1 }
    data['self'] = data
    data['list'] = [data, 2]
    expect(parsed(data)).toEqual({ id: 1, self: '[circular]', list: ['[circular]', 2] })
  })

  it('what stands twice without a circle is there twice', () => {
    const shared = { n: 1n }
    expect(parsed({ one: shared, other: shared })).toEqual({ one: { n: '1' }, other: { n: '1' } })
  })

  it('a getter that throws costs its field alone', () => {
    const data = { id: 1, big: 2n ** 70n }
    Object.defineProperty(data, 'bad', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    })
    expect(parsed(data)).toEqual({ id: 1, big: '1180591620717411303424', bad: '[unreadable]' })
  })

  it('takes what toJSON makes of an object, if that is one', () => {
    expect(parsed({ toJSON: () => ({ a: 1 }) })).toEqual({ a: 1 })
    expect(parsed({ at: new Date(0), n: 1n })).toEqual({ at: '1970-01-01T00:00:00.000Z', n: '1' })
    for (const toJSON of [() => 'text', () => undefined, () => [1]]) expect(serialize({ toJSON })).toBeUndefined()
    expect(parsed({ inner: { toJSON: () => BigInt(3) } })).toEqual({ inner: '3' })
  })

  it('a proxy that answers nothing is no object', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(serialize(proxy)).toBeUndefined()
  })

  it('of something very deep it keeps the upper part, once it cannot be written as it is', () => {
    let data: object = { n: 1n }
    for (let depth = 0; depth < 20_000; depth++) data = { data }
    expect(serialize(data)).toContain('[too deep]')
  })

  it('passes text of an object on as it was written, on one line', () => {
    expect(serialize(' {"n":1.50,\n\t"big":12345678901234567890}\r\n')).toBe('{"n":1.50,  "big":12345678901234567890}')
    for (const text of ['[1]', '7', '', '{', '{"a":}', '{"a":1}{"b":2}', '{"a":1}\n{"b":2}']) {
      expect(serialize(text)).toBeUndefined()
    }
  })

  it('nothing but objects is data', () => {
    for (const data of [undefined, null, 1, true, 1n, [1], Symbol('s'), () => 1])
      expect(serialize(data)).toBeUndefined()
  })
})

it('withContext puts it in front, where one that is there already overrules it', () => {
  expect(withContext('{}', '1')).toBe('{"context":1}')
  expect(withContext('{ "a":2}', '1')).toBe('{"context":1,"a":2}')
  expect(JSON.parse(withContext('{"context":"own"}', '1'))).toEqual({ context: 'own' })
})
