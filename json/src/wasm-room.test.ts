import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openWasmRoom, type WasmExports } from './wasm-room.ts'

const mebibyte = 1024 * 1024

describe('openWasmRoom', () => {
  const module = new WebAssembly.Module(readFileSync(new URL('./validate.wasm', import.meta.url)))
  const open = (prepare: () => void = () => {}) => openWasmRoom<WasmExports>(module, prepare)

  it('gives at least the memory that is asked for, and keeps it for the next of like size', () => {
    const room = open()
    const first = room.enter(3 * mebibyte)
    expect(first.memory.buffer.byteLength).toBeGreaterThanOrEqual(3 * mebibyte)
    room.leave()
    expect(room.enter(1)).toBe(first)
  })

  it('keeps the memory of large work while more of it comes', () => {
    const room = open()
    const large = room.enter(10 * mebibyte)
    for (let round = 0; round < 10; round++) {
      room.leave()
      expect(room.enter(round % 2 === 0 ? 1000 : 9 * mebibyte)).toBe(large)
    }
  })

  it('drops it when only small work follows, and prepares a fresh instance', () => {
    let prepared = 0
    const room = open(() => prepared++)
    expect(room.enter(10 * mebibyte).memory.buffer.byteLength).toBeLessThan(10 * mebibyte + 2 * 65_536)
    room.leave()
    for (let round = 0; round < 8; round++) {
      room.enter(1000)
      room.leave()
    }
    expect(room.enter(1000).memory.buffer.byteLength).toBeLessThan(mebibyte)
    expect(prepared).toBe(2)
  })

  it('has an upper bound', () => {
    expect(() => open().enter(300 * mebibyte)).toThrow(RangeError)
  })
})
