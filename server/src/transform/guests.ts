/**
 * Runs guests: one process for each program, in the jail, with a spare one kept ready for the next. A process that was given a program
 * is never given another one.
 */
import { MillraceError } from '../errors.ts'
import type { Logger } from '../telemetry.ts'
import type { TransformLimits } from '../transform.ts'
import { GuestKilled, type Guests, type Isolation } from './guest.ts'
import type { LoadRequest } from './guest-protocol.ts'
import { type Jail, jailsToTry } from './process/jail.ts'
import { ask, load } from './process/loaded.ts'
import { probe } from './process/probes.ts'
import { GuestProcess } from './process/process.ts'
import { openSpares } from './process/spares.ts'
import type { Sandbox } from './sandbox.ts'

export interface GuestsSettings {
  readonly logger: Logger
}

type Program = Omit<LoadRequest, 'kind'>

/** Tries out how guests can be kept in here, which takes less than a second. Guests die with the thread that opened them. */
export async function openGuests({ logger }: GuestsSettings): Promise<Guests> {
  const { jail, isolation } = await bestJail(jailsToTry(), logger)
  const running = new Set<GuestProcess>()
  const spares = openSpares((sandbox, memoryBytes) => {
    const guest = new GuestProcess(jail, sandbox.guest, memoryBytes, (stop) => {
      logger.warn('a process of code was stopped', { sandbox: sandbox.title, ...stop })
    })
    running.add(guest)
    void guest.ended.then(() => running.delete(guest))
    return guest
  })

  async function started(sandbox: Sandbox, memoryBytes: number): Promise<GuestProcess> {
    let guest: GuestProcess | undefined
    try {
      guest = spares.take(sandbox, memoryBytes)
      await guest.ready
      return guest
    } catch (cause) {
      guest?.kill('crash')
      logger.error('a sandbox does not start', {
        sandbox: sandbox.title,
        complaint: guest?.complaint,
        error: cause as Error,
      })
      const message = `The sandbox “${sandbox.title}” does not start`
      throw new MillraceError('sandbox_unavailable', message, { cause, hint: 'The server’s log says why.' })
    }
  }

  /** A process that ends while it loads is tried twice: the fault may be the machine's. */
  async function openLoaded(sandbox: Sandbox, program: Program, isRepeat = false): Promise<GuestProcess> {
    const guest = await started(sandbox, program.limits.memoryBytes)
    try {
      await load(guest, program)
      return guest
    } catch (error) {
      guest.kill('crash')
      if (!(error instanceof GuestKilled)) throw error
      if (error.reason === 'crash' && !isRepeat) return openLoaded(sandbox, program, true)
      throw notLoadable(error, program.limits)
    }
  }

  return {
    isolation,
    async open(sandbox, program) {
      const guest = await openLoaded(sandbox, program)
      return {
        run: (request, events) => ask(guest, program.limits, request, events),
        close: () => guest.kill('crash'),
      }
    },
    async close() {
      spares.close()
      for (const guest of running) guest.kill('crash')
      await Promise.all([...running].map(({ ended }) => ended))
    },
  }
}

/** The first, and so the best, in which guests start. */
async function bestJail(jails: readonly Jail[], logger: Logger): Promise<{ jail: Jail; isolation: Isolation }> {
  let complaint = ''
  for (const jail of jails) {
    const isolation = await probe(jail, (text) => {
      complaint = text.trim()
    })
    if (isolation === undefined) continue
    const notHeld = isolation.probes.filter(({ isHeld }) => !isHeld).map(({ name }) => name)
    if (isolation.level === 'full') logger.info('users’ code is kept in', { isolation: isolation.level })
    else
      logger.warn('users’ code is not kept in', { isolation: isolation.level, notHeld: notHeld.join(', '), complaint })
    return { jail, isolation }
  }
  throw new MillraceError('sandbox_unavailable', `No process for users’ code starts: ${complaint}`)
}

function notLoadable(cause: GuestKilled, { chunkMs, memoryBytes }: TransformLimits): MillraceError {
  const said = {
    time: `The code was not loaded within ${2 * chunkMs} ms`,
    memory: `The code held more than ${Math.round(memoryBytes / 1024 / 1024)} MiB while it was loaded`,
    output: 'The code said more than it may while it was loaded',
    crash: 'The process ended while it loaded the code',
  }
  return new MillraceError('invalid_code', said[cause.reason], { cause })
}
