import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { collectGarbage, release, releaseOwn } from './heap.ts'

it('gives back memory with all that lies in it, once, and leaves alone what Node shares', () => {
  const whole = new Uint8Array(100_000)
  const part = whole.subarray(10, 20)
  releaseOwn(part)
  expect(whole).toHaveLength(100_000)
  release(part)
  release(part)
  expect([whole.length, part.length]).toEqual([0, 0])
  const pooled = Buffer.from('some text')
  release(pooled)
  releaseOwn(pooled)
  expect(pooled.toString()).toBe('some text')
  const shared = new Uint8Array(new SharedArrayBuffer(100_000))
  release(shared)
  expect(shared).toHaveLength(100_000)
})

it('collects garbage when it is told to, and lets nobody else do so', () => {
  const garbage = new WeakRef({ some: 'object' })
  return new Promise((resolve) => setImmediate(resolve)).then(() => {
    collectGarbage()
    expect(garbage.deref()).toBeUndefined()
    expect(runInNewContext('typeof gc')).toBe('undefined')
  })
})
