import { expect, test } from 'vitest'
import { openPageMemory } from './page-memory.ts'

const bytesOf = (length: number, value: number) => Buffer.alloc(length, value)

test('pages hold what was added to each, whatever becomes of the memory of those that are done', () => {
  const memory = openPageMemory(100)
  const held = []
  for (let page = 0; page < 20; page++) {
    for (let piece = 0; piece < page; piece++) memory.add(bytesOf(7, page))
    expect(memory.bytes).toBe(7 * page)
    const taken = memory.take()
    expect(memory.bytes).toBe(0)
    if (page % 3 === 0) taken.done()
    else held.push({ page, taken })
  }
  for (const { page, taken } of held) expect(taken.payload).toEqual(bytesOf(7 * page, page))
})

test('memory of a page that is done is used again; saying so twice gives it to nobody else twice', () => {
  const memory = openPageMemory(100)
  memory.add(bytesOf(10, 1))
  const first = memory.take()
  first.done()
  first.done()
  memory.add(bytesOf(10, 2))
  const second = memory.take()
  memory.add(bytesOf(10, 3))
  const third = memory.take()
  expect(second.payload.buffer).toBe(first.payload.buffer)
  expect(third.payload.buffer).not.toBe(second.payload.buffer)
  expect(second.payload).toEqual(bytesOf(10, 2))
  second.done()
  third.done()
})

test('rows larger than a page have one of their own, which is not kept', () => {
  const memory = openPageMemory(100)
  memory.add(bytesOf(50, 1))
  memory.add(bytesOf(3_000_000, 2))
  const large = memory.take()
  expect(large.payload.equals(Buffer.concat([bytesOf(50, 1), bytesOf(3_000_000, 2)]))).toBe(true)
  large.done()
  memory.add(bytesOf(10, 3))
  const next = memory.take()
  expect(next.payload.buffer.byteLength).toBeLessThan(2_000_000)
  expect(next.payload).toEqual(bytesOf(10, 3))
})

test('a page without rows is empty', () => {
  const { payload, done } = openPageMemory(100).take()
  expect(payload).toHaveLength(0)
  done()
})
