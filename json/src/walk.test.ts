import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeString, type Visitor, walk, withoutDuplicates } from './walk.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

describe('walk', () => {
  it('names every token with its borders, in order', () => {
    const text = ' {"a": 1, "b":[-1.5e+3,true,{"x":null,"\\u0079":false,"z":{}},[]],"c":"q\\"é"} '
    const bytes = encode(text)
    const seen: unknown[] = []
    const cut = (start: number, end: number) => decode(bytes.subarray(start, end))
    walk(bytes, 0, bytes.length, {
      objectStart: (start) => seen.push(cut(start, start + 1)),
      objectEnd: (end) => seen.push(cut(end - 1, end)),
      arrayStart: (start) => seen.push(cut(start, start + 1)),
      arrayEnd: (end) => seen.push(cut(end - 1, end)),
      key: (key, start, end) => seen.push(`${key}=${cut(start, end)}`),
      scalar: (kind, start, end) => seen.push([kind, cut(start, end)]),
    })
    expect(seen).toEqual([
      ...['{', 'a="a"', ['number', '1'], 'b="b"', '[', ['number', '-1.5e+3'], ['true', 'true']],
      ...['{', 'x="x"', ['null', 'null'], 'y="\\u0079"', ['false', 'false'], 'z="z"', '{', '}', '}', '[', ']', ']'],
      ...['c="c"', ['string', '"q\\"é"'], '}'],
    ])
  })

  it('gives enough to build again what was written', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(JSON.stringify(rebuilt(encode(text)), null, indent)).toBe(text)
      }),
    )
  })

  it.each([
    ['{"h":[],"\\\\":0}', '{"h":1,"\\"":2}', '"'],
    ['{"i":[],"rol\\\\":0}', '{"i":1,"rol\\u0065":2}', 'role'],
    ['{"j":[],"\\\\":0}', '{"j":1,"\\n":2}', '\n'],
  ])('reads keys right where V8 mixes them up: after %s, of %s (decision 7)', (before, text, key) => {
    JSON.parse(before)
    const keys: string[] = []
    const bytes = encode(text)
    walk(bytes, 0, bytes.length, { key: (name) => keys.push(name) })
    expect(keys[1]).toBe(key)
  })

  it('goes 10,000 levels deep without recursion', () => {
    const bytes = encode('['.repeat(10_000) + ']'.repeat(10_000))
    let deepest = 0
    let depth = 0
    walk(bytes, 0, bytes.length, {
      arrayStart: () => {
        deepest = Math.max(deepest, ++depth)
      },
      arrayEnd: () => depth--,
    })
    expect([deepest, depth]).toEqual([10_000, 0])
  })
})

describe('decodeString', () => {
  it('agrees with JSON.parse, lone surrogates included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const token = encode(JSON.stringify(text))
        expect(decodeString(token, 0, token.length)).toBe(text)
      }),
    )
  })

  it.each([
    ['"\\ud800"', '\ud800'],
    ['"\\udc00\\ud800"', '\udc00\ud800'],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\ufeffmark"', '\ufeffmark'],
    ['"\\u0000\\/\\b"', '\0/\b'],
    [
      '"a text of plain characters that is longer than most keys are"',
      'a text of plain characters that is longer than most keys are',
    ],
    ['""', ''],
  ])('reads %s', (token, text) => {
    const bytes = encode(`  ${token}  `)
    expect(decodeString(bytes, 2, bytes.length - 2)).toBe(text)
  })
})

describe('withoutDuplicates', () => {
  it.each([
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{ "a" : 1 , "b" : 2, "a" : 3 }', '{ "b" : 2, "a" : 3 }'],
    ['{"a":1,"\\u0061":2,"a":3}', '{"a":3}'],
    ['{"a":{"b":1,"b":2},"c":{"d":1,"d":[],"d":{}},"a":{"b":3,"b":4}}', '{"c":{"d":{}},"a":{"b":4}}'],
    ['{"a":[{"b":1,"b":2}],"c":1,"a":[{"b":3,"b":4},[]],"c":2}', '{"a":[{"b":3,"b":4},[]],"c":2}'],
    ['{"a":{"b":{"c":1,"c":{},"c":2},"b":{"c":{"d":1,"d":1},"c":2}}}', '{"a":{"b":{"c":{"d":1,"d":1},"c":2}}}'],
    ['{"__proto__":1,"__proto__":2,"constructor":1}', '{"__proto__":2,"constructor":1}'],
    ['[{"a":1,"b":{"a":1}},{"a":2}]', '[{"a":1,"b":{"a":1}},{"a":2}]'],
    ['{"":1,"":1.0}', '{"":1.0}'],
  ])('of %s leaves %s', (text, rest) => {
    const bytes = encode(`x${text}x`)
    expect(decode(withoutDuplicates(bytes, 1, bytes.length - 1, 2))).toBe(rest)
  })

  it('never changes what JSON.parse reads, and leaves no key twice but in arrays and below the depth', () => {
    const key = fc.constantFrom('"a"', '"\\u0061"', '"b"', '"__proto__"')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.constantFrom('1', '1.0', '"x"', 'null'), tie('object'), tie('array')),
      object: fc
        .array(fc.tuple(key, tie('value')))
        .map((members) => `{${members.map(([name, value]) => `${name}: ${value}`).join(' ,')}}`),
      array: fc.array(tie('value')).map((values) => `[${values.join(', ')}]`),
    }))
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 4 }), (text, depthMax) => {
        const bytes = encode(String(text))
        const rest = withoutDuplicates(bytes, 0, bytes.length, depthMax)
        expect(JSON.parse(decode(rest))).toEqual(JSON.parse(String(text)))
        expect(keysTwice(rest, depthMax)).toBe(0)
      }),
    )
  })
})

function rebuilt(bytes: Uint8Array): unknown {
  const root: unknown[] = []
  const open: { add(value: unknown): void }[] = [{ add: (value) => root.push(value) }]
  let key = ''
  const close = () => void open.pop()
  const visitor: Visitor = {
    objectStart() {
      const object = {}
      open.at(-1)!.add(object)
      open.push({
        add: (value) =>
          Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true }),
      })
    },
    arrayStart() {
      const array: unknown[] = []
      open.at(-1)!.add(array)
      open.push({ add: (value) => array.push(value) })
    },
    objectEnd: close,
    arrayEnd: close,
    key(name) {
      key = name
    },
    scalar: (kind, start, end) =>
      open
        .at(-1)!
        .add(kind === 'string' ? decodeString(bytes, start, end) : JSON.parse(decode(bytes.subarray(start, end)))),
  }
  walk(bytes, 0, bytes.length, visitor)
  return root[0]
}

function keysTwice(bytes: Uint8Array, depthMax: number): number {
  const open: (Set<string> | undefined)[] = []
  let count = 0
  walk(bytes, 0, bytes.length, {
    objectStart: () => open.push(open.includes(undefined) || open.length === depthMax ? undefined : new Set()),
    objectEnd: () => open.pop(),
    arrayStart: () => open.push(undefined),
    arrayEnd: () => open.pop(),
    key(key) {
      if (open.at(-1)?.has(key)) count++
      open.at(-1)?.add(key)
    },
  })
  return count
}
