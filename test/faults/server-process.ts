/** A real server in a process of its own, with small limits, that tests may kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { withSmallLimits } from './small-limits.ts'

const root = join(import.meta.dirname, '../..')

/** Names the folder of a build that was made for this run, where there is one: see `build.ts`. */
export const buildVariable = 'MILLRACE_FAULTS_BUILD'

export const adminToken = 'chaos-admin-token-0123456789'
export const ingestKey = 'chaos-ingest-key-0123456789'

export interface ServerProcess {
  readonly url: string
  readonly pid: number
  /** Time from the start of the process to its ready line. */
  readonly readyMs: number
  /** Everything it has written so far. */
  output(): string
  signal(signal: NodeJS.Signals): void
  /** Resolves when it is gone. */
  readonly exited: Promise<Ending>
}

interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ServerSettings {
  /** The data folder. */
  readonly folder: string
  /** Added to the environment: what `instrument.ts` understands, and config. */
  readonly env?: Record<string, string>
}

/** A server ended before it was ready. */
export class DiedEarly extends Error {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null

  constructor({ code, signal }: Ending, output: string) {
    super(`The server ended before it was ready (${signal ?? code}):\n${output}`)
    this.code = code
    this.signal = signal
  }
}

/** Starts a server and waits for its ready line. @throws DiedEarly */
export async function startServerProcess({ folder, env = {} }: ServerSettings): Promise<ServerProcess> {
  const startedAt = performance.now()
  const { main, compiled } = entryFor(env)
  const child = spawn(process.execPath, ['--import', join(root, 'test/faults/instrument.ts'), main, 'start'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      MILLRACE_PORT: '0',
      MILLRACE_DATA: folder,
      MILLRACE_ADMIN_TOKEN: adminToken,
      MILLRACE_INGEST_KEY: ingestKey,
      NODE_COMPILE_CACHE: compiled,
      ...withSmallLimits(),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited: Promise<Ending> = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const output = collect(child)
  const url = await Promise.race([readyUrl(child), exited.then(() => undefined)])
  if (url === undefined) throw new DiedEarly(await exited, output())
  return {
    url,
    pid: child.pid!,
    readyMs: performance.now() - startedAt,
    output,
    signal: (signal) => child.kill(signal),
    exited,
  }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-1_000_000)
  }
  child.stdout!.on('data', add)
  child.stderr!.on('data', add)
  return () => text
}

async function readyUrl(child: ChildProcess): Promise<string | undefined> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const [, url] = /Millrace is ready at (http:\S+)/.exec(line) ?? []
    if (url !== undefined) {
      child.stdout!.resume()
      return url
    }
  }
  return undefined
}

/** Where a server of this environment starts, and the folder in which what V8 compiled of it is kept. */
function entryFor(env: Record<string, string>): { main: string; compiled: string } {
  const build = process.env[buildVariable]
  const usual = withSmallLimits()
  const { MILLRACE_SMALL, MILLRACE_SEEDED_BUG, MILLRACE_SYNC_FAULT }: Record<string, string> = { ...usual, ...env }
  const isUsual = MILLRACE_SMALL === usual['MILLRACE_SMALL'] && !MILLRACE_SEEDED_BUG && !MILLRACE_SYNC_FAULT
  return build !== undefined && isUsual
    ? { main: join(build, 'main.mjs'), compiled: join(build, 'compiled') }
    : { main: join(root, 'cli/src/main.ts'), compiled: join(root, 'node_modules/.cache/faults') }
}
