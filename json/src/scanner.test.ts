import { isUtf8 } from 'node:buffer'
import { limits } from '@millrace/event/limits'
import { describe, expect, it, vi } from 'vitest'
import { hasEscapedKey, makeBody, mutate, seededRandom } from './corpus/mutations.ts'
import { type BodyForm, JsonFault, type RecordLimits, type RecordScanner, type Records } from './records.ts'
import { openJsScanner } from './scan-js.ts'
import { openWasmScanner } from './scan-wasm.ts'
import { openScanner } from './scanner.ts'

/** Bodies of each differential test; a soak asks for more, and for the time they take. */
const bodyCount = Number(process.env['MILLRACE_JSON_BODIES'] ?? 12_000)
const timeoutMs = 20_000 + bodyCount

const tight: RecordLimits = { depthMax: 4, eventBytesMax: 150, requestEventsMax: 5, keyBytesMax: 8, objectKeysMax: 4 }

describe('over mutated bodies', { timeout: timeoutMs }, () => {
  it(`the scanners agree with isUtf8 and JSON.parse, in ${bodyCount} of them`, () => {
    const scanners = [openWasmScanner(limits), openJsScanner(limits)]
    forEachBody(1, bodyCount, (body, seed) => {
      for (const form of ['json', 'ndjson'] as const) {
        const [wasm, js] = scanners.map((scanner) => outcome(scanner, body, form))
        expectSame(wasm, js, form, seed, body)
        expectSame(
          verdictOf(body, form, wasm!),
          form === 'json' ? parsedJson(body) : parsedLines(body),
          form,
          seed,
          body,
        )
      }
    })
  })

  it('the scanners agree with each other where every limit is met', () => {
    const [wasm, js] = [openWasmScanner(tight), openJsScanner(tight)]
    const codes = new Set<string>()
    forEachBody(1_000_000, bodyCount, (body, seed) => {
      for (const form of ['json', 'ndjson'] as const) {
        const found = outcome(wasm, body, form)
        expectSame(found, outcome(js, body, form), form, seed, body)
        for (const { code } of 'records' in found ? found.records.faults : [found.refused]) codes.add(code)
      }
    })
    expect([...codes].sort()).toEqual([
      'event_too_large',
      'invalid_json',
      'invalid_utf8',
      'key_too_long',
      'not_an_object',
      'too_deep',
      'too_many_keys',
      'too_many_records',
    ])
  })
})

describe('the scanner in WebAssembly', () => {
  it('gives arrays that a later scan does not touch', () => {
    const scanner = openWasmScanner(limits)
    const first = scanner.scan(Buffer.from('[{"a":1},{"b":2}]'), 'json')
    const before = structuredClone(first)
    scanner.scan(Buffer.from('{"c":[3]}\n{"d":4}\n{}'), 'ndjson')
    expect(first).toEqual(before)
    expect(first.starts.buffer.byteLength).toBe(8)
  })

  it('leaves the body as it was', () => {
    const body = Buffer.from('{"a":1}\n\xff\n{"b":2}\n', 'latin1')
    const before = Buffer.from(body)
    openWasmScanner(limits).scan(body, 'ndjson')
    expect(body).toEqual(before)
  })

  it('sees nothing of an earlier, longer body', () => {
    const scanner = openWasmScanner(limits)
    scanner.scan(Buffer.from(`{"a":"${'x'.repeat(1000)}"}`), 'json')
    for (const body of ['{"a":"xxx', '{"a":tru', '{"a":"\\', '{"a":"\\u00', '{"a":1', '{"a":-', '{"a"', '{']) {
      expect(() => scanner.scan(Buffer.from(body), 'json'), body).toThrow(JsonFault)
    }
  })

  it('refuses limits that it has no room for', () => {
    expect(() => openWasmScanner({ ...limits, depthMax: 1025 })).toThrow(RangeError)
  })
})

describe('openScanner', () => {
  it('takes JavaScript where there is no WebAssembly, or none with SIMD', () => {
    class CompileError extends Error {}
    const withoutSimd = {
      CompileError,
      Module: class {
        constructor() {
          throw new CompileError('invalid value type 0x7b, enable with --experimental-wasm-simd')
        }
      },
    }
    for (const missing of [undefined, withoutSimd]) {
      vi.stubGlobal('WebAssembly', missing)
      try {
        expect(openScanner(limits).scan(Buffer.from('[{},{}]'), 'json').count).toBe(2)
      } finally {
        vi.unstubAllGlobals()
      }
    }
  })
})

function forEachBody(seed: number, count: number, check: (body: Buffer, seed: number) => void): void {
  for (let index = 0; index < count; index++) {
    const random = seededRandom(seed + index)
    const body = makeBody(random)
    check(index % 4 === 0 ? body : mutate(random, body), seed + index)
  }
}

type Outcome = { refused: Pick<JsonFault, 'code' | 'message' | 'at'> } | { records: Records }

function outcome(scanner: RecordScanner, body: Buffer, form: BodyForm): Outcome {
  try {
    return { records: scanner.scan(body, form) }
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return { refused: { code: error.code, message: error.message, at: error.at } }
  }
}

/** What became of each record, `refused` for all of them: what it is, or that it is faulty. */
type Verdict = 'refused' | string[]

function verdictOf(body: Buffer, form: BodyForm, found: Outcome): Verdict {
  if ('refused' in found) return 'refused'
  const { count, starts, ends, faults } = found.records
  const faulty = new Set(faults.map(({ index }) => index))
  return Array.from({ length: count }, (_, index) => {
    const text = body.toString('utf8', starts[index], ends[index])
    if (faulty.has(index)) return 'faulty'
    return form === 'ndjson' ? text : nameOf(JSON.parse(text), body)
  })
}

function parsedJson(body: Buffer): Verdict {
  const value = parsed(withoutMark(body))
  if (typeof value !== 'object' || value === null) return 'refused'
  const values = Array.isArray(value) ? value : [value]
  if (values.some((element) => depthOf(element) > limits.depthMax)) return 'refused'
  return values.map((element) => (isObject(element) ? nameOf(element, body) : 'faulty'))
}

function parsedLines(body: Buffer): Verdict {
  const verdicts: string[] = []
  for (let rest = withoutMark(body); rest.length > 0; ) {
    const feed = rest.indexOf('\n')
    const line = feed === -1 ? rest : rest.subarray(0, feed)
    rest = rest.subarray(line.length + 1)
    const text = line.toString().replace(/^[ \t\r]+|[ \t\r]+$/g, '')
    if (text === '') continue
    const value = parsed(line)
    verdicts.push(isObject(value) && depthOf(value) <= limits.depthMax ? text : 'faulty')
  }
  return verdicts
}

/** A value's text, as far as `JSON.parse` can be trusted to have read it. */
function nameOf(value: unknown, body: Buffer): string {
  return hasEscapedKey(body) ? 'sound' : JSON.stringify(value)
}

/** Undefined for what is no UTF-8 or no JSON. */
function parsed(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

function withoutMark(body: Buffer): Buffer {
  return body.subarray(0, 3).toString('latin1') === '\xef\xbb\xbf' ? body.subarray(3) : body
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

/** Compares as text first: `toEqual` is too slow to be asked about each of so many. */
function expectSame(found: unknown, expected: unknown, form: BodyForm, seed: number, body: Buffer): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return
  expect(found, `${form}, seed ${seed}: ${JSON.stringify(body.toString('latin1'))}`).toEqual(expected)
}
