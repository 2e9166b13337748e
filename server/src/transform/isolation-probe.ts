/**
 * A process of its own that measures how well users' code is kept in on this machine, says it as one line of JSON, and ends. It gives
 * way to whoever has work to do, and where memory is short it goes first, with the programs that it starts. It is given no signal to
 * end early: what it began it also takes away, even where the server has ended meanwhile.
 */
import { writeFileSync } from 'node:fs'
import { MillraceError } from '../errors.ts'
import type { LogFields } from '../telemetry.ts'
import type { Isolation } from './guest.ts'
import { openGuests } from './guests.ts'

/** What it says. */
export interface Probed {
  /** The message of `sandbox_unavailable` where no process for users' code starts. */
  readonly outcome: Isolation | { readonly unavailable: string }
  /** For the server's log. */
  readonly lines: readonly (readonly ['info' | 'warn', string, LogFields])[]
}

async function probed(): Promise<Probed> {
  const lines: Probed['lines'][number][] = []
  const keep =
    (level: 'info' | 'warn') =>
    (message: string, fields: LogFields = {}) =>
      void lines.push([level, message, fields])
  const logger = { debug() {}, info: keep('info'), warn: keep('warn'), error: keep('warn') }
  try {
    const guests = await openGuests({ logger })
    await guests.close()
    return { outcome: guests.isolation, lines }
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    return { outcome: { unavailable: error.message }, lines }
  }
}

function goFirstWhereMemoryIsShort(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Another system than Linux, or one that does not let it.
  }
}

process.on('SIGINT', () => {}) // which a terminal sends to all
process.stdout.on('error', () => {}) // nobody listens any more
goFirstWhereMemoryIsShort()
process.stdout.write(`${JSON.stringify(await probed())}\n`)
