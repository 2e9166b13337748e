import { expect, test } from 'vitest'
import { drawIdBytes } from './id-bytes.ts'

test('nobody gets the bytes of another, be they of one draw or of several', () => {
  const drawn = Array.from({ length: 1000 }, () => drawIdBytes())
  expect(drawn.every(({ length }) => length === 16)).toBe(true)
  expect(new Set(drawn.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(1000)
  drawn[0]!.fill(0)
  expect(drawn[1]!.some((byte) => byte !== 0)).toBe(true)
})
