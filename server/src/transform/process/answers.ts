/**
 * What a guest may answer, and what of it is believed: kinds, counts, lengths and lines are checked, and nothing is passed on but the
 * fields that the protocol names. Whether a line is an event is for the reader of events to say.
 */
import { isUtf8 } from 'node:buffer'
import * as z from 'zod'
import type { Diagnostic, TransformLimits } from '../../transform.ts'
import { outputCount } from '../guest.ts'
import type { RunAnswer } from '../guest-protocol.ts'
import { type Frame, FrameError, type FrameLimits } from './frames.ts'

/** The most that one answer holds, however many events were asked for. */
const headBytesMax = 16 * 1024 * 1024
const bodyBytesMax = 128 * 1024 * 1024
const textLengthMax = 4_000

const text = z.string().transform((value) => value.slice(0, textLengthMax))
const place = z.int().min(1)
const diagnostic = z.object({
  module: text,
  line: place.optional(),
  column: place.optional(),
  message: text,
})
const loaded = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loaded') }),
  z.object({ kind: z.literal('refused'), diagnostics: z.array(diagnostic).min(1).max(1_000) }),
])
const began = z.object({ kind: z.literal('began'), index: z.int().min(0) })
const fault = z.object({
  index: z.int().min(0),
  code: z.enum(['transform_error', 'transform_timeout', 'transform_memory', 'transform_output']),
  message: text,
  module: text.optional(),
  line: place.optional(),
  column: place.optional(),
})
const ran = z.object({
  kind: z.literal('ran'),
  // By hand, for they are as long as the chunk: a schema for each element costs a tenth of what the code itself does.
  counts: z.union([z.int().min(0), z.custom<number[]>((value) => Array.isArray(value) && value.every(isCount))]),
  outputs: z.union([
    z.int().min(0),
    z.custom<[string | 0, number][]>((value) => Array.isArray(value) && value.every(isOutput)),
  ]),
  faults: z.array(fault),
  printed: z.string(),
})

export const loadLimits: FrameLimits = { headBytesMax: 1024 * 1024, bodyBytesMax: 0 }

/** What one answer to so many events may take. */
export function runLimits(
  events: number,
  { outputBytesMax, outputEventsMax, printedBytesMax }: TransformLimits,
): FrameLimits {
  const perOutput = 64
  const perFault = 4 * textLengthMax
  const ends = outputEventsMax // a line feed each
  return {
    // A printed character takes up to six bytes in JSON.
    headBytesMax: Math.min(
      headBytesMax,
      64 * 1024 + 6 * printedBytesMax + events * (perFault + perOutput * outputEventsMax),
    ),
    bodyBytesMax: Math.min(bodyBytesMax, events * (outputBytesMax + ends)),
  }
}

/** Nothing where the code was loaded. @throws FrameError */
export function loadAnswerIn({ head }: Frame): readonly Diagnostic[] | undefined {
  const answer = believe(loaded, head)
  return answer.kind === 'refused' ? (answer.diagnostics as Diagnostic[]) : undefined
}

/** The index of the event that was begun, or nothing where this is not said. @throws FrameError */
export function beganIn({ head }: Frame): number | undefined {
  if ((head as { kind?: unknown } | null)?.kind !== 'began') return undefined
  return believe(began, head).index
}

/** @throws FrameError */
export function runAnswerIn({ head, body }: Frame, events: number): { answer: RunAnswer; outputs: Uint8Array } {
  const answer = believe(ran, head)
  const { counts, outputs, faults } = answer
  const lines = outputCount(outputs)
  agree((typeof counts === 'number' ? counts : counts.length) === events, 'There is not one count for each event')
  const faulty = new Set(faults.map(({ index }) => index))
  agree(faulty.size === faults.length, 'An event has two faults')
  const { promised, failed, explained } = summedUp(counts, faulty)
  agree(promised === lines, 'Counts and outputs do not agree')
  agree(explained === faulty.size && explained === failed, 'Counts and faults do not agree')
  agree(isUtf8(body), 'Outputs are not UTF-8')
  agree(linesIn(body) === lines, 'There is not one line for each output')
  return { answer: answer as RunAnswer, outputs: body }
}

/** Outputs, events that failed, and those of them that are among the faults. */
function summedUp(counts: number | readonly number[], faulty: ReadonlySet<number>) {
  let [promised, failed, explained] = [0, 0, 0]
  if (typeof counts === 'number') return { promised: counts, failed, explained }
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index]!
    if (count >= 0) promised += count
    else {
      failed++
      if (faulty.has(index)) explained++
    }
  }
  return { promised, failed, explained }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= -1
}

function isOutput(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false
  const [type, time] = value
  return (type === 0 || typeof type === 'string') && typeof time === 'number'
}

function believe<T>(schema: z.ZodType<T>, head: unknown): T {
  const { success, data } = schema.safeParse(head)
  if (!success) throw new FrameError('crash', 'The head of a frame is not as agreed')
  return data
}

function agree(holds: boolean, message: string): void {
  if (!holds) throw new FrameError('crash', message)
}

/** The last line may end, or be ended by, a line feed. */
function linesIn(body: Buffer): number {
  let count = 0
  for (let at = body.indexOf(10); at !== -1; at = body.indexOf(10, at + 1)) count++
  return body.length > 0 && body.at(-1) !== 10 ? count + 1 : count
}
