/**
 * Code that means harm, one line each: bombs with who stops them, and tries to get out with what they find. What they do happens in a
 * real jailed process; the other events, and other programs, go on.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MillraceError } from '../../errors.ts'
import { type Guest, GuestKilled, type Guests, type KillReason } from '../guest.ts'
import { openCode, openJavascriptGuests, runOn } from './javascript.fixture.ts'

let guests: Guests
/** Runs while others are attacked. */
let bystander: Guest

beforeAll(async () => {
  guests = await openJavascriptGuests()
  bystander = await openCode(guests, { main: 'export const transform = (event) => ({ ...event, seen: true })' })
})
afterAll(() => guests.close())

const limits = { eventMs: 300, chunkMs: 600, memoryBytes: 64 * 1024 * 1024 }

/** Code that does it with the second of three events. */
const bomb = (body: string) => `export function transform(event) {\nif (event.n !== 1) return event;\n${body}\n}`

/** Who wins, the memory's limit or the clock, depends on how fast the machine fills and collects it. */
const tooMuch: readonly Outcome[] = ['killed: memory', 'killed: time', 'transform_error', 'transform_timeout']

type Outcome = 'transform_error' | 'transform_timeout' | 'transform_output' | 'passes' | `killed: ${KillReason}`

/** One event at a time, as the engine repeats a chunk after it had to stop a guest. */
async function outcomeOf(body: string): Promise<{ outcome: Outcome; index: number | undefined; ms: number }> {
  const guest = await openCode(guests, { main: bomb(body), limits })
  const began = performance.now()
  const result = (outcome: Outcome, index: number | undefined) => ({ outcome, index, ms: performance.now() - began })
  try {
    const { answer, lines } = await runOn(guest, ['{"n":0}', '{"n":1}', '{"n":2}'], { careful: true })
    expect([answer.counts[0], answer.counts[2]]).toEqual([1, 1])
    expect([lines[0], lines.at(-1)]).toEqual(['{"n":0}', '{"n":2}'])
    const [fault] = answer.faults
    return result(fault === undefined ? 'passes' : (fault.code as Outcome), fault?.index)
  } catch (error) {
    if (!(error instanceof GuestKilled)) throw error
    return result(`killed: ${error.reason}`, error.index)
  } finally {
    guest.close()
  }
}

/** With the outcomes that are right. */
// biome-ignore format: a table
const bombs: readonly (readonly [name: string, body: string, ...outcomes: Outcome[]])[] = [
  ['an endless loop', 'while (true);', 'transform_timeout'],
  ['a loop that catches all', 'for (;;) { try { for (;;); } catch {} finally { continue } }', 'transform_timeout'],
  ['endless recursion', 'const f = () => f() + 1; f()', 'transform_error'],
  ['recursion that is caught and begun again', 'const f = () => { try { f() } finally { f() } }; f()', 'transform_timeout', 'transform_error'],
  ['a regular expression', '/^(a+)+$/.test("a".repeat(40) + "!")', 'transform_timeout'],
  ['a growing array', 'const a = []; for (;;) a.push(new Array(1000).fill(1.5))', ...tooMuch],
  ['a text that doubles', 'let s = "x"; for (;;) s += s + Math.random()', ...tooMuch],
  ['a very long text', 'return { s: "x".repeat(2 ** 29 - 25) }', 'transform_output', 'killed: crash', ...tooMuch],
  ['texts kept', 'const a = []; for (let i = 0; ; i++) a.push(("x".repeat(1e6) + i).split("").join("-"))', ...tooMuch],
  ['buffers', 'const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))', ...tooMuch],
  ['a buffer of 2 GB', 'new ArrayBuffer(2 ** 31).slice(0)', ...tooMuch],
  ['a buffer that grows', 'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 32 }); for (let n = 1; ; n *= 2) { b.resize(n); new Uint8Array(b).fill(1) }', ...tooMuch],
  ['memory of WebAssembly', 'const m = new WebAssembly.Memory({ initial: 1000 }); for (;;) m.grow(1000)', 'transform_error'],
  ['squared integers', 'let n = 3n; for (;;) n *= n', ...tooMuch],
  ['a huge integer as text', 'return { n: (1n << 30000000n).toString().length }', 'transform_timeout', 'killed: time'],
  ['deep JSON', 'JSON.parse("[".repeat(1e6) + "]".repeat(1e6))', 'passes', ...tooMuch],
  ['a comparison that never ends', '[3, 1, 2].sort(() => { for (;;); })', 'transform_timeout'],
  ['a sort of all there is', 'for (;;) Array.from({ length: 1e6 }, Math.random).sort(() => Math.random() - 0.5)', ...tooMuch],
  ['a map that grows', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, {})', ...tooMuch],
  ['promises that follow each other', 'const f = () => Promise.resolve().then(f); f(); return event', 'transform_timeout'],
  ['promises that multiply', 'const f = () => { Promise.resolve().then(f); Promise.resolve().then(f) }; f(); return event', ...tooMuch],
  ['a promise that never settles', 'return new Promise(() => {})', 'transform_output'],
  ['await that never ends', 'return (async () => { await new Promise(() => {}) })()', 'transform_output'],
  ['Atomics.wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', 'transform_error'],
  ['a getter that loops, on what is returned', 'return { get a() { for (;;); } }', 'transform_timeout'],
  ['toJSON that loops', 'return { toJSON() { for (;;); } }', 'transform_timeout'],
  ['a proxy that loops', 'return new Proxy({}, { get() { for (;;); }, ownKeys() { for (;;); } })', 'transform_timeout'],
  ['an error whose message loops', 'throw { get message() { for (;;); } }', 'transform_timeout'],
  ['a rejection whose message loops', 'Promise.reject({ get message() { for (;;); }, get stack() { for (;;); } }); return event', 'passes', 'transform_timeout', 'killed: time'],
  ['a rejected error whose stack loops', 'Promise.reject(Object.defineProperty(new Error(), "stack", { get() { for (;;); } })); return event', 'passes', 'transform_timeout', 'killed: time'],
  ['100 MB in one event', 'return { s: "x".repeat(1e8) }', 'transform_output', ...tooMuch],
  ['a million events', 'return new Array(1e6).fill(event)', 'transform_output'],
  ['an array that is never at its end', 'return new Proxy([], { get: (_, key) => key === "length" ? 1e9 : event })', 'transform_output'],
  ['a million lines', 'for (let i = 0; i < 1e6; i++) console.log("line", i); return event', 'passes', 'transform_timeout'],
  ['a line of 100 MB', 'console.log("x".repeat(1e8)); return event', 'passes', ...tooMuch],
  ['a circle of a million objects, printed', 'let a = {}; for (let i = 0; i < 1e6; i++) a = { a }; console.log(a); return event', 'passes'],
]

describe('a bomb is stopped in time and costs its own event alone:', () => {
  test.each(bombs)('%s', async (_, body, ...outcomes) => {
    const { outcome, index, ms } = await outcomeOf(body)
    expect(outcomes).toContain(outcome)
    if (outcome !== 'passes') expect(index).toBe(1)
    expect(ms).toBeLessThan(2 * limits.eventMs + 500 + slack)
    expect((await runOn(bystander, ['{"n":1}'])).lines).toEqual(['{"n":1,"seen":true}'])
  })

  test.each(bombs.filter(([, , outcome]) => outcome?.startsWith('killed') || outcome === 'transform_timeout'))(
    'among others at once, too: %s',
    async (_, body) => {
      const guest = await openCode(guests, { main: bomb(body), limits })
      const began = performance.now()
      const outcome = await runOn(guest, ['{"n":0}', '{"n":1}']).catch((error: unknown) => error)
      guest.close()
      if (!(outcome instanceof GuestKilled)) expect(outcome).toMatchObject({ answer: { counts: [1, -1] } })
      expect(performance.now() - began).toBeLessThan(2 * limits.chunkMs + 500 + slack)
    },
  )

  test.each([
    ['an endless loop', 'for (;;);'],
    ['memory', 'const a = []; for (;;) a.push(new Array(1000).fill(1.5))'],
    ['an error whose message loops', 'throw Object.defineProperty(new Error(), "message", { get() { for (;;); } })'],
    ['promises that follow each other', 'const f = () => Promise.resolve().then(f); f()'],
  ])('when the code starts: %s', async (_, code) => {
    const opening = openCode(guests, { main: `export const transform = (event) => event\n${code}`, limits })
    await expect(opening).rejects.toSatisfy((error: MillraceError) => error.code === 'invalid_code')
  })
})

/** Of a busy machine: how late a process is woken, and what a garbage collection takes. */
const slack = 2_500

/** Expressions that would reach out of the isolate, or into the driver, with what they are to give; a throw gives its class. */
const escapes: readonly (readonly [expression: string, finding: unknown])[] = [
  // Code from text.
  ['this.constructor.constructor("return process")()', 'TypeError'],
  ['(() => {}).constructor("return process")()', 'EvalError'],
  ['Object.constructor("return globalThis")()', 'EvalError'],
  ['new Function("return 1")()', 'EvalError'],
  ['(async () => {}).constructor("return 1")()', 'EvalError'],
  ['(function* () {}).constructor("return 1")()', 'EvalError'],
  ['(async function* () {}).constructor("return 1")()', 'EvalError'],
  ['Object.getPrototypeOf((async () => {}).constructor)("return 1")()', 'TypeError'],
  ['Reflect.construct(Function, ["return 1"])()', 'EvalError'],
  ['new (class extends Function {})("return 1")()', 'EvalError'],
  ['eval("1")', 'EvalError'],
  ['(0, eval)("1")', 'EvalError'],
  ['console.log.constructor("return process")()', 'EvalError'],
  ['secrets.get.constructor("return process")()', 'EvalError'],
  // What Node, a browser or V8's shell have.
  ['typeof process', 'undefined'],
  ['typeof require', 'undefined'],
  ['typeof module', 'undefined'],
  ['typeof Buffer', 'undefined'],
  ['typeof fetch', 'undefined'],
  ['typeof XMLHttpRequest', 'undefined'],
  ['typeof setTimeout', 'undefined'],
  ['typeof queueMicrotask', 'undefined'],
  ['typeof structuredClone', 'undefined'],
  ['typeof Worker', 'undefined'],
  ['typeof gc', 'undefined'],
  ['typeof WebAssembly', 'undefined'],
  ['typeof SharedArrayBuffer', 'undefined'],
  ['typeof Atomics', 'undefined'],
  ['typeof FinalizationRegistry', 'undefined'],
  ['typeof ShadowRealm', 'undefined'],
  ['typeof ivm', 'undefined'],
  ['process.binding("fs")', 'ReferenceError'],
  ['require("fs")', 'ReferenceError'],
  ['Object.getOwnPropertyNames(globalThis).filter((name) => /ivm|node|deno|isolate|driver/i.test(name))', []],
  ['Object.keys(import.meta)', []],
  // Ways back to whoever calls.
  ['transform.caller', 'TypeError'],
  ['transform.arguments', 'TypeError'],
  ['arguments.callee', 'TypeError'],
  ['(function () { return this })()', 'undefined'],
  ['typeof arguments[1]', 'undefined'],
  ['Object.getPrototypeOf(event) === Object.prototype', true],
  ['Object.getPrototypeOf(event._metadata) === Object.prototype', true],
  ['Error.prepareStackTrace = (_, frames) => frames; typeof new Error().stack', 'string'],
  ['Error.prepareStackTrace = (_, frames) => frames[1].getThis(); typeof new Error().stack', 'string'],
  ['Object.defineProperty(Error, "prepareStackTrace", { value: (_, frames) => frames })', 'TypeError'],
  ['const o = {}; Error.captureStackTrace(o); typeof o.stack', 'string'],
  ['Object.getOwnPropertyNames(console).join()', 'log,info,warn,error,debug'],
  ['Object.getPrototypeOf(console)', 'null'],
  ['Object.getPrototypeOf(secrets)', 'null'],
  ['console.log = null', 'TypeError'],
  ['Object.defineProperty(globalThis, "secrets", { value: 1 })', 'TypeError'],
  ['event.__proto__', 'undefined'],
  ['event.__proto__ = { a: 1 }; event.a', 'undefined'],
  ['({}).__proto__', 'undefined'],
  ['typeof Object.getOwnPropertyDescriptor(Object.prototype, "__proto__")', 'undefined'],
  ['JSON.parse(\'{"__proto__":{"a":1}}\').a', 'undefined'],
  ['const e = JSON.parse(\'{"__proto__":{"a":1}}\'); Object.assign({}, e).a', 'undefined'],
]

describe('a way out leads nowhere:', () => {
  test('none of them', async () => {
    const cases = escapes.map(
      ([expression], index) => `() => {
      const attempt = function () { ${statementsOf(expression)} }
      if (event.n === ${index}) return attempt.call(undefined, event)
    }`,
    )
    const main = `export function transform(event) {
      const show = (found) => found === null || found === undefined ? String(found) : found
      for (const attempt of [${cases.join(',\n')}]) {
        try {
          const found = attempt()
          if (found !== undefined || event.n === ${escapes.length}) return { found: show(found) }
        } catch (error) {
          return { found: error.name }
        }
      }
      return { found: 'undefined' }
    }`
    const guest = await openCode(guests, { main })
    const found: unknown[] = []
    for (const index of escapes.keys()) found.push(...(await runOn(guest, [`{"n":${index}}`])).lines)
    guest.close()
    const shown = found.map((line) => (JSON.parse(line as string) as { found: unknown }).found)
    expect(escapes.map(([expression], index) => [expression, shown[index]])).toEqual(escapes)
  })

  function statementsOf(expression: string): string {
    const statements = expression.split('; ')
    return [...statements.slice(0, -1), `return ${statements.at(-1)}`].join('; ')
  }

  test.each([
    "import('fs')",
    "import('node:fs')",
    "import('./driver.js')",
    "import('millrace/driver.js')",
    "import('main')",
  ])('%s imports nothing', async (expression) => {
    const main = `let said = 'pending'
        export function transform(event) {
          if (event.n === 0) { ${expression}.then(() => { said = 'loaded' }, (error) => { said = String(error) }); return event }
          return { said }
        }`
    const guest = await openCode(guests, { main })
    await runOn(guest, ['{"n":0}'])
    expect((await runOn(guest, ['{"n":1}'])).lines).toEqual(['{"said":"Error: Not supported"}'])
    guest.close()
  })

  test.each(["import 'fs'", "import './driver.js'", "import 'millrace/driver.js'", "export * from 'isolated-vm'"])(
    '%s is refused where the jail loads it, too',
    async (statement) => {
      const main = `${statement}\nexport const transform = (event) => event`
      await expect(openCode(guests, { main })).rejects.toMatchObject({ code: 'invalid_code' })
    },
  )
})

/** What is done to the built-ins before the other events come; they go through all the same, and an error has its place. */
const pollutions: readonly string[] = [
  'Array.prototype.push = Array.prototype.join = Array.prototype.map = () => "forged"',
  'Object.defineProperty(Array.prototype, "0", { set() { throw 1 }, get: () => "forged", configurable: true })',
  'Object.prototype.toJSON = function () { return { forged: true } }; delete Object.prototype.toJSON',
  'JSON.parse = JSON.stringify = () => "forged"',
  'String.prototype.indexOf = String.prototype.slice = String.prototype.charCodeAt = () => 0',
  'Array.prototype[Symbol.iterator] = function* () { yield "forged" }',
  'RegExp.prototype.exec = () => ["forged"]',
  'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => "forged"',
  'Object.defineProperty(Object.prototype, "count", { set() { throw 1 }, get: () => -1 })',
  'Object.defineProperty(Object.prototype, "fault", { get: () => "forged" })',
  'Object.defineProperty(Object.prototype, "lines", { get: () => "forged" })',
  'Object.keys = Object.defineProperty = Reflect.set = () => { throw 1 }',
  'Date.prototype.toISOString = () => "forged"; globalThis.Date = undefined',
  'globalThis.Error = globalThis.TypeError = globalThis.String = globalThis.BigInt = undefined',
  'Error.stackTraceLimit = 0',
  'Promise.prototype.then = Promise.prototype.catch = () => { throw 1 }',
  'Object.prototype.then = 1; delete Object.prototype.then',
  'Symbol.prototype[Symbol.toPrimitive]; Number.prototype.toString = () => "forged"',
  'globalThis.globalThis = undefined',
]

describe('built-ins that the code changes forge nothing of other events:', () => {
  test.each(pollutions)('%s', async (statements) => {
    const main = `export function transform(event) {
if (event.n === 0) { ${statements} }
if (event.n === 2) null.x
return event
}`
    const guest = await openCode(guests, { main })
    const events = ['{"n":0}', '{"n":1,"a":[1,{"b":"c"}]}', '{"n":2}', '{"n":3,"\\"":12345678901234567890,"d":[0]}']
    for (const careful of [false, true]) {
      const { answer, lines } = await runOn(guest, events, { careful })
      expect(answer.counts.slice(1)).toEqual([1, -1, 1])
      expect(answer.faults.at(-1)).toMatchObject({
        index: 2,
        code: 'transform_error',
        module: 'main',
        line: 3,
        column: 25,
      })
      expect(lines.slice(-2)).toEqual([events[1], events[3]])
    }
    guest.close()
  })

  test('other programs do not see it', async () => {
    const main =
      'Object.prototype.forged = Array.prototype.forged = 1; globalThis.left = 1; export const transform = (event) => event'
    const guest = await openCode(guests, { main })
    const other = await openCode(guests, {
      main: 'export const transform = () => ({ left: typeof left, forged: typeof {}.forged, array: typeof [].forged })',
    })
    expect((await runOn(guest, ['{}'])).lines).toEqual(['{}'])
    expect((await runOn(other, ['{}'])).lines).toEqual([
      '{"left":"undefined","forged":"undefined","array":"undefined"}',
    ])
    guest.close()
    other.close()
  })
})
