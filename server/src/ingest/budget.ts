/** Bounds the memory of all requests under way: a request reserves its bytes before they are read, or is turned away. */
import { MillraceError } from '../errors.ts'

export interface Budget {
  /** Bytes reserved now. */
  readonly bytes: number
  /** @throws MillraceError `overloaded`. */
  reserve(bytes: number): Reservation
}

export interface Reservation {
  /** Makes it hold at least so many bytes. @throws MillraceError `overloaded`: it stays as it was. */
  grow(bytes: number): void
  /** Gives all of it back; safe to repeat. */
  release(): void
}

export function openBudget(bytesMax: number): Budget {
  let used = 0
  const take = (bytes: number) => {
    if (used + bytes > bytesMax) throw overloaded()
    used += bytes
  }
  return {
    get bytes() {
      return used
    },
    reserve(bytes) {
      take(bytes)
      let held = bytes
      return {
        grow(to) {
          if (to <= held) return
          take(to - held)
          held = to
        },
        release() {
          used -= held
          held = 0
        },
      }
    },
  }
}

function overloaded(): MillraceError {
  return new MillraceError('overloaded', 'The intake has more requests under way than it has memory for', {
    hint: 'Send the same request again after the time that Retry-After names.',
    retryAfterSeconds: 1,
  })
}
