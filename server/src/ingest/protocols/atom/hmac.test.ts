import { createHmac } from 'node:crypto'
import { roomBeforeBytes } from '@millrace/json/text-reader'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmacWithRoom } from './hmac.ts'

test('is what Node’s Hmac says, of keys and texts of any length, and leaves neither key nor pads behind', () => {
  const lengths = fc.oneof(fc.constantFrom(0, 1, 63, 64, 65), fc.nat(200))
  const key = lengths.chain((length) => fc.string({ unit: 'binary', minLength: length, maxLength: length }))
  fc.assert(
    fc.property(key, fc.uint8Array({ maxLength: 300 }), fc.nat(20), (key, text, before) => {
      const buffer = new Uint8Array(before + roomBeforeBytes + text.length).fill(7)
      buffer.set(text, before + roomBeforeBytes)
      const given = buffer.subarray(before + roomBeforeBytes)
      expect(Buffer.from(hmacWithRoom(key, given))).toEqual(createHmac('sha256', key).update(text).digest())
      expect(Buffer.from(given)).toEqual(Buffer.from(text))
      expect([...buffer.subarray(before, before + roomBeforeBytes)]).toEqual(Array(roomBeforeBytes).fill(0))
      expect([...buffer.subarray(0, before)]).toEqual(Array(before).fill(7))
    }),
  )
})
