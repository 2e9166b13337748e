/** Values of a page as they are decoded, after it is sure that its bytes have as many: the library looks no further than where it reads. */
import type { DecodedArray, SchemaElement } from 'hyparquet'
import { readDataPage } from 'hyparquet/src/datapage.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { readRuns } from './run-lengths.ts'

const widths: Readonly<Record<string, number>> = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8 }
/** Values that begin as the one before takes few bytes of a page, however long they are. */
const repeatedBytesMax = 256 * 1024 * 1024

/** @throws Error: there are fewer, or the encoding is not known. */
export function rawValues(bytes: Uint8Array, encoding: string, count: number, element: SchemaElement): DecodedArray {
  if (count === 0) return []
  const isNumber = encoding === 'PLAIN' && widths[element.type!] !== undefined
  const exact = isNumber || bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
  if (encoding === 'PLAIN' || encoding === 'BYTE_STREAM_SPLIT') proveLength(exact, count, element)
  if (encoding === 'DELTA_BYTE_ARRAY') proveRepeated(exact, count)
  const required = { element: { ...element, repetition_type: 'REQUIRED' as const }, children: [], count: 1, path: [] }
  type Header = Parameters<typeof readDataPage>[1]
  type Decoder = Parameters<typeof readDataPage>[2]
  const decoder = { type: element.type, element, schemaPath: [required] } as unknown as Decoder
  return readDataPage(exact, { num_values: count, encoding } as Header, decoder).dataPage
}

/** Places in a dictionary of so many values. @throws Error: one is not in it. */
export function dictionaryPlaces(bytes: Uint8Array, count: number, size: number | undefined): Uint32Array {
  if (size === undefined) throw new Error('a page needs a dictionary that is not there')
  const places = new Uint32Array(count)
  const bits = count === 0 ? 0 : bytes[0]
  if (bits === undefined) throw new Error('a page has fewer values than it says')
  if (bits > 32) throw new Error('places in a dictionary are wider than can be')
  if (bits > 0) readRuns(bytes, 1, bits, places)
  for (let at = 0; at < count; at++) if (places[at]! >= size) throw new Error('a value is not in its dictionary')
  return places
}

function proveLength({ length }: Uint8Array, count: number, { type, type_length: fixed = 0 }: SchemaElement): void {
  const width = type === 'BOOLEAN' ? 1 / 8 : type === 'FIXED_LEN_BYTE_ARRAY' ? fixed : (widths[type!] ?? 4)
  if (!(width > 0)) throw new Error(`values of ${width} bytes are none`)
  if (count * width > length) throw new Error('a page has fewer values than it says')
}

function proveRepeated(bytes: Uint8Array, count: number): void {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  const [repeated, more] = [new Int32Array(count), new Int32Array(count)]
  deltaBinaryUnpack(reader, count, repeated)
  deltaBinaryUnpack(reader, count, more)
  let [before, sum] = [0, 0]
  for (let at = 0; at < count; at++) {
    if (repeated[at]! < 0 || more[at]! < 0 || repeated[at]! > before) throw new Error('a text is longer than can be')
    before = repeated[at]! + more[at]!
    sum += before
  }
  if (sum > repeatedBytesMax) throw new Error(`a page of it has texts of more than ${repeatedBytesMax} bytes`)
}
