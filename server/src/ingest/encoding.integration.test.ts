/** Compressed bodies on a real server: what is sound is read, what is not is refused, and nothing unpacks beyond the limit. */
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { limits } from '@millrace/event/limits'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Intake, startIntake } from './intake.fixture.ts'

let intake: Intake

beforeAll(async () => {
  intake = await startIntake()
})
afterAll(() => intake.close())
beforeEach(() => {
  intake.log.records.length = 0
})
afterEach(async () => {
  expect(intake.errors).toEqual([])
  expect(intake.ingest.bytesInFlight).toBe(0)
  expect((await post(gzipSync('{}'), 'gzip')).status).toBe(200)
})

const post = (body: Buffer, encoding: string) => intake.send({ body, headers: { 'content-encoding': encoding } })

const codecs: [string, (data: Buffer | string) => Buffer][] = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['zstd', zstdCompressSync],
]
const text = JSON.stringify(Array.from({ length: 500 }, (_, index) => ({ index, text: `text number ${index}` })))

test.each(codecs)('%s is unpacked', async (encoding, pack) => {
  expect((await post(pack(text), encoding)).json).toEqual({ accepted: 500, restreamed: 0 })
  expect((await post(pack(text), ` ${encoding.toUpperCase()} `)).json).toEqual({ accepted: 500, restreamed: 0 })
  expect(
    (await intake.send({ body: pack(text), isChunked: true, headers: { 'content-encoding': encoding } })).status,
  ).toBe(200)
  expect(Buffer.from(intake.log.records[0]!.batch.payload).toString()).toBe(text)
})

test.each(codecs)(
  '%s that is cut short, damaged, followed by something or something else is refused',
  async (encoding, pack) => {
    const packed = pack(text)
    const flipped = Buffer.from(packed)
    flipped[2]! ^= 0xff
    const bad: [string, Buffer][] = [
      ['nothing', Buffer.alloc(0)],
      ['cut short', packed.subarray(0, -5)],
      ['its start only', packed.subarray(0, 3)],
      ['damaged', flipped],
      ['followed by something', Buffer.concat([packed, Buffer.from('{"more":1}')])],
      ['plain text', Buffer.from(text)],
      ['raw deflate', deflateRawSync(text)],
    ]
    for (const [name, body] of bad) {
      const { status, json } = await post(body, encoding)
      expect([name, status, json.code]).toEqual([name, 400, 'invalid_request'])
    }
    expect(intake.log.records).toEqual([])
  },
)

test('a wrong checksum of gzip is found', async () => {
  const packed = gzipSync(text)
  packed[packed.length - 8]! ^= 1
  expect((await post(packed, 'gzip')).json.code).toBe('invalid_request')
})

test('members of gzip one behind the other are one body', async () => {
  expect((await post(Buffer.concat([gzipSync('[{},'), gzipSync('{}]')]), 'gzip')).json).toEqual({
    accepted: 2,
    restreamed: 0,
  })
})

test.each(codecs)('a bomb of %s stops at the limit', async (encoding, pack) => {
  const bomb = pack(Buffer.alloc(200 * 1024 * 1024, 32))
  expect(bomb.length).toBeLessThan(1024 * 1024)
  const before = process.memoryUsage.rss()
  const replies = await Promise.all(Array.from({ length: 20 }, () => post(bomb, encoding)))
  expect(new Set(replies.map(({ status, json }) => `${status} ${json.code}`))).toEqual(
    new Set(['413 request_too_large']),
  )
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024)
})

test.each(codecs)('exactly the limit of %s is read', async (encoding, pack) => {
  const body = Buffer.alloc(limits.requestBytesMax, 32)
  body.write('[{}]')
  expect((await post(pack(body), encoding)).json).toEqual({ accepted: 1, restreamed: 0 })
  expect((await post(pack(Buffer.concat([body, Buffer.from(' ')])), encoding)).status).toBe(413)
})

test('a second layer inside the first is no JSON', async () => {
  expect((await post(gzipSync(gzipSync(text)), 'gzip')).json.code).toMatch(/^invalid_/)
})

test('a window that asks for more memory than a decoder has to give is refused', async () => {
  const wide = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00])
  expect((await post(wide, 'zstd')).json.code).toBe('invalid_request')
})
