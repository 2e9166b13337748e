/** What a command sees of the process it runs in: tests hand it another one. */
import { homedir } from 'node:os'
import type { Readable } from 'node:stream'

export interface TextSink {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: TextSink
  readonly stderr: TextSink
  /** Calls back at each SIGINT and SIGTERM, which then no longer end the process. Returns how to stop that. */
  onStop(callback: () => void): () => void
}

export function processWorld(): World {
  // `millrace query … | head` closes our output while we write: that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    onStop(callback) {
      process.on('SIGINT', callback).on('SIGTERM', callback)
      return () => process.off('SIGINT', callback).off('SIGTERM', callback)
    },
  }
}
