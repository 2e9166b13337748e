/** Laws of envelopes: what is read by bytes agrees with what `JSON.parse` would have read, and nothing makes it stumble. */
import { limits } from '@millrace/event/limits'
import { JsonFault } from '@millrace/json/records'
import { openScanner } from '@millrace/json/scanner'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MillraceError } from '../errors.ts'
import { native } from './protocols/native.ts'
import { requestOf } from './protocols/request.fixture.ts'

const scanner = openScanner(limits)

function decode(body: Buffer, contentType: string) {
  return native.decode(requestOf(body, { headers: { 'content-type': contentType }, scanner }))
}

/** A value as its JSON text, and whether an envelope may have it there. */
type Member = { readonly text: string; readonly isGood: boolean }
const good = (...values: unknown[]) => values.map((value) => ({ text: JSON.stringify(value), isGood: true }))
const bad = (...values: unknown[]) => values.map((value) => ({ text: JSON.stringify(value), isGood: false }))

const types: Member[] = [...good('a', 'page view', 'ü😀', 'q"\\'), ...bad('', ' a', 'a\u0000', 7, null, {}, ['a'])]
const datas: Member[] = [...good({}, { a: 1 }, { type: 'x', '}': '{"' }, { '\\': ['\\"'] }), ...bad([], null, 1, '{}')]
const ids: Member[] = [...good('i', 'é\n', 'x'.repeat(128), null), ...bad('', 1, true, [], 'x'.repeat(129))]
const times: Member[] = [
  ...good(0, -1, 1e12, '2024-01-01', '2024-01-01T00:00:00Z', null),
  ...bad('x', 1e300, {}, false),
]
const strays: Member[] = bad(1, {}, 'x')

const space = fc.constantFrom('', ' ', '\t', '  ')
const member = (keys: string[], values: Member[]) =>
  fc.record({ key: fc.constantFrom(...keys), value: fc.constantFrom(...values), space })
const envelope = fc
  .tuple(
    member(['"type"', '"t\\u0079pe"'], types),
    member(['"data"'], datas),
    fc.option(member(['"id"', '"\\u0069d"'], ids)),
    fc.option(member(['"time"'], times)),
    fc.option(member(['"x"', '"Type"', '"data "', '"\\"data\\":"', '"type"'], strays), { freq: 6 }),
  )
  .chain((members) => fc.shuffledSubarray(members, { minLength: members.length }))
  .map((members) => {
    const present = members.filter((each) => each !== null)
    const text = present
      .map(({ key, value, space }) => `${space}${key}${space}:${space}${value.text}${space}`)
      .join(',')
    const keys = present.map(({ key }) => JSON.parse(key) as string)
    const isGood = present.every(({ value }) => value.isGood) && new Set(keys).size === keys.length
    return { text: `{${text}}`, isGood }
  })

test('a good envelope gives the type, data, id and time that JSON.parse finds in it, a bad one is kept whole', () => {
  fc.assert(
    fc.property(fc.array(envelope, { minLength: 1, maxLength: 8 }), space, (envelopes, between) => {
      const body = Buffer.from(`[${envelopes.map(({ text }) => text).join(`${between},${between}`)}]`)
      const decoded = decode(body, 'application/json')
      const faulty = new Set(decoded.faults?.map(({ index }) => index))
      for (const [index, { text, isGood }] of envelopes.entries()) {
        const raw = body.toString('utf8', decoded.starts[index], decoded.ends[index])
        expect([text, faulty.has(index)]).toEqual([text, !isGood])
        if (!isGood) expect(raw).toBe(text)
        if (!isGood) continue
        const parsed = JSON.parse(text)
        expect(JSON.parse(raw)).toEqual(parsed.data)
        expect(decoded.types[decoded.typeIndex?.[index] ?? 0]).toBe(parsed.type)
        expect(decoded.ids?.[index] ?? null).toBe(parsed.id ?? null)
        expect(decoded.times?.[index] ?? null).toBe(parsed.time == null ? null : new Date(parsed.time).getTime())
      }
    }),
    { numRuns: 500 },
  )
})

test('bytes that are anything are read or refused, and every event has its place, type and reason', () => {
  const mutated = fc
    .tuple(fc.array(envelope, { maxLength: 5 }), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([envelopes, changes]) => {
      const body = Buffer.from(envelopes.map(({ text }) => text).join('\n'))
      for (const [at, byte] of changes) if (body.length > 0) body[at % body.length] = byte
      return body
    })
  const anything = fc.oneof(mutated, fc.uint8Array({ maxLength: 60 }).map(Buffer.from))
  fc.assert(
    fc.property(anything, fc.constantFrom('application/json', 'application/x-ndjson'), (body, contentType) => {
      try {
        const { starts, ends, types, typeIndex, faults = [], ids, times } = decode(body, contentType)
        const count = starts.length
        expect(typeIndex?.length ?? count).toBe(count)
        for (const list of [ids, times]) expect(list?.length ?? count).toBe(count)
        for (let index = 0; index < count; index++) {
          expect(types[typeIndex?.[index] ?? 0]).toBeTypeOf('string')
          expect(ends[index]).toBeGreaterThan(starts[index]!)
          if (!faults.some((fault) => fault.index === index)) expect(body[starts[index]!]).toBe(0x7b)
        }
        expect(faults.map(({ index }) => index)).toEqual(
          [...new Set(faults.map(({ index }) => index))].sort((a, b) => a - b),
        )
      } catch (error) {
        if (!(error instanceof MillraceError || error instanceof JsonFault)) throw error
      }
    }),
    { numRuns: 2000 },
  )
})
