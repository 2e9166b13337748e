import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCursors } from './cursors.ts'

const cursors = createCursors(randomBytes(32))

test('a cursor gives back its key in its own list, and in no other', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (key, list, other) => {
      const cursor = cursors.sign(list, key)
      expect(cursors.open(list, cursor)).toBe(key)
      if (other !== list) expect(() => cursors.open(other, cursor)).toThrow()
    }),
  )
})

test('what somebody made up is refused as a bad request', () => {
  const signed = cursors.sign('inputs', 'a')
  const made = [
    `${Buffer.from('b').toString('base64url')}.${signed.split('.')[1]}`,
    signed.slice(0, -1),
    '.',
    'a',
    `${signed}A`,
  ]
  for (const cursor of [...made, createCursors(randomBytes(32)).sign('inputs', 'a')]) {
    expect(() => cursors.open('inputs', cursor), cursor).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  }
})
