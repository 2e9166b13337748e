import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBatch, type EventBatch, encodeBatch } from './batch.ts'
import { MillraceError } from './errors.ts'

const batch: EventBatch = {
  input: { id: 'in1', label: 'Käse', type: 'native' },
  receivedAt: 1_700_000_000_000,
  idBase: Uint8Array.from({ length: 16 }, (_, i) => i),
  types: ['a', 'b'],
  typeIndex: [0, 1],
  ids: [null, 'x'],
  faults: [{ index: 1, code: 'invalid_json', message: 'no' }],
  starts: Uint32Array.of(0, 2),
  ends: Uint32Array.of(2, 4),
  payload: Buffer.from('{}{}'),
}

describe('a batch', () => {
  it('comes back as it was, wherever in a buffer its bytes lie', () => {
    const body = Buffer.concat(encodeBatch(batch))
    for (const shift of [0, 1, 2, 3]) {
      const shifted = Buffer.concat([Buffer.alloc(shift), body]).subarray(shift)
      const { payload, idBase, ...rest } = decodeBatch(shifted)
      const { payload: sentPayload, idBase: sentBase, ...sent } = batch
      expect(rest).toEqual(sent)
      expect(Buffer.from(payload)).toEqual(sentPayload)
      expect([...idBase]).toEqual([...sentBase])
    }
  })

  it.each([
    ['all say when they were', [1_700_000_000_123, -1], [1_700_000_000_123, -1]],
    ['one does not say when it was', [1_700_000_000_123, null], [1_700_000_000_123, null]],
    ['times are numbers already', Float64Array.of(5, 253_402_300_799_999), [5, 253_402_300_799_999]],
  ])('has the times of its events where %s, wherever in a buffer its bytes lie', (_, times, read) => {
    const body = Buffer.concat(encodeBatch({ ...batch, times }))
    for (const shift of [0, 1, 3]) {
      const decoded = decodeBatch(Buffer.concat([Buffer.alloc(shift), body]).subarray(shift))
      expect([...decoded.times!]).toEqual(read)
      expect([...decoded.ends]).toEqual([...batch.ends])
      expect(Buffer.from(decoded.payload)).toEqual(batch.payload)
    }
    for (let length = 0; length < body.length - batch.payload.length; length++)
      expect(() => decodeBatch(body.subarray(0, length))).toThrow(MillraceError)
  })

  it('that is cut short anywhere but in its payload is refused as corrupt, and never read wrongly', () => {
    const body = Buffer.concat(encodeBatch(batch))
    for (let length = 0; length < body.length - batch.payload.length; length++)
      expect(() => decodeBatch(body.subarray(0, length))).toThrow(MillraceError)
  })

  it('throws nothing but a MillraceError on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeBatch(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(MillraceError)
        }
      }),
    )
  })
})
