/**
 * Proving a body and finding its records' borders, against `JSON.parse` of the whole body, which finds none: `node bench/validate.ts`.
 * All run in turns in one process; each figure is the best of several rounds, in CPU time (user and system, all threads).
 */
import { limits } from '@millrace/event/limits'
import { openJsScanner } from '@millrace/json/scan-js'
import { openWasmScanner } from '@millrace/json/scan-wasm'
import { makeEvent } from './events.ts'

const rounds = 9
const roundMs = 120

const generous = { ...limits, requestEventsMax: 100_000 }
const wasm = openWasmScanner(generous)
const js = openJsScanner(generous)

const contenders: Record<string, (body: Buffer) => unknown> = {
  'scanner, WebAssembly': (body) => wasm.scan(body, 'json'),
  'scanner, JavaScript': (body) => js.scan(body, 'json'),
  'JSON.parse': (body) => JSON.parse(body.toString()),
}

console.log('body         contender              events/s per CPU second    MB/s   × JSON.parse')
for (const count of [5, 100, 2500]) {
  const body = Buffer.from(`[${Array.from({ length: count }, (_, index) => JSON.stringify(makeEvent(index)))}]`)
  const secondsOf = measure(body)
  for (const [name, seconds] of Object.entries(secondsOf)) {
    const columns = [
      `${(body.length / 1000).toFixed(0)} KB`.padEnd(13),
      name.padEnd(22),
      Math.round(count / seconds)
        .toLocaleString('en')
        .padStart(24),
      (body.length / seconds / 1e6).toFixed(0).padStart(8),
      (secondsOf['JSON.parse']! / seconds).toFixed(1).padStart(15),
    ]
    console.log(columns.join(''))
  }
}

/** CPU seconds of one run of each contender. */
function measure(body: Buffer): Record<string, number> {
  const best: Record<string, number> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const seconds = cpuSeconds(() => run(body))
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, seconds)
    }
  }
  return best
}

function cpuSeconds(run: () => unknown): number {
  const before = process.cpuUsage()
  const until = performance.now() + roundMs
  let runs = 0
  while (performance.now() < until) {
    run()
    runs++
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6 / runs
}
