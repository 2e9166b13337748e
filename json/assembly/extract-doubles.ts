/**
 * Decimals to the nearest double, and only those that it holds without loss: whose decimal is the shortest that has it as nearest
 * double, and of several as short ones the closest to it. What is not decided here may be either, and is decided in JavaScript.
 */

/** Powers of ten that a double holds exactly: up to 22. */
const exactPowers: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
])
const EXACT_POWER_MAX = 22
/** 2^53: up to here a double holds every integer. */
const EXACT_INTEGER_MAX: u64 = 0x20000000000000

/** The first 64 bits of 10^-POWER_MAX to 10^POWER_MAX, cut off; the host writes them. */
const powers: usize = memory.data(8 * 129, 16)
const POWER_MAX = 64

export function powersAddress(): usize {
  return powers
}

let double: f64 = 0

/** What `readDouble` has read. */
export function doubleRead(): f64 {
  return double
}

/** Whether it is certain that a double holds mantissa × 10^exponent without loss. `digits` are those of the mantissa, at most 19. */
export function readDouble(mantissa: u64, digits: i32, exponent: i32): bool {
  if (mantissa == 0) {
    double = 0
    return true
  }
  if (mantissa <= EXACT_INTEGER_MAX && exponent >= -EXACT_POWER_MAX && exponent <= EXACT_POWER_MAX) {
    // Both factors are exact, so the one rounding is right (Clinger 1990).
    double = exponent < 0 ? <f64>mantissa / exactPower(-exponent) : <f64>mantissa * exactPower(exponent)
    if (digits <= 15) return true // no two such decimals share a nearest double
  }
  return readLongDouble(mantissa, exponent)
}

// @ts-ignore: decorator
@inline
function exactPower(exponent: i32): f64 {
  return load<f64>(exactPowers + <usize>exponent * 8)
}

/**
 * As `readDouble`, for 16 and 17 digits. The product of the mantissa and the power of ten is known to 64 bits: 53 make the double, 11
 * tell where the decimal lies between two of them, in 2048ths of their distance. ERROR is more than what is cut off may change there.
 */
function readLongDouble(mantissa: u64, exponent: i32): bool {
  while (mantissa % 10 == 0) {
    mantissa /= 10
    exponent++
  }
  if (mantissa >= 100_000_000_000_000_000 || exponent < -POWER_MAX || exponent > POWER_MAX) return false
  const power = load<u64>(powers + <usize>(exponent + POWER_MAX) * 8)
  const shift = clz(mantissa)
  let product = highProduct(mantissa << shift, power)
  const isHalved = product >> 63 == 0
  if (isHalved) product <<= 1

  let bits = product >> 11
  let place = <i64>(product & 2047) // of the decimal behind the double
  if (place > HALF - ERROR) {
    if (place < HALF + ERROR) return false
    place -= 2 * HALF
    bits++
  }
  if ((bits << 12) == 0) return false // a power of two: the next double below is closer

  // The distance of decimals with as many digits as this one, and of the two with fewer digits around it.
  const unitShift = 56 - shift - <u64>isHalved
  const unit = (power >> 8) >> unitShift
  const digit = mantissa % 10
  const below = place - <i64>(((power >> 8) * digit) >> unitShift)
  const above = place + <i64>(((power >> 8) * (10 - digit)) >> unitShift)
  if (below > -HALF - ERROR || above < HALF + ERROR) return false
  if (2 * (abs(place) + ERROR) > <i64>unit) return false

  const exponentOfTwo = ((exponent * 217_706) >> 16) + 1087 - <i32>shift - <i32>isHalved // 217706 / 2^16 is log2(10)
  double = reinterpret<f64>((<u64>exponentOfTwo << 52) + bits - 0x10000000000000)
  return true
}

const HALF: i64 = 1024
const ERROR: i64 = 8

/** The high 64 bits of a product. */
function highProduct(left: u64, right: u64): u64 {
  const leftHigh = left >> 32
  const leftLow = left & 0xffffffff
  const rightHigh = right >> 32
  const rightLow = right & 0xffffffff
  const middle = leftHigh * rightLow + ((leftLow * rightLow) >> 32)
  return leftHigh * rightHigh + (middle >> 32) + ((leftLow * rightHigh + (middle & 0xffffffff)) >> 32)
}
