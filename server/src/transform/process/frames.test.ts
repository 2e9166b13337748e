import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeFrame, type Frame, FrameError, type FrameLimits, FrameReader, framePrefixBytes } from './frames.ts'

const wide: FrameLimits = { headBytesMax: 10_000, bodyBytesMax: 10_000 }
const frames = fc.array(
  fc.record({ head: fc.dictionary(fc.string(), fc.jsonValue()), body: fc.uint8Array({ maxLength: 300 }) }),
  {
    maxLength: 6,
  },
)

describe('a reader of frames', () => {
  test('reads what was encoded, however it is cut into pieces', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(400)), (sent, cuts) => {
        const bytes = Buffer.concat(sent.flatMap(({ head, body }) => encodeFrame(head, body)))
        const expected = sent.map(({ head, body }) => ({
          head: JSON.parse(JSON.stringify(head)),
          body: Buffer.from(body),
        }))
        expect(readAll(cutAt(bytes, cuts), wide)).toEqual(expected)
      }),
    )
  })

  test('throws nothing but FrameError on any bytes, and keeps no more than the limits and a piece', () => {
    const limits = { headBytesMax: 40, bodyBytesMax: 50 }
    const hostile = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 100 }),
        fc.tuple(fc.nat(60), fc.nat(60)).map(([head, body]) => prefixOf(head, body)),
        fc.constant(Buffer.from('{"kind":"ready"}')),
      ),
    )
    fc.assert(
      fc.property(hostile, (pieces) => {
        const read: Frame[] = []
        try {
          read.push(...readAll(pieces, limits))
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError)
        }
        for (const { body } of read) expect(body.length).toBeLessThanOrEqual(limits.bodyBytesMax)
      }),
    )
  })

  test.each([
    ['a head longer than may be', prefixOf(41, 0), 'output'],
    ['a body longer than may be', prefixOf(2, 51), 'output'],
    ['the longest lengths there are', prefixOf(0xffffffff, 0xffffffff), 'output'],
    ['no head', prefixOf(0, 4), 'crash'],
    ['a head that is no JSON', Buffer.concat([prefixOf(2, 0), Buffer.from('{]')]), 'crash'],
    ['a head that is nested too deeply', Buffer.concat([prefixOf(40, 0), Buffer.alloc(40, '[')]), 'crash'],
  ] as const)('refuses %s', (_, bytes, reason) => {
    expect(() => readAll([bytes], { headBytesMax: 40, bodyBytesMax: 50 })).toThrow(expect.objectContaining({ reason }))
  })

  test('refuses by the prefix alone, before anything of the frame has come', () => {
    const reader = new FrameReader()
    const prefix = prefixOf(2, 51)
    const push = (bytes: Uint8Array) =>
      reader.push(
        bytes,
        () => ({ headBytesMax: 40, bodyBytesMax: 50 }),
        () => expect.unreachable(),
      )
    push(prefix.subarray(0, framePrefixBytes - 1))
    expect(() => push(prefix.subarray(framePrefixBytes - 1))).toThrow(FrameError)
  })

  test('holds the next frame to the limits that the frame before it brought about', () => {
    const reader = new FrameReader()
    let limits = wide
    const bytes = Buffer.concat([...encodeFrame({}, Buffer.alloc(60)), ...encodeFrame({}, Buffer.alloc(60))])
    const received: Frame[] = []
    const push = () =>
      reader.push(
        bytes,
        () => limits,
        (frame) => {
          received.push(frame)
          limits = { headBytesMax: 40, bodyBytesMax: 50 }
        },
      )
    expect(push).toThrow(FrameError)
    expect(received).toHaveLength(1)
  })

  test('hands over a body that has its memory for itself', () => {
    const [frame] = readAll([Buffer.concat(encodeFrame({ a: 1 }, Buffer.from('body')))], wide)
    expect(frame?.body.buffer.byteLength).toBe(4)
  })
})

function prefixOf(head: number, body: number): Buffer {
  const prefix = Buffer.alloc(framePrefixBytes)
  prefix.writeUInt32LE(head, 0)
  prefix.writeUInt32LE(body, 4)
  return prefix
}

function readAll(pieces: readonly Uint8Array[], limits: FrameLimits): Frame[] {
  const reader = new FrameReader()
  const read: Frame[] = []
  for (const piece of pieces) {
    reader.push(
      piece,
      () => limits,
      (frame) => read.push(frame),
    )
  }
  return read
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((left, right) => left - right), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}
