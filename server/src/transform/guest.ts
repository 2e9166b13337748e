/** What the code engine needs of whoever runs guests: prewarmed, jailed, killed from outside. `guests.ts` opens one. */
import type { Diagnostic } from '../transform.ts'
import type { LoadRequest, RunAnswer, RunRequest } from './guest-protocol.ts'
import type { Sandbox } from './sandbox.ts'

export interface Guests {
  /** How well guests are kept in, measured at the start by probes that try to get out. */
  readonly isolation: Isolation
  /** A process with this code loaded. @throws MillraceError `invalid_code` with the diagnostics as fields; `sandbox_unavailable`. */
  open(sandbox: Sandbox, program: Omit<LoadRequest, 'kind'>): Promise<Guest>
  /** Kills all. */
  close(): Promise<void>
}

export interface Guest {
  /**
   * Runs the code on events. The answer is checked: counts and outputs agree, and there is a line of the body for each output.
   * @throws GuestKilled: the process was killed, or ended; the guest is then closed.
   */
  run(request: Omit<RunRequest, 'kind'> | PackedRequest, events: Uint8Array): Promise<GuestRun>
  /** Where the events of the next run may be written, instead of in fresh memory that the kernel has to clear first. */
  room?(bytes: number): Uint8Array
  /** Kills the process. Safe to repeat. */
  close(): void
}

/** A RunRequest that is text already, to be handed from thread to thread without a copy of each of its parts. */
export interface PackedRequest {
  readonly careful: boolean
  /** How many events it is about. */
  readonly count: number
  /** The whole RunRequest, as JSON. */
  readonly json: string
}

export function packRequest(request: Omit<RunRequest, 'kind'>): PackedRequest {
  const { careful, events } = request
  return { careful, count: eventCount(events), json: JSON.stringify({ kind: 'run', ...request } satisfies RunRequest) }
}

/** How many events a request is about. */
export function eventCount(events: RunRequest['events']): number {
  return events.reduce((sum, [first]) => sum + (typeof first === 'number' ? first : 1), 0)
}

/** How many outputs an event became, -1 where it has a fault. */
export function countAt(counts: RunAnswer['counts'], event: number): number {
  return typeof counts === 'number' ? 1 : counts[event]!
}

/** How many outputs an answer is about. */
export function outputCount(outputs: RunAnswer['outputs']): number {
  return typeof outputs === 'number' ? outputs : outputs.length
}

export interface GuestRun {
  readonly answer: RunAnswer
  readonly outputs: Uint8Array
}

export type KillReason = 'time' | 'memory' | 'output' | 'crash'

export class GuestKilled extends Error {
  readonly reason: KillReason
  /** The event that was being worked on, where the run was careful. */
  readonly index: number | undefined

  constructor(reason: KillReason, index: number | undefined) {
    super(`The process that runs the code was stopped: ${reason}`)
    this.reason = reason
    this.index = index
  }
}

export interface Isolation {
  /** `full`: namespaces, system call filter, memory and time from outside; `none`: time and memory alone. */
  readonly level: 'full' | 'partial' | 'none'
  /** Each probe with whether it was kept in. */
  readonly probes: readonly { readonly name: string; readonly isHeld: boolean }[]
}

/** The users' code cannot be used, as text for a person. */
export function textOf({ module, line, column, message }: Diagnostic): string {
  const place = line === undefined ? module : `${module}:${line}${column === undefined ? '' : `:${column}`}`
  return `${place}: ${message}`
}
