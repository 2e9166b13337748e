import { expect, it } from 'vitest'
import { openWasmExtractor } from './extract-wasm.ts'
import type { Extraction, Extractor, ExtractorSettings } from './extraction.ts'
import { agreesWithJs, openExtractor } from './extractor.ts'

const settings: ExtractorSettings = { leaves: [{ path: ['a'], type: 'BIGINT' }], depthMax: 64, valueBytesMax: 100 }

it('reads columns, whichever extractor this machine can have', () => {
  const payload = Buffer.from('{"a":5}')
  const { columns } = openExtractor(settings).extract([{ payload, starts: Uint32Array.of(0), ends: Uint32Array.of(7) }])
  expect(columns[0]).toEqual({ valid: Uint8Array.of(1), values: BigInt64Array.of(5n) })
})

it('takes the one in WebAssembly, which agrees with the one in JavaScript', () => {
  expect(agreesWithJs(openWasmExtractor)).toBe(true)
})

it.each<[string, (extraction: Extraction) => void]>([
  [
    'fails',
    () => {
      throw new Error('unreachable')
    },
  ],
  ['reads a value differently', ({ columns }) => flipBit(columns[1]!.values as BigInt64Array)],
  ['reads a text differently', ({ columns }) => flipBit((columns[12]!.values as { bytes: Uint8Array }).bytes)],
  ['has a value less', ({ columns }) => flipBit(columns[0]!.valid)],
  ['flags a row differently', ({ flags }) => flipBit(flags)],
])('does not take one that %s', (_, spoil) => {
  const openSpoilt = (given: ExtractorSettings): Extractor => ({
    extract(parts) {
      const extraction = openWasmExtractor(given).extract(parts)
      spoil(extraction)
      return extraction
    },
  })
  expect(agreesWithJs(openSpoilt)).toBe(false)
})

function flipBit({ buffer, byteOffset }: ArrayBufferView): void {
  new Uint8Array(buffer, byteOffset)[0]! ^= 1
}
