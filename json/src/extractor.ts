/** The extractor to use: the one in WebAssembly, if this machine can run it and it proves itself; else the one in JavaScript. */
import { openJsExtractor } from './extract-js.ts'
import { openWasmExtractor } from './extract-wasm.ts'
import type { Extraction, Extractor, ExtractorSettings, Leaf, LeafType } from './extraction.ts'

/** @throws RangeError where two leaves share a path, or a path or scale is out of bounds. */
export function openExtractor(settings: ExtractorSettings): Extractor {
  isWasmProved ??= agreesWithJs(openWasmExtractor)
  return isWasmProved ? openWasmExtractor(settings) : openJsExtractor(settings)
}

/** Found out once in a process. */
let isWasmProved: boolean | undefined

/** Whether an extractor works here at all, and reads a small batch of everything just like the one in JavaScript. */
export function agreesWithJs(open: (settings: ExtractorSettings) => Extractor): boolean {
  const types: LeafType[] = [
    'BOOLEAN',
    'BIGINT',
    'DOUBLE',
    'DECIMAL',
    'TIMESTAMP',
    'DATE',
    'VARCHAR',
    'JSON',
    'DISCARD',
  ]
  const leaves: Leaf[] = types.flatMap((type) => [
    { path: [type], type, scale: 4 },
    { path: ['inner object', type], type, scale: 4 },
  ])
  const settings = { leaves, depthMax: 4, valueBytesMax: 64 }
  const part = allTokensInAllTypes(types)
  try {
    return isSame(open(settings).extract([part]), openJsExtractor(settings).extract([part]))
  } catch {
    return false
  }
}

function allTokensInAllTypes(types: readonly LeafType[]) {
  const rows = tokens.map((token) => {
    const members = types.map((type) => `"${type}":${token}`).join()
    return Buffer.from(`{${members}, "inner object" : {${members}}}`)
  })
  const ends = new Uint32Array(rows.length)
  let end = 0
  for (const [index, row] of rows.entries()) {
    end += row.length
    ends[index] = end
  }
  return { payload: Buffer.concat(rows), starts: ends.map((rowEnd, index) => rowEnd - rows[index]!.length), ends }
}

const tokens = [
  'null',
  'true',
  'false',
  '0',
  '-12345.6789',
  '0.1',
  '1e3',
  '1.7976931348623159e308',
  '9223372036854775807',
  '9223372036854775808',
  '0.30000000000000004',
  '0.3000000000000000444',
  '12345678901234567890.12345',
  '""',
  '"plain text that is longer than a vector of sixteen bytes"',
  '"escaped \\"\\u00e9\\ud83d\\ude00\\n"',
  '"a lone one: \\ud800, and more than sixty-four bytes of text behind it"',
  '"2024-02-29"',
  '"2024-02-29T23:59:59.123456+02:00"',
  '"2023-02-29T23:59:59Z"',
  '[1, {"a": "]}\\"", "b": [true, null]}]',
  '{"unknown": 1}',
]

function isSame(left: Extraction, right: Extraction): boolean {
  return (
    isSameBytes(left.flags, right.flags) &&
    left.columns.every(({ valid, values }, index) => {
      const other = right.columns[index]!
      if (!isSameBytes(valid, other.valid)) return false
      if (!('offsets' in values)) return !('offsets' in other.values) && isSameBytes(values, other.values)
      if (!('offsets' in other.values)) return false
      return isSameBytes(values.offsets, other.values.offsets) && isSameBytes(values.bytes, other.values.bytes)
    })
  )
}

function isSameBytes(left: ArrayBufferView, right: ArrayBufferView): boolean {
  return bytesOf(left).equals(bytesOf(right))
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}
