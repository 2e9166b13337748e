/**
 * Code that means harm, one line each, with who stops it. What it does happens in a real jailed process; the other events, and other
 * programs, go on, and who was stopped was stopped in time.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MillraceError } from '../../errors.ts'
import { type Guest, GuestKilled, type Guests, type KillReason } from '../guest.ts'
import { collectStops } from '../process/stops.fixture.ts'
import { openCode, openJavascriptGuests, runOn } from './javascript.fixture.ts'

const stops = collectStops()
let guests: Guests
/** Runs while others are attacked. */
let bystander: Guest

beforeAll(async () => {
  guests = await openJavascriptGuests(stops.logger)
  bystander = await openCode(guests, { main: 'export const transform = (event) => ({ ...event, seen: true })' })
})
afterAll(() => guests.close())

const limits = { eventMs: 300, chunkMs: 400, memoryBytes: 64 * 1024 * 1024 }

/** Code that does it with the second of three events. */
const bomb = (body: string) => `export function transform(event) {\nif (event.n !== 1) return event;\n${body}\n}`

/** Who wins, the memory's limit or the clock, depends on how fast the machine fills and collects it. */
const tooMuch: readonly Outcome[] = ['killed: memory', 'killed: time', 'transform_error', 'transform_timeout']

type Outcome = 'transform_error' | 'transform_timeout' | 'transform_output' | 'passes' | `killed: ${KillReason}`

/** Knows all bombs by their names, and serves until one of them stops it. */
let careful: Guest | undefined

/** One event at a time, as the engine repeats a chunk after it had to stop a guest. */
async function outcomeOf(name: string): Promise<{ outcome: Outcome; index: number | undefined }> {
  careful ??= await openCode(guests, { main: allBombs, limits })
  let outcome: Outcome = 'killed: crash'
  try {
    const { answer, lines } = await runOn(careful, ['{"n":0}', JSON.stringify({ n: 1, name }), '{"n":2}'], {
      careful: true,
    })
    expect([answer.counts[0], answer.counts[2]]).toEqual([1, 1])
    expect([lines[0], lines.at(-1)]).toEqual(['{"n":0}', '{"n":2}'])
    const [fault] = answer.faults
    outcome = fault === undefined ? 'passes' : (fault.code as Outcome)
    return { outcome, index: fault?.index }
  } catch (error) {
    if (!(error instanceof GuestKilled)) throw error
    outcome = `killed: ${error.reason}`
    return { outcome, index: error.index }
  } finally {
    if (!['passes', 'transform_output'].includes(outcome)) {
      careful.close() // what the bomb left behind is no matter of the next one's
      careful = undefined
    }
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
  ['a circle of a million objects, printed', 'let a = {}; for (let i = 0; i < 1e6; i++) a = { a }; console.log(a); return event', 'passes', ...tooMuch],
]

const allBombs = `const bombs = {
${bombs.map(([name, body]) => `${JSON.stringify(name)}(event) {\n${body}\n}`).join(',\n')}
}
export const transform = (event) => event.n === 1 ? bombs[event.name](event) : event`

describe('a bomb is stopped in time and costs its own event alone:', () => {
  test.each(bombs)('%s', async (name, _, ...outcomes) => {
    const { outcome, index } = await outcomeOf(name)
    expect(outcomes).toContain(outcome)
    if (outcome !== 'passes') expect(index).toBe(1)
    await stops.expectInTime(outcome.startsWith('killed') && outcome !== 'killed: crash' ? 1 : 0)
    expect((await runOn(bystander, ['{"n":1}'])).lines).toEqual(['{"n":1,"seen":true}'])
  })

  test.concurrent.each(
    bombs.filter(([, , outcome]) => outcome?.startsWith('killed') || outcome === 'transform_timeout'),
  )('among others at once, too: %s', async (_, body) => {
    const guest = await openCode(guests, { main: bomb(body), limits })
    const outcome = await runOn(guest, ['{"n":0}', '{"n":1}']).catch((error: unknown) => error)
    guest.close()
    if (!(outcome instanceof GuestKilled)) expect(outcome).toMatchObject({ answer: { counts: [1, -1] } })
    await stops.expectInTime(outcome instanceof GuestKilled && outcome.reason !== 'crash' ? 1 : 0)
  })

  test.concurrent.each([
    ['an endless loop', 'for (;;);'],
    ['memory', 'const a = []; for (;;) a.push(new Array(1000).fill(1.5))'],
    ['an error whose message loops', 'throw Object.defineProperty(new Error(), "message", { get() { for (;;); } })'],
    ['promises that follow each other', 'const f = () => Promise.resolve().then(f); f()'],
  ])('when the code starts: %s', async (_, code) => {
    const opening = openCode(guests, { main: `export const transform = (event) => event\n${code}`, limits })
    await expect(opening).rejects.toSatisfy((error: MillraceError) => error.code === 'invalid_code')
  })
})
