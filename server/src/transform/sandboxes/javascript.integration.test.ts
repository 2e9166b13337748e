import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Guest, Guests } from '../guest.ts'
import { type Code, openCode, openJavascriptGuests, receivedAt, runOn } from './javascript.fixture.ts'

let guests: Guests
const opened: Guest[] = []

beforeAll(async () => {
  guests = await openJavascriptGuests()
})
afterAll(() => guests.close())

async function open(code: string | Code) {
  const guest = await openCode(guests, typeof code === 'string' ? { main: code } : code)
  opened.push(guest)
  return guest
}

/** What code makes of one event, and all that the guest says of it. */
async function run(code: string | Code, ...events: string[]) {
  const guest = await open(code)
  try {
    return await runOn(guest, events.length === 0 ? ['{"n":1}'] : events)
  } finally {
    guest.close()
  }
}

const transform = (body: string) => `export function transform(event: any): any {\n${body}\n}`

describe('what a transform returns', () => {
  test('an event, more, or none', async () => {
    const { answer, lines } = await run(
      transform(`
        if (event.n === 1) return event
        if (event.n === 2) return [event, { ...event, copy: true }, { other: 1 }]
        if (event.n === 3) return null
        if (event.n === 5) return []`),
      ...[1, 2, 3, 4, 5, 1].map((n) => `{"n":${n}}`),
    )
    expect(answer.counts).toEqual([1, 3, 0, 0, 0, 1])
    expect(answer.outputs).toEqual(Array(5).fill([0, 0]))
    expect(answer.faults).toEqual([])
    expect(lines).toEqual(['{"n":1}', '{"n":2}', '{"n":2,"copy":true}', '{"other":1}', '{"n":1}'])
  })

  test.each([
    ['a number', 'return 5', 'returned a number'],
    ['text', 'return "{}"', 'returned a string'],
    ['a function', 'return () => ({})', 'returned a function'],
    ['an array in an array', 'return [[event]]', 'an array at 0'],
    ['nothing in an array', 'return [event, undefined]', 'undefined at 1'],
    ['a promise', 'return Promise.resolve(event)', 'async is not supported'],
    ['a promise that is rejected', 'return Promise.reject(new Error("no"))', 'async is not supported'],
    ['a circle', 'event.self = event; return event', 'circular'],
    ['a date', 'return new Date()', 'no JSON object'],
    ['boxed text', 'return new String("{}")', 'no JSON object'],
    ['a getter that throws', 'return { get a() { throw new TypeError("mine") } }', 'TypeError: mine'],
    ['toJSON that throws', 'return { toJSON() { throw new TypeError("mine") } }', 'TypeError: mine'],
    ['toJSON with text', 'return { toJSON: () => "{}" }', 'no JSON object'],
    ['too many', 'return Array(1001).fill(event)', '1001 events; 1000 may be'],
    ['a long hole', 'return new Array(2 ** 32 - 1)', '4294967295 events'],
    ['too much', 'return { text: "x".repeat(4 * 1024 * 1024) }', 'longer than 4194304 bytes'],
    ['too much in few characters', 'return { text: "€".repeat(1500000) }', 'longer than 4194304 bytes'],
    ['too much together', 'return Array(10).fill({ text: "x".repeat(500000) })', 'longer than 4194304 bytes'],
    ['more than a text can hold', 'return Array(999).fill({ t: "x".repeat(2 ** 22) })', 'longer than 4194304 bytes'],
    ['too deep', 'let a = {}; for (let i = 0; i < 1e5; i++) a = { a }; return a', 'Maximum call stack'],
    ['no type', 'event._metadata.event_type = 5; return event', 'event_type is no name'],
    ['no time', 'event._metadata["@timestamp"] = "soon"; return event', '"@timestamp"] is no time'],
  ])('%s is a fault of that event alone', async (_, body, message) => {
    const { answer, lines } = await run(transform(`if (event.n === 0) return event; ${body}`), '{"n":1}', '{"n":0}')
    expect(answer).toMatchObject({
      counts: [-1, 1],
      faults: [{ index: 0, code: 'transform_output', module: 'main', message: expect.stringContaining(message) }],
    })
    expect(lines).toEqual(['{"n":0}'])
  })

  test('what JSON has no words for is left out, or null', async () => {
    const body = 'return { a: undefined, b: () => 1, c: NaN, d: -0, e: new Date(0), f: Infinity, g: "\\ud800" }'
    expect((await run(transform(body))).lines).toEqual([
      '{"c":null,"d":0,"e":"1970-01-01T00:00:00.000Z","f":null,"g":"\\ud800"}',
    ])
  })
})

test('events are in their order, and exact, in whichever part of a large chunk they come', async () => {
  const texts = Array.from({ length: 400 }, (_, n) => {
    const form = n < 100 || n > 300 ? 'plain' : n % 50 === 0 ? 'large' : 'escaped'
    if (form === 'large') return `{"n":${n},"id":12345678901234567890}`
    return `{"n":${n},"text":"${'x'.repeat(1000)}${form === 'escaped' ? '\\n' : ''}"}`
  })
  expect((await run(transform('return event'), ...texts)).lines).toEqual(texts)
})

describe('metadata', () => {
  const showing = transform('event.seen = JSON.stringify(event._metadata); return event')

  test('says what is known of the event, and stays behind', async () => {
    const guest = await open(showing)
    const { answer, lines } = await runOn(guest, ['{"n":1}', '{"_metadata":{"mine":1}}'], {
      events: [
        ['id0', 0, 0, receivedAt, 7, 0, 0],
        ['id1', 0, 0, receivedAt, 7, 2, 'parent'],
      ],
    })
    const known = {
      '@uuid': 'id0',
      '@timestamp': '2026-01-02T03:04:05.678Z',
      event_type: 'order',
      input_id: 'in1',
      input_label: 'Shop',
      input_type: 'webhook',
      restream_count: 0,
    }
    const second = { ...known, '@uuid': 'id1', restream_count: 2, '@parent_uuid': 'parent' }
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { n: 1, seen: JSON.stringify(known) },
      { seen: JSON.stringify(second) },
    ])
    expect(answer.outputs).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('of events that are told at once differs in the ids alone, which count up', async () => {
    const guest = await open(showing)
    const { lines } = await runOn(guest, ['{}', '{}', '{}', '{}'], {
      events: [
        [2, 'ab-', 0xffffffff, 0, 0, receivedAt, receivedAt],
        ['own', 0, 0, receivedAt, receivedAt, 3, 0],
        [1, 'cd-', 0x1ff, 0, 0, receivedAt + 1, receivedAt + 1],
      ],
    })
    const seen = lines.map((line) => JSON.parse(JSON.parse(line).seen))
    expect(seen.map(({ '@uuid': id, restream_count }) => [id, restream_count])).toEqual([
      ['ab-ffffffff', 0],
      ['ab-00000000', 0],
      ['own', 3],
      ['cd-000001ff', 0],
    ])
    expect(seen[3]).toMatchObject({ '@timestamp': '2026-01-02T03:04:05.679Z', event_type: 'order', input_id: 'in1' })
  })

  test.each([
    ['event._metadata.event_type = "refund"; return event', [['refund', 0]]],
    ['event._metadata["@timestamp"] = "2020-01-01T00:00:00Z"; return event', [[0, 1577836800000]]],
    ['event._metadata["@timestamp"] = new Date(1.5); return event', [[0, 1]]],
    ['event._metadata["@timestamp"] = 1577836800000; return event', [[0, 1577836800000]]],
    ['return { _metadata: { event_type: "refund" } }', [['refund', 0]]],
    ['return { _metadata: "mine" }', [[0, 0]]],
    ['delete event._metadata; return event', [[0, 0]]],
    ['event._metadata.event_type = "refund"; return [event, event]', [['refund', 0], ['refund', 0]]], // biome-ignore format: a table
    ['return [event, { _metadata: { ...event._metadata, event_type: "b" } }]', [[0, 0], ['b', 0]]], // biome-ignore format: a table
    ['event._metadata.event_type = "refund"; return Object.freeze(event)', [['refund', 0]]],
    ['return { toJSON: () => ({ a: 1, _metadata: 2 }), _metadata: { event_type: "refund" } }', [['refund', 0]]],
    ['return new (class { get _metadata() { return { event_type: "c" } } })()', [['c', 0]]],
  ])('may be changed: %s', async (body, outputs) => {
    const { answer, lines } = await run(transform(body))
    expect(answer.outputs).toEqual(outputs)
    expect(answer.faults).toEqual([])
    for (const line of lines) expect(line).not.toContain('_metadata')
  })

  test('an event that the code keeps has it still', async () => {
    const code = `let last: any\n${transform('const before = last?._metadata["@uuid"]; last = event; event.before = before; return event')}`
    expect((await run(code, '{}', '{}')).lines).toEqual(['{}', '{"before":"id0"}'])
  })
})

describe('several modules', () => {
  const code: Code = {
    main: transform('return event.n === 0 ? null : [{ ...event, by: "main" }, { n: 9 }]'),
    others: {
      second: `import { mark } from './shared.ts'\n${transform('mark(event); if (event.n === 3) null.x; return event')}`,
      shared: 'export const mark = (event: any) => {\n  event.type = event._metadata.event_type\n}',
    },
    order: ['main', 'second'],
  }

  test('run one after the other, each on what the one before made', async () => {
    const { answer, lines } = await run(code, '{"n":1}', '{"n":0}', '{"n":3}', '{"n":2}')
    expect(answer.counts).toEqual([2, 0, -1, 2])
    expect(answer.faults).toMatchObject([{ index: 2, module: 'second', line: 3 }])
    expect(lines).toEqual([
      '{"n":1,"by":"main","type":"order"}',
      '{"n":9,"type":"order"}',
      '{"n":2,"by":"main","type":"order"}',
      '{"n":9,"type":"order"}',
    ])
  })

  test('no more come out of all together than may', async () => {
    const double = transform('return Array(100).fill(0).map(() => ({ ...event }))')
    const { answer } = await run({ main: double, others: { second: double }, order: ['main', 'second'] })
    expect(answer).toMatchObject({ counts: [-1], faults: [{ code: 'transform_output' }] })
  })
})

describe('an error that the code throws', () => {
  test.each([
    ['null.a', { message: "TypeError: Cannot read properties of null (reading 'a')", line: 2, column: 6 }],
    ['throw new RangeError("mine")', { message: 'RangeError: mine', line: 2, column: 7 }],
    ['throw new (class Mine extends Error { name = "Mine" })("a")', { message: 'Mine: a', line: 2, column: 7 }],
    ['JSON.parse("{")', { message: expect.stringMatching(/^SyntaxError: .*JSON/), line: 2, column: 6 }],
    ['deep()', { message: 'Error: deep', module: 'other', line: 3, column: 9 }],
    ['const f = () => f() + 1; f()', { message: 'RangeError: Maximum call stack size exceeded', line: 2 }],
    ['throw "text"', { message: 'text' }],
    ['throw undefined', { message: 'undefined' }],
    ['throw { a: 1 }', { message: '{"a":1}' }],
    ['throw Object.create(null)', { message: '{}' }],
    ['throw Symbol("s")', { message: 'Symbol(s)' }],
    ['throw new Proxy({}, { get() { throw 1 } })', { message: 'Something was thrown that cannot be shown' }],
    [
      'throw Object.assign(new Error("x"), { stack: "Error: x\\n    at f (/etc/passwd:1:1)" })',
      { message: 'Error: x' },
    ],
    ['throw new Error("x\\n    at f (other:77:7)")', { line: 2, column: 7, module: 'main' }],
  ])('is told with its place: %s', async (body, fault) => {
    const main = `import { deep } from 'other'; export function transform(event: { n: number }) { if (event.n === 0) return event\n${body}; deep() }`
    const other = 'export function deep(): void {\n  const a: number = 1\n  throw new Error("deep")\n}'
    const { answer, lines } = await run({ main, others: { other } }, '{"n":1}', '{"n":0}')
    expect(answer.counts).toEqual([-1, 1])
    expect(answer.faults).toMatchObject([{ index: 0, code: 'transform_error', module: 'main', ...fault }])
    expect(lines).toEqual(['{"n":0}'])
  })

  test('a rejected promise that nobody waits for is none', async () => {
    const { answer, lines } = await run(
      transform('Promise.reject(new Error("lost")); console.log("said"); return event'),
    )
    expect(answer).toMatchObject({ counts: [1], faults: [], printed: 'said\n' })
    expect(lines).toEqual(['{"n":1}'])
  })

  test('while the modules start refuses the code', async () => {
    const starting = openCode(guests, { main: `const a: any = 1\n  a.b.c\n${transform('return event')}` })
    await expect(starting).rejects.toMatchObject({
      code: 'invalid_code',
      fields: [{ field: 'main:2:7', message: "TypeError: Cannot read properties of undefined (reading 'c')" }],
    })
    const none = openCode(guests, { main: 'export const transform = 5' })
    await expect(none).rejects.toMatchObject({
      fields: [{ field: 'main', message: expect.stringMatching(/function/) }],
    })
  })
})

describe('one event at a time', () => {
  test('an event that takes too long costs itself alone', async () => {
    const guest = await open({
      main: transform(
        'while (event.n === 1); if (event.n === 2) { const f = () => Promise.resolve().then(f); f() } return event',
      ),
      limits: { eventMs: 200 },
    })
    const { answer, lines } = await runOn(guest, ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}'], { careful: true })
    expect(answer.counts).toEqual([1, -1, -1, 1])
    expect(answer.faults).toMatchObject([
      { index: 1, code: 'transform_timeout', message: 'The code took longer than 200 ms' },
      { index: 2, code: 'transform_timeout' },
    ])
    expect(lines).toEqual(['{"n":0}', '{"n":3}'])
    expect((await runOn(guest, ['{"n":4}'])).lines).toEqual(['{"n":4}'])
  })
})

describe('what is printed', () => {
  test.each([
    ['"a", 1, -0, 1n, true, null, undefined', 'a 1 -0 1n true null undefined'],
    ['{ a: 1, b: "it\'s", "c-d": [1, [2, { e: {} }]] }', `{ a: 1, b: "it's", 'c-d': [ 1, [ 2, [Object] ] ] }`],
    ['[], {}, [[]], [{}]', '[] {} [ [] ] [ {} ]'],
    [
      '"%s is %d, %i, %f, %j, %%, %o", "a", 1.5, 1.5, 1.5, { a: 1 }, [1], "more"',
      'a is 1.5, 1, 1.5, {"a":1}, %, [ 1 ] more',
    ],
    ['"100%", 5', '100% 5'],
    ['new Map([[1, { a: 1 }]]), new Set(["x"])', "Map(1) { 1 => { a: 1 } } Set(1) { 'x' }"],
    ['new Date(0), /a/g, Symbol("s")', '1970-01-01T00:00:00.000Z /a/g Symbol(s)'],
    ['() => 1, function f() {}, class A {}', '[Function (anonymous)] [Function: f] [class A]'],
    ['new (class Point { x = 1 })()', 'Point { x: 1 }'],
    ['["a\\n"], "a\\tb"', "[ 'a\\n' ] a\tb"],
    ['["x".repeat(40), "y".repeat(40)]', `[\n  '${'x'.repeat(40)}',\n  '${'y'.repeat(40)}'\n]`],
  ])('console.log(%s)', async (values, printed) => {
    expect((await run(transform(`console.log(${values})`))).answer.printed).toBe(`${printed}\n`)
  })

  test('errors with their stack, circles, getters that throw, of all levels and of the start', async () => {
    const { answer } = await run(
      `console.info('start')\n${transform('const a: any = { get b() { throw 1 } }; a.a = a; console.warn(a); console.error(new Error("no"))')}`,
    )
    expect(answer.printed).toBe('start\n{ b: [Getter], a: [Circular] }\nError: no\n    at transform (main:3:81)\n')
  })

  test('is cut where it is too much, and what was left out is counted', async () => {
    const main = transform('for (let i = 0; i < event.n; i++) console.log("line " + i)')
    const guest = await open({ main, limits: { printedBytesMax: 30 } })
    const { answer } = await runOn(guest, ['{"n":1000000}'])
    expect(answer.printed).toMatch(/^line 0\nline 1\nline 2\nline 3\n(.+\n)?… 99999\d more left out\n$/)
    expect(Buffer.byteLength(answer.printed)).toBeLessThan(80)
    expect((await runOn(guest, ['{"n":1}'])).answer.printed).toBe('line 0\n')
  })
})

describe('secrets and lookups', () => {
  const code = (body: string): Code => ({
    main: transform(`return { r: (() => { ${body} })() }`),
    secrets: { key: 'geheim', constructor: 'mine' },
    lookups: { shops: { a: { name: 'A', tags: ['x'] }, '"': 1, __proto__: 'p', big: 1 } },
  })
  test.each([
    ['return secrets.get("key")', '{"r":"geheim"}'],
    ['return secrets.get("constructor")', '{"r":"mine"}'],
    ['return secrets.get("toString") ?? null', '{"r":null}'],
    ['return lookups.get("shops", "a")', '{"r":{"name":"A","tags":["x"]}}'],
    ['return lookups.get("shops", "\\"")', '{"r":1}'],
    ['return lookups.get("shops", "b") ?? null', '{"r":null}'],
    ['return lookups.get("none", "b") ?? null', '{"r":null}'],
    ['return Object.keys(secrets)', '{"r":["get"]}'],
  ])('%s', async (body, line) => {
    expect((await run(code(body))).lines).toEqual([line])
  })

  test.each([
    'secrets.get = () => 1',
    'globalThis.secrets = 1',
    'lookups.get("shops", "a").tags.push("y")',
    'delete lookups.get("shops", "a").name',
  ])('cannot be changed: %s', async (body) => {
    expect((await run(code(body))).answer.faults).toMatchObject([{ message: expect.stringMatching(/^TypeError/) }])
  })
})

describe('events go through as they are', () => {
  test.each([
    ['integers beyond 2^53', '{"a":9007199254740993,"b":[-12345678901234567890],"c":9007199254740991}'],
    ['an integer of many digits', `{"a":${'9'.repeat(400)}}`],
    ['keys that V8 misreads', '{"h":1,"\\"":2,"\\\\":3}'],
    ['`__proto__` as a key', '{"__proto__":{"a":1},"constructor":{"prototype":1}}'],
    ['`__proto__` beside a large integer', '{"__proto__":{"a":1},"toString":1,"n":9007199254740993}'],
    ['empty keys and values', '{"":"","a":{},"b":[],"c":null,"d":[[],{}]}'],
    ['text of all kinds', '{"é":"€ 😀","a":"\\u0001\\n\\"\\\\","b":"1234567890123456789"}'],
    ['a lone surrogate', '{"\\ud800":"\\udfff"}'],
    ['a key toJSON', '{"toJSON":1,"length":2}'],
  ])('%s', async (_, event) => {
    expect((await run(transform('return event'), '{"x":1}', event)).lines).toEqual(['{"x":1}', event])
  })

  test.each([
    [
      '{ "a" : 12345678901234567890 , "b" : [ 1.50 , -0, 1e3, 1E400 ] }',
      '{"a":12345678901234567890,"b":[1.5,0,1000,null]}',
    ],
    ['{"\\u0061":1,"a":2}', '{"a":2}'],
    ['{"a":0.12345678901234567890,"b":12345678901234567.0}', '{"a":0.12345678901234568,"b":12345678901234568}'],
  ])('as JSON reads it: %s', async (event, line) => {
    expect((await run(transform('return event'), event)).lines).toEqual([line])
  })

  test('a large integer is a BigInt to the code', async () => {
    const body = 'return { type: typeof event.a, more: event.a + 1n, own: 2n ** 64n }'
    expect((await run(transform(body), '{"a":9007199254740993}')).lines).toEqual([
      '{"type":"bigint","more":9007199254740994,"own":18446744073709551616}',
    ])
  })

  test('500 events at once', async () => {
    const events = Array.from({ length: 500 }, (_, n) => JSON.stringify({ n, text: 'x'.repeat(n) }))
    const guest = await open(transform('return event.n % 2 ? event : null'))
    for (const careful of [false, true]) {
      const { answer, lines } = await runOn(guest, events, { careful })
      expect(answer.counts).toEqual(events.map((_, n) => n % 2))
      expect(lines).toEqual(events.filter((_, n) => n % 2))
    }
  })
})
