/** Bodies come out of gzip as they went in, wherever the outcome was written. */
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { gzipBody } from './gzip.ts'

const bodyOf = (lines: number) => Buffer.from(Array.from({ length: lines }, (_, n) => `{"n":${n * 7919}}\n`).join(''))

it('one after the other, in memory that was given for it', async () => {
  const spare = Buffer.alloc(100_000)
  for (const lines of [1, 5000, 10, 300]) {
    const body = bodyOf(lines)
    const made = await gzipBody(body, spare)
    expect(gunzipSync(made).equals(body)).toBe(true)
    expect(made.buffer).toBe(spare.buffer)
  }
})

it.each([
  ['there is none', undefined],
  ['it is too small', Buffer.alloc(50)],
])('in memory of its own where %s', async (_, spare) => {
  const body = bodyOf(2000)
  const made = await gzipBody(body, spare)
  expect(gunzipSync(made).equals(body)).toBe(true)
  expect(made.buffer).not.toBe(spare?.buffer)
  expect(gunzipSync(await gzipBody(body, Buffer.alloc(100_000))).equals(body)).toBe(true) // the next one is none the worse
})

it('that are long, and texts', async () => {
  const long = bodyOf(100_000)
  expect(gunzipSync(await gzipBody(long, Buffer.alloc(1000))).equals(long)).toBe(true)
  expect(gunzipSync(await gzipBody('{"ü":1}')).toString()).toBe('{"ü":1}')
})
