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
  run(request: Omit<RunRequest, 'kind'>, events: Uint8Array): Promise<{ answer: RunAnswer; outputs: Uint8Array }>
  /** Kills the process. Safe to repeat. */
  close(): void
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
