import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultTransformLimits } from '../../transform.ts'
import { countAt } from '../guest.ts'
import { beganIn, loadAnswerIn, runAnswerIn, runLimits } from './answers.ts'
import { FrameError } from './frames.ts'

const answer = { kind: 'ran', counts: [1], outputs: [[0, 0]], faults: [], printed: '' }
const body = Buffer.from('{}\n')

describe('answers of a guest', () => {
  test('throw nothing but FrameError, whatever JSON they are', () => {
    const head = fc.oneof(
      fc.jsonValue(),
      fc.record({ kind: fc.constantFrom('ran', 'loaded', 'refused', 'began') }, { requiredKeys: [] }),
    )
    const heads = fc.tuple(
      head,
      fc.dictionary(fc.constantFrom(...Object.keys(answer), 'diagnostics', 'index'), fc.jsonValue()),
    )
    fc.assert(
      fc.property(heads, fc.uint8Array(), ([first, second], bytes) => {
        const frame = {
          head: { ...answer, ...(typeof first === 'object' ? first : {}), ...second },
          body: Buffer.from(bytes),
        }
        for (const read of [
          loadAnswerIn,
          beganIn,
          () => runAnswerIn(frame, 1),
          () => runAnswerIn({ ...frame, head: first }, 1),
        ]) {
          try {
            read(frame)
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError)
          }
        }
      }),
    )
  })

  test.each([
    ['a count that is no whole number', { counts: [0.5] }],
    ['a count below -1', { counts: [-2] }],
    ['a count that is a text', { counts: ['1'] }],
    ['fewer events than were asked for', { counts: 0, outputs: 0 }],
    ['one output each, and another number of them', { counts: 1, outputs: 0 }],
    ['one output each, and a fault', { counts: 1, faults: [{ index: 0, code: 'transform_error', message: '' }] }],
    ['half an event', { counts: 0.5 }],
    ['another number of outputs', { outputs: 2 }],
    ['half an output', { outputs: 0.5 }],
    ['an output of three', { outputs: [[0, 0, 0]] }],
    ['a type that is a number', { outputs: [[1, 0]] }],
    ['a time that is a text', { outputs: [[0, '0']] }],
    [
      'a line of 0',
      { counts: [-1], outputs: [], faults: [{ index: 0, code: 'transform_error', message: '', line: 0 }] },
    ],
    [
      'two faults of one event',
      { counts: [-1], outputs: [], faults: Array(2).fill({ index: 0, code: 'transform_error', message: '' }) },
    ],
    ['a fault of no event', { faults: [{ index: 5, code: 'transform_error', message: '' }] }],
    ['nothing printed, not even nothing', { printed: undefined }],
  ])('are not believed with %s', (_, changes) => {
    expect(() => runAnswerIn({ head: { ...answer, ...changes }, body }, 1)).toThrow(FrameError)
  })

  test('lose what the protocol does not name, and what is too long of a text', () => {
    const fault = { index: 0, code: 'transform_error', message: 'x'.repeat(100_000), stack: 'at /home' }
    const head = { ...answer, counts: [-1], outputs: [], faults: [fault], other: 1 }
    expect(runAnswerIn({ head, body: Buffer.of() }, 1).answer).toEqual({
      ...answer,
      counts: [-1],
      outputs: [],
      faults: [{ index: 0, code: 'transform_error', message: 'x'.repeat(4_000) }],
    })
  })

  test('may give the number of events alone, where each became one', () => {
    const { counts } = runAnswerIn({ head: { ...answer, counts: 1 }, body }, 1).answer
    expect([counts, countAt(counts, 0)]).toEqual([1, 1])
  })

  test('may give the number of outputs alone', () => {
    expect(runAnswerIn({ head: { ...answer, outputs: 1 }, body }, 1).answer.outputs).toBe(1)
  })

  test.each(['{}', '{}\n'])('may end the last line with a line feed or not: %j', (text) => {
    expect(runAnswerIn({ head: answer, body: Buffer.from(text) }, 1).answer.counts).toEqual([1])
  })

  test('may be as long as what the events may become, and never longer than a bound', () => {
    const { outputBytesMax } = defaultTransformLimits
    expect(runLimits(1, defaultTransformLimits).bodyBytesMax).toBeGreaterThanOrEqual(outputBytesMax)
    expect(runLimits(1, defaultTransformLimits).bodyBytesMax).toBeLessThan(2 * outputBytesMax)
    expect(runLimits(500, defaultTransformLimits)).toEqual({
      headBytesMax: 16 * 1024 ** 2,
      bodyBytesMax: 128 * 1024 ** 2,
    })
  })
})
