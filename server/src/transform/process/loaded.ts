/** What is asked of a guest process: to load code once, then to run it. What it answers is checked; what stops it is said with the event. */
import { MillraceError } from '../../errors.ts'
import type { TransformLimits } from '../../transform.ts'
import { eventCount, type Guest, GuestKilled, type PackedRequest } from '../guest.ts'
import type { LoadRequest, RunRequest } from '../guest-protocol.ts'
import { fieldsOf } from '../program.ts'
import { beganIn, loadAnswerIn, loadLimits, runAnswerIn, runLimits } from './answers.ts'
import { FrameError } from './frames.ts'
import type { GuestProcess } from './process.ts'

type Program = Omit<LoadRequest, 'kind'>

/** @throws MillraceError `invalid_code`, GuestKilled */
export async function load(guest: GuestProcess, program: Program): Promise<void> {
  const diagnostics = await guest.ask({ kind: 'load', ...program } satisfies LoadRequest, undefined, {
    limits: loadLimits,
    deadlineMs: 2 * program.limits.chunkMs,
    receive: (frame) => ({ answer: loadAnswerIn(frame) }),
  })
  if (diagnostics === undefined) return
  throw new MillraceError('invalid_code', 'The code cannot be used', { fields: fieldsOf(diagnostics) })
}

/** The process gets twice the time that the code may take: in time it stops the code itself and can tell where. */
export async function ask(
  guest: GuestProcess,
  limits: TransformLimits,
  request: Omit<RunRequest, 'kind'> | PackedRequest,
  events: Uint8Array,
): ReturnType<Guest['run']> {
  const { careful } = request
  const count = 'json' in request ? request.count : eventCount(request.events)
  const head = 'json' in request ? request.json : ({ kind: 'run', ...request } satisfies RunRequest)
  let index: number | undefined
  try {
    return await guest.ask(head, events, {
      limits: runLimits(count, limits),
      deadlineMs: 2 * (careful ? Math.max(limits.eventMs, limits.chunkMs) : limits.chunkMs),
      receive(frame) {
        const begun = careful ? beganIn(frame) : undefined
        if (begun === undefined) return { answer: runAnswerIn(frame, count) }
        if (begun >= count || begun <= (index ?? -1)) throw new FrameError('crash', 'It begins an event out of turn')
        index = begun
        return { deadlineMs: 2 * limits.eventMs }
      },
    })
  } catch (error) {
    throw error instanceof GuestKilled ? new GuestKilled(error.reason, index) : error
  }
}
