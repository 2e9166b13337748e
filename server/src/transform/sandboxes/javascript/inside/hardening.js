/**
 * Runs inside of the isolate, before any of the users' code: takes away what only helps to get out, or to disturb other events. The
 * process around the isolate is the border that counts; this is hygiene.
 */
import { defineProperty, framesMax, getPrototypeOf, rawJSON, text } from './intrinsics.js'

/** Memory that nobody counts, shared clocks, code that runs when nobody looks. */
for (const name of ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry']) delete globalThis[name]

// Node's flag for it does not reach into an isolate. It is a key like any other.
// biome-ignore lint/suspicious/noProto: to be rid of it
delete Object.prototype.__proto__

function refuseText() {
  throw new EvalError('Code cannot be made from text')
}
/** In the place of a constructor of functions: `instanceof` answers as before. */
function refusing(prototype) {
  function Refused() {
    refuseText()
  }
  Refused.prototype = prototype
  return Refused
}
defineProperty(globalThis, 'eval', { value: refuseText, writable: false, configurable: false })
for (const sample of [() => {}, function* () {}, async () => {}, async function* () {}]) {
  const prototype = getPrototypeOf(sample)
  defineProperty(prototype, 'constructor', { value: refusing(prototype), writable: false, configurable: false })
}
defineProperty(globalThis, 'Function', { value: getPrototypeOf(refuseText).constructor })

/** Stacks are V8's own text, however hard the code tries: the place of an error is read in it. */
defineProperty(Error, 'prepareStackTrace', { get: () => undefined, set: () => {}, configurable: false })
defineProperty(Error, 'stackTraceLimit', { value: framesMax, writable: true, configurable: false })

/** An integer beyond 2^53 is written as the number it is. */
defineProperty(BigInt.prototype, 'toJSON', {
  value() {
    return rawJSON(text(this))
  },
  writable: false,
  configurable: false,
})
