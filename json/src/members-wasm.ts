/** The member finder in WebAssembly: `assembly/members.ts`, and the one in JavaScript for objects with escaped keys, which are rare. */
import { readFileSync } from 'node:fs'
import type { MemberFinder } from './member-finder.ts'
import { type JsMemberFinder, openJsMemberFinder } from './members-js.ts'
import { openWasmRoom, type WasmExports } from './wasm-room.ts'

/** What `assembly/members.ts` exports. */
interface Members extends WasmExports {
  keysAddress(): number
  find(keyCount: number, starts: number, count: number, body: number): number
}

/** @throws WebAssembly.CompileError There is no SIMD. */
export function openWasmMemberFinder(keys: readonly string[]): MemberFinder {
  if (keys.length === 0) throw new RangeError('No key to find')
  const module = new WebAssembly.Module(readFileSync(new URL('./members.wasm', import.meta.url)))
  const js = openJsMemberFinder(keys)
  const keyTable = keyTableOf(keys)
  const room = openWasmRoom<Members>(module, (members) => {
    keyTable.writeTo(members.memory, members.keysAddress())
  })
  return {
    find(body, starts) {
      const placeCount = 2 * keys.length * starts.length
      const members = room.enter(CONSTANT_BYTES + keyTable.byteLength + 4 * (starts.length + placeCount) + body.length)
      try {
        const startsAddress = members.keysAddress() + keyTable.byteLength
        const placesAddress = startsAddress + 4 * starts.length
        const bodyAddress = placesAddress + 4 * placeCount
        new Uint32Array(members.memory.buffer, startsAddress).set(starts)
        new Uint8Array(members.memory.buffer, bodyAddress).set(body)
        const left = members.find(keys.length, startsAddress, starts.length, bodyAddress)
        const places = new Uint32Array(members.memory.buffer, placesAddress, placeCount)
        if (left > 0) findLeft(js, body, starts, places)
        return places
      } finally {
        room.leave()
      }
    },
  }
}

/** For each key its length and its address, then the bytes of all; a multiple of 16 bytes. */
function keyTableOf(keys: readonly string[]): {
  byteLength: number
  writeTo(memory: WebAssembly.Memory, address: number): void
} {
  const texts = keys.map((key) => Buffer.from(key))
  const bytes = Buffer.concat(texts)
  const entryBytes = 8 * keys.length
  return {
    byteLength: (entryBytes + bytes.length + 15) & ~15,
    writeTo(memory, address) {
      const entries = new DataView(memory.buffer, address)
      let next = address + entryBytes
      for (const [index, { length }] of texts.entries()) {
        entries.setUint32(8 * index, length, true)
        entries.setUint32(8 * index + 4, next, true)
        next += length
      }
      new Uint8Array(memory.buffer, address + entryBytes).set(bytes)
    },
  }
}

function findLeft(js: JsMemberFinder, body: Uint8Array, starts: Uint32Array, places: Uint32Array): void {
  const stride = places.length / starts.length
  for (const [index, start] of starts.entries()) {
    if (places[stride * index] === HAS_ESCAPED_KEY) js.findIn(body, start, places, stride * index)
  }
}

/** In an object's first place: `ESCAPED_KEY` of `assembly/members.ts`. */
const HAS_ESCAPED_KEY = 0xffffffff
/** More than the module's constants, and what it may read past the body. */
const CONSTANT_BYTES = 4096
