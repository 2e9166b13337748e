/** The member finder in plain JavaScript: the fallback where there is no WebAssembly, and the oracle of `members-wasm.ts`. */
import type { MemberFinder } from './member-finder.ts'
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  provedStringEnd,
  QUOTE,
  SPACE,
  skipSpace,
} from './tokens.ts'
import { decodeString } from './walk.ts'

export interface JsMemberFinder extends MemberFinder {
  /** Finds the members of one object, and writes what `find` would into `places` from `place` on. */
  findIn(body: Uint8Array, start: number, places: Uint32Array, place: number): void
}

export function openJsMemberFinder(keys: readonly string[]): JsMemberFinder {
  const placeOf = new Map(keys.map((key, index) => [key, 2 * index]))
  const findIn: JsMemberFinder['findIn'] = (body, start, places, place) => {
    places.fill(0, place, place + 2 * keys.length)
    let at = skipSpace(body, start + 1)
    while (body[at] !== CLOSE_BRACE) {
      const keyEnd = provedStringEnd(body, at)
      const found = placeOf.get(decodeString(body, at, keyEnd))
      const value = skipSpace(body, skipSpace(body, keyEnd) + 1) // over the colon
      at = valueEnd(body, value)
      if (found !== undefined) {
        places[place + found] = value
        places[place + found + 1] = at
      }
      at = skipSpace(body, at)
      if (body[at] === COMMA) at = skipSpace(body, at + 1)
    }
  }
  return {
    findIn,
    find(body, starts) {
      const places = new Uint32Array(2 * keys.length * starts.length)
      for (let index = 0; index < starts.length; index++) findIn(body, starts[index]!, places, 2 * keys.length * index)
      return places
    },
  }
}

function valueEnd(bytes: Uint8Array, at: number): number {
  let depth = 0
  do {
    const byte = bytes[at]!
    if (byte === QUOTE) at = provedStringEnd(bytes, at)
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++
      at++
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--
      at++
    } else if (depth > 0) at++
    else at = scalarEnd(bytes, at)
  } while (depth > 0)
  return at
}

function scalarEnd(bytes: Uint8Array, at: number): number {
  do at++
  while (!endsScalar(bytes[at]!))
  return at
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte <= SPACE
}
