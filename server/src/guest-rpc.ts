/** What threads that run users' code and the thread that keeps its processes say to each other. */
import type { MessagePort } from 'node:worker_threads'
import type { BirpcReturn } from 'birpc'
import { MillraceError } from './errors.ts'
import type { LoggerSettings } from './observe/logger.ts'
import { openRpc } from './pipeline-rpc.ts'
import { type Guest, GuestKilled, type Isolation, type KillReason } from './transform/guest.ts'
import type { RunAnswer, RunRequest } from './transform/guest-protocol.ts'
import { fieldsOf, type GuestOpener, type Program } from './transform/program.ts'
import type { Diagnostic } from './transform.ts'

/** What the thread of the processes does for another one. */
export interface GuestCalls {
  isolation(): Promise<Isolation>
  /** The guest's number, or what is wrong with its code. @throws MillraceError `sandbox_unavailable`, `sandbox_refused`. */
  open(program: Program): Promise<number | readonly Diagnostic[]>
  /** What came out, or why the process was stopped. */
  run(guest: number, request: Omit<RunRequest, 'kind'>, events: Uint8Array): Promise<GuestRun | GuestStop>
  closeGuest(guest: number): void
}

export interface GuestRun {
  readonly answer: RunAnswer
  readonly outputs: Uint8Array
}

export interface GuestStop {
  readonly reason: KillReason
  readonly index: number | undefined
}

/** What the main thread asks of it beside. */
export interface ThreadCalls {
  /** Serves guests to another thread. */
  connect(port: MessagePort): void
  close(): Promise<void>
}

/** What that thread is started with. */
export interface TransformThreadSettings {
  readonly logger: LoggerSettings
  /** Others than its owner reach the server, and he has not accepted to run code that nothing keeps in. */
  readonly refusesWithoutIsolation: boolean
}

export interface RemoteGuests extends GuestOpener {
  isolation(): Promise<Isolation>
  /** What is wrong with the code; nothing where it can be loaded. @throws MillraceError `sandbox_unavailable`, `sandbox_refused`. */
  check(program: Program): Promise<readonly Diagnostic[]>
}

/** Guests of another thread, over a port that this thread alone uses. */
export function connectGuests(port: MessagePort): RemoteGuests {
  port.unref()
  const calls = openRpc<GuestCalls, object>(port, {})
  return {
    isolation: () => calls.isolation(),
    async check(program) {
      const opened = await calls.open(program)
      if (typeof opened !== 'number') return opened
      calls.closeGuest.asEvent(opened)
      return []
    },
    async open(program) {
      const opened = await calls.open(program)
      if (typeof opened === 'number') return remoteGuest(calls, opened)
      throw new MillraceError('invalid_code', 'The code cannot be used', { fields: fieldsOf(opened) })
    },
  }
}

function remoteGuest(calls: BirpcReturn<GuestCalls, object>, guest: number): Guest {
  return {
    async run(request, events) {
      const ran = await calls.run(guest, request, events)
      if ('reason' in ran) throw new GuestKilled(ran.reason, ran.index)
      return ran
    },
    close: () => void calls.closeGuest.asEvent(guest),
  }
}
