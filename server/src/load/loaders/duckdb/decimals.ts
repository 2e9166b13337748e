/** Decimals as text (`rows.ts`) made the integers that DuckDB stores: 1.5 with a scale of 3 is 1500. */

const minus = 0x2d
const point = 0x2e
const zero = 0x30
/** Digits that a double counts exactly. */
const exactDigits = 15

/** The digits of `-?digits[.digits]` without its point, filled up to `scale` digits behind it. */
export function decimalDigits(bytes: Uint8Array, start: number, end: number, scale: number): bigint {
  const isNegative = bytes[start] === minus
  let whole = 0n
  let part = 0
  let partDigits = 0
  let fraction = -1
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    if (bytes[at] === point) {
      fraction = 0
      continue
    }
    part = part * 10 + (bytes[at]! - zero)
    partDigits++
    if (fraction >= 0) fraction++
    if (partDigits === exactDigits) {
      whole = whole * 10n ** BigInt(exactDigits) + BigInt(part)
      part = partDigits = 0
    }
  }
  const digits = (whole * 10n ** BigInt(partDigits) + BigInt(part)) * 10n ** BigInt(scale - Math.max(0, fraction))
  return isNegative ? -digits : digits
}
