/** Has it measured how well users' code is kept in, by a process that is gone afterwards: the server's own threads stay free. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { MillraceError } from './errors.ts'
import type { Logger } from './telemetry.ts'
import type { Isolation } from './transform/guest.ts'
import type { Probed } from './transform/isolation-probe.ts'

const script = join(import.meta.dirname, 'transform', 'isolation-probe.ts')

/** Measures once for all who ask; after a failure again for the next. @throws MillraceError `sandbox_unavailable`. */
export function openProbing(logger: Logger): () => Promise<Isolation> {
  let probed: Promise<Isolation> | undefined
  return () => {
    probed ??= probe(logger).catch((error: unknown) => {
      probed = undefined
      throw error
    })
    return probed
  }
}

async function probe(logger: Logger): Promise<Isolation> {
  const { outcome, lines } = await askProcess()
  for (const [level, message, fields] of lines) logger[level](message, fields)
  if ('unavailable' in outcome) throw new MillraceError('sandbox_unavailable', outcome.unavailable)
  return outcome
}

async function askProcess(): Promise<Probed> {
  const { PATH, TMPDIR, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, TMPDIR, NODE_COMPILE_CACHE } // none of the server's secrets
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  if (child.pid !== undefined) giveWay(child.pid)
  child.unref() // a server that ends does not wait for it
  ;(child.stdout as Socket).unref()
  try {
    const [answer] = await Promise.all([text(child.stdout), once(child, 'exit')])
    return JSON.parse(answer) as Probed
  } catch (cause) {
    throw new MillraceError('sandbox_unavailable', 'How well users’ code is kept in could not be measured', { cause })
  }
}

/** At once, while the process has one thread: each that it starts later is as patient. */
function giveWay(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It ended a moment ago.
  }
}
