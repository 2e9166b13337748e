/**
 * Code that tries to get out of its isolate with what it finds, or to forge other events through the built-ins, in a real jailed
 * process: one line each, with what it is to find.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Guests } from '../guest.ts'
import { openCode, openJavascriptGuests, runOn } from './javascript.fixture.ts'

let guests: Guests

beforeAll(async () => {
  guests = await openJavascriptGuests()
})
afterAll(() => guests.close())

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
  ['typeof setInterval', 'undefined'],
  ['typeof performance', 'undefined'],
  ['typeof Temporal', 'undefined'],
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
