import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MillraceError } from '../../errors.ts'
import { testGolden } from './golden.fixture.ts'
import { pixel } from './pixel.ts'
import { accessTo, eventsOf, headOf, inputOf, requestOf } from './request.fixture.ts'

const keys = [
  { text: 'pixel-key', input: inputOf('pixel', pixel.settings.parse({})) },
  { text: 'quiet-key', input: inputOf('pixel', { keepReferer: false, keepUserAgent: false }, 'i2') },
]

testGolden(join(import.meta.dirname, 'pixel.golden'), pixel, keys)

test('the image is there whatever the status, and is not kept by anybody', () => {
  const refused = pixel.refuse(new MillraceError('overloaded', 'Later', { retryAfterSeconds: 3 }))
  const taken = pixel.reply({ accepted: 1, restreamed: 0, duplicates: 0, faults: [], isNewBucket: false })
  for (const { body, headers } of [refused, taken]) {
    expect(Buffer.from(body).subarray(0, 6).toString()).toBe('GIF89a')
    expect(headers).toMatchObject({ 'content-type': 'image/gif', 'cache-control': 'no-store, private' })
  }
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '3' } })
})

test('any query is read, or refused with a status of the sender’s own fault', () => {
  const json = fc
    .oneof(fc.json(), fc.string())
    .map((text) => `k=pixel-key&data=${Buffer.from(text).toString('base64url')}`)
  const texts = fc.dictionary(fc.string(), fc.string()).map((names) => `k=pixel-key&${new URLSearchParams(names)}`)
  fc.assert(
    fc.property(fc.oneof(json, texts, fc.string()), fc.string(), (query, agent) => {
      const head = { ...headOf({ method: 'GET', query, headers: { 'user-agent': agent } }) }
      try {
        const input = pixel.authenticate(head, accessTo(keys))
        for (const { raw } of eventsOf(pixel.decode(requestOf('', { ...head, input })))) JSON.parse(raw)
      } catch (error) {
        expect(error).toSatisfy((error: Error) => error.name === 'JsonFault' || error instanceof MillraceError)
        if (error instanceof MillraceError) expect(error.status).toBeLessThan(500)
      }
    }),
    { numRuns: 2000 },
  )
})
