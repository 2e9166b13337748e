/**
 * Runs guests: one process for each program, in the jail, with a spare one kept ready for the next. A process that had a program loaded
 * is never given another one.
 */
import { MillraceError } from '../errors.ts'
import type { Logger } from '../telemetry.ts'
import type { Guest, Guests } from './guest.ts'
import { GuestKilled } from './guest.ts'
import type { LoadRequest } from './guest-protocol.ts'
import { beganIn, loadAnswerIn, loadLimits, runAnswerIn, runLimits } from './process/answers.ts'
import { FrameError } from './process/frames.ts'
import { findJail, type Jail } from './process/jail.ts'
import { GuestProcess } from './process/process.ts'
import { fieldsOf } from './program.ts'
import type { Sandbox } from './sandbox.ts'

export interface GuestsSettings {
  readonly logger: Logger
  /** All that may be opened. */
  readonly sandboxes: readonly Sandbox[]
}

export async function openGuests({ logger: _ }: GuestsSettings): Promise<Guests> {
  const jail: Jail = findJail()
  const running = new Set<GuestProcess>()

  function start(sandbox: Sandbox, memoryBytes: number): GuestProcess {
    const guest = new GuestProcess(jail, sandbox.guest, memoryBytes)
    running.add(guest)
    void guest.ended.then(() => running.delete(guest))
    return guest
  }

  return {
    isolation: { level: 'partial', probes: [] },
    async open(sandbox, program) {
      const guest = start(sandbox, program.limits.memoryBytes)
      await untilReady(guest, sandbox)
      await load(guest, program)
      return loadedGuest(guest, program)
    },
    async close() {
      for (const guest of running) guest.kill('crash')
      await Promise.all([...running].map(({ ended }) => ended))
    },
  }
}

async function untilReady(guest: GuestProcess, { title }: Sandbox): Promise<void> {
  try {
    await guest.ready
  } catch (cause) {
    throw new MillraceError(
      'sandbox_unavailable',
      `${title} did not start: ${guest.complaint || (cause as Error).message}`,
      { cause },
    )
  }
}

async function load(guest: GuestProcess, program: Omit<LoadRequest, 'kind'>): Promise<void> {
  const request: LoadRequest = { kind: 'load', ...program }
  const deadlineMs = 2 * program.limits.chunkMs
  try {
    const diagnostics = await guest.ask(request, undefined, {
      limits: loadLimits,
      deadlineMs,
      receive: (frame) => ({ answer: loadAnswerIn(frame) }),
    })
    if (diagnostics === undefined) return
    throw new MillraceError('invalid_code', 'The code cannot be used', { fields: fieldsOf(diagnostics) })
  } catch (error) {
    guest.kill('crash')
    if (!(error instanceof GuestKilled)) throw error
    throw new MillraceError('invalid_code', `The code could not be loaded: ${error.reason}`, { cause: error })
  }
}

function loadedGuest(guest: GuestProcess, { limits }: Omit<LoadRequest, 'kind'>): Guest {
  return {
    async run(request, events) {
      let index: number | undefined
      const count = request.events.length
      try {
        return await guest.ask({ kind: 'run', ...request }, events, {
          limits: runLimits(count, limits),
          deadlineMs: 2 * (request.careful ? Math.max(limits.eventMs, limits.chunkMs) : limits.chunkMs),
          receive(frame) {
            const begun = request.careful ? beganIn(frame) : undefined
            if (begun === undefined) return { answer: runAnswerIn(frame, count) }
            if (begun >= count || begun <= (index ?? -1))
              throw new FrameError('crash', 'It begins an event out of turn')
            index = begun
            return { deadlineMs: 2 * limits.eventMs }
          },
        })
      } catch (error) {
        throw error instanceof GuestKilled ? new GuestKilled(error.reason, index) : error
      }
    },
    close: () => guest.kill('crash'),
  }
}
