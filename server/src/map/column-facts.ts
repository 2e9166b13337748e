/**
 * What a column came to hold that its field's facts do not say yet, though every value fits: integers that no double holds, decimals
 * with more digits before the point. Both decide what the column may become later, so they must be on record with its first row.
 */
import type { ExtractedColumn } from '@millrace/json/extraction'
import type { ColumnType, TextValues } from '../rows.ts'
import { type NumberType, numberType } from './field-type.ts'

/** Facts to join to the field's; undefined where it says them already. */
export function newFacts(type: ColumnType, seen: NumberType, column: ExtractedColumn): NumberType | undefined {
  if (type === 'BIGINT') return seen.isDouble ? beyondDouble(column.values as BigInt64Array) : undefined
  if (type.startsWith('DECIMAL')) return longerDecimal(seen, column.values as TextValues)
  return undefined
}

/** Facts of the first value that no double holds. */
function beyondDouble(values: BigInt64Array): NumberType | undefined {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  for (let high = highFirst; high < halves.length; high += 2) {
    const part = halves[high]!
    if (part < 0x20_0000 && part >= -0x20_0000) continue // within ±2^53
    const facts = numberType(String(values[high >> 1]))
    if (facts && !facts.isDouble) return facts
  }
  return undefined
}

/** Where the upper half of a 64-bit integer lies: 1 on every machine that Node runs on but a few. */
const highFirst = new Uint8Array(new Uint16Array([1]).buffer)[0]!

const digitsMax = 38

function longerDecimal(seen: NumberType, { offsets, bytes }: TextValues): NumberType | undefined {
  let intDigits = seen.intDigits
  for (let row = 0; row + 1 < offsets.length && intDigits < digitsMax - seen.scale; row++) {
    const start = offsets[row]! + (bytes[offsets[row]!] === MINUS ? 1 : 0)
    let end = start
    while (end < offsets[row + 1]! && bytes[end] !== POINT) end++
    intDigits = Math.max(intDigits, end - start)
  }
  return intDigits === seen.intDigits ? undefined : { ...seen, intDigits }
}

const MINUS = 0x2d
const POINT = 0x2e
