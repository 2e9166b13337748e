import { limits } from '@millrace/event/limits'
import { describe, expect, it } from 'vitest'
import { hasEscapedKey, makeBody, mutate, seededRandom } from './corpus/mutations.ts'
import { naughtyTexts } from './corpus/naughty.ts'
import { validValues } from './corpus/values.ts'
import type { MemberFinder } from './member-finder.ts'
import { openMemberFinder } from './members.ts'
import { openJsMemberFinder } from './members-js.ts'
import { openWasmMemberFinder } from './members-wasm.ts'
import { openScanner } from './scanner.ts'

const keys = ['type', 'data', 'id', 'time']
const scanner = openScanner({ ...limits, depthMax: 2 * limits.depthMax })

describe('the member finder in WebAssembly', () => testFinder(openWasmMemberFinder))
describe('the member finder in JavaScript', () => testFinder(openJsMemberFinder))

function testFinder(open: (keys: readonly string[]) => MemberFinder): void {
  const finder = open(keys)

  it.each([
    ['{}', [null, null, null, null]],
    ['{"type":"a","data":{"x":1},"id":"7","time":5}', ['"a"', '{"x":1}', '"7"', '5']],
    [' { "time" : -1.5e+3 ,\r\n\t"type" : null, "data" : [ ] } ', ['null', '[ ]', null, '-1.5e+3']],
    [
      '{"data":{"type":"inner","data":{"id":1}},"x":[{"id":2}]}',
      [null, '{"type":"inner","data":{"id":1}}', null, null],
    ],
    ['{"id":1,"id":2,"id":"3"}', [null, null, '"3"', null]],
    ['{"typ":1,"types":2,"Type":3,"":4,"tipe":5}', [null, null, null, null]],
    ['{"\\u0074ype":"a","i\\u0064":1,"id":2}', ['"a"', null, '2', null]],
    ['{"id":2,"i\\u0064":1,"\\n":0}', [null, null, '1', null]],
    ['{"data":"]}{[\\"","type":"\\\\","id":"\\\\\\"","time":true}', ['"\\\\"', '"]}{[\\""', '"\\\\\\""', 'true']],
    ['{"type":"data","data":"id","id":"time","time":"type"}', ['"data"', '"id"', '"time"', '"type"']],
    ['{"time":1}', [null, null, null, '1']],
    ['{"time":false}', [null, null, null, 'false']],
  ])('finds the members of %s', (body, values) => {
    expect(found(finder, body)).toEqual([values])
  })

  it('finds what JSON.parse finds, for each value of the corpus', () => {
    const values = validValues.map((value) => value.replace(/[\n\r]/g, ' '))
    const body = values.map((value) => `{"x":${value},"data":${value},"y":{"id":${value}},"time":1}`).join('\n')
    for (const [index, [type, data, id, time]] of found(finder, body, 'ndjson').entries()) {
      expect([type, data, id, time]).toEqual([null, values[index]!.trim(), null, '1'])
    }
  })

  it('passes over brackets, quotes and backslashes in texts, wherever a block of bytes ends', () => {
    for (let length = 0; length < 140; length++) {
      for (const tail of ['\\"]}', '\\\\', '\\\\\\"}', '}]{[', '_yY\x7f', 'é"'.replace('"', '\\"')]) {
        const data = `{"${'x'.repeat(length)}":["${tail}",{"${tail}":"${'\\\\'.repeat(length % 7)}"}]}`
        expect(found(finder, `{"data":${data},"id":1}`)).toEqual([[null, data, '1', null]])
        const longer = `["${'x'.repeat(length)}${tail}${'y'.repeat(130)}]"]`
        expect(found(finder, `{"data":${longer},"id":1}`)).toEqual([[null, longer, '1', null]])
      }
    }
  })

  it('knows keys by their text, whatever it is', () => {
    for (const key of naughtyTexts.filter((text) => text.isWellFormed())) {
      const body = `{"a":{${JSON.stringify(key)}:0},${JSON.stringify(key)}:1}`
      expect(found(open([key, 'a']), body)[0]![0], JSON.stringify(key)).toBe(key === 'a' ? body.slice(5, 12) : '1')
    }
  })
}

describe('openMemberFinder', () => {
  it('finds the same in both, over many bodies', () => {
    const [wasm, js] = [openWasmMemberFinder(keys), openJsMemberFinder(keys)]
    for (let seed = 0; seed < 3000; seed++) {
      const random = seededRandom(seed)
      const body = seed % 2 ? makeBody(random) : mutate(random, makeBody(random))
      const records = scanner.scan(body, 'ndjson')
      const isSound = (_: number, index: number) => !records.faults.some((fault) => fault.index === index)
      const [starts, ends] = [records.starts.filter(isSound), records.ends.filter(isSound)]
      const places = wasm.find(body, starts, ends)
      expect(places, body.toString()).toEqual(js.find(body, starts, ends))
      if (hasEscapedKey(body)) continue
      for (const [index, start] of starts.entries()) {
        const record = JSON.parse(body.toString('utf8', start, ends[index]))
        const [from, to] = places.subarray(index * 8 + 2)
        const data = to === 0 ? undefined : JSON.parse(body.toString('utf8', from, to))
        expect(JSON.stringify(data), body.toString()).toEqual(JSON.stringify(record.data))
      }
    }
  })

  it('finds nothing in no records', () => {
    expect(openMemberFinder(keys).find(Buffer.alloc(0), new Uint32Array(0), new Uint32Array(0))).toHaveLength(0)
  })

  it('wants a key to look for', () => {
    expect(() => openMemberFinder([])).toThrow(RangeError)
  })
})

/** For each record the values of `keys` as text, null for one that it has not. */
function found(finder: MemberFinder, body: string, form: 'json' | 'ndjson' = 'json'): (string | null)[][] {
  const bytes = Buffer.from(body)
  const { starts, ends, faults } = scanner.scan(bytes, form)
  expect(faults).toEqual([])
  const places = finder.find(bytes, starts, ends)
  const width = places.length / starts.length
  return Array.from(starts, (_, index) =>
    Array.from({ length: width / 2 }, (_, key) => {
      const [start, end] = places.subarray(index * width + 2 * key)
      return end === 0 ? null : bytes.toString('utf8', start, end)
    }),
  )
}
