/** A server for tests of the shells: it answers what it is told to, one answer after the other, and remembers what it was asked. */
import type { Transport, WireAnswer } from '../types.ts'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function openFakeServer(...answers: (Partial<WireAnswer> | 'none')[]) {
  const asked: Asked[] = []
  const transport: Transport = async ({ method, url, headers, body }) => {
    asked.push({ method, url, headers, body: String(body ?? '') })
    const answer = answers.shift() ?? {}
    if (answer === 'none') throw new Error('connection refused')
    return { status: 200, headers: {}, body: '', ...answer }
  }
  return { asked, transport }
}

/** Without disk, signals and patience. */
export const quick = { spool: false, handleSignals: false, random: () => 0 } as const
