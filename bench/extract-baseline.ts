/** What bytes to columns costs without an extractor: `JSON.parse`, and code compiled for exactly these fields. */
import type { ExtractionPart, LeafType } from '../json/src/extraction.ts'

export type Field = readonly [name: string, type: LeafType]

/** What a mapper compiled for these fields does, and no more: fields that it does not know go unseen, and so do repeated keys. */
export function parseAndFill({ payload, starts, ends }: ExtractionPart, fields: readonly Field[]): FilledColumn[] {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length)
  const columns = fields.map(([, type]) => new FilledColumn(type, starts.length, payload.length))
  const fill = compileFill(fields)
  for (let row = 0; row < starts.length; row++)
    fill(JSON.parse(text.toString('utf8', starts[row]!, ends[row]!)), row, columns)
  return columns
}

type Fill = (event: unknown, row: number, columns: readonly FilledColumn[]) => void

function compileFill(fields: readonly Field[]): Fill {
  const lines = fields.map(([name, type], index) => `columns[${index}].set${type}(row, event.${name})`)
  return new Function('event', 'row', 'columns', lines.join('\n')) as Fill
}

class FilledColumn {
  readonly valid: Uint8Array
  readonly flags: Uint8Array
  readonly doubles: Float64Array
  readonly longs: BigInt64Array
  readonly offsets: Uint32Array
  readonly bytes: Buffer
  length = 0

  constructor(type: LeafType, rowCount: number, textBytesMax: number) {
    this.valid = new Uint8Array((rowCount + 7) >> 3)
    this.flags = new Uint8Array(type === 'BOOLEAN' ? rowCount : 0)
    this.doubles = new Float64Array(type === 'DOUBLE' ? rowCount : 0)
    this.longs = new BigInt64Array(type === 'BIGINT' || type === 'TIMESTAMP' ? rowCount : 0)
    this.offsets = new Uint32Array(type === 'VARCHAR' ? rowCount + 1 : 0)
    this.bytes = Buffer.allocUnsafe(type === 'VARCHAR' ? textBytesMax : 0)
  }

  setBOOLEAN(row: number, value: unknown): void {
    if (typeof value !== 'boolean') return
    this.flags[row] = value ? 1 : 0
    this.#markValid(row)
  }

  setDOUBLE(row: number, value: unknown): void {
    if (typeof value !== 'number') return
    this.doubles[row] = value
    this.#markValid(row)
  }

  setBIGINT(row: number, value: unknown): void {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return
    this.longs[row] = BigInt(value)
    this.#markValid(row)
  }

  setTIMESTAMP(row: number, value: unknown): void {
    if (typeof value !== 'string') return
    const time = Date.parse(value)
    if (Number.isNaN(time)) return
    this.longs[row] = BigInt(time * 1000)
    this.#markValid(row)
  }

  setVARCHAR(row: number, value: unknown): void {
    if (typeof value === 'string') {
      this.length += value.length < 48 ? this.#writeShort(value) : this.bytes.write(value, this.length)
      this.#markValid(row)
    }
    this.offsets[row + 1] = this.length
  }

  /** Faster than a call out of JavaScript, for a short text in ASCII. */
  #writeShort(text: string): number {
    const { bytes, length } = this
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return bytes.write(text, length)
      bytes[length + index] = code
    }
    return text.length
  }

  #markValid(row: number): void {
    this.valid[row >> 3]! |= 1 << (row & 7)
  }
}
