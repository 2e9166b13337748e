/** A world for tests: its output is kept, its signals are sent by hand. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { run } from './program.ts'
import type { World } from './world.ts'

export interface FakeWorld {
  /** A folder of its own: working directory and home. */
  readonly folder: string
  /** Runs `millrace` with these words. */
  run(args: readonly string[], stdin?: string | Buffer): Promise<Ran>
  /** As Ctrl-C does. */
  stop(): void
  remove(): Promise<void>
}

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Standard output as JSON lines. */
  records(): Record<string, unknown>[]
}

export async function openFakeWorld(env: World['env'] = {}, { isTerminal = false } = {}): Promise<FakeWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-cli-'))
  const stopCallbacks = new Set<() => void>()
  return {
    folder,
    async run(args, stdin = '') {
      const written = { stdout: '', stderr: '' }
      const sink = (name: 'stdout' | 'stderr') => ({
        isTTY: isTerminal,
        columns: 100,
        write(text: string) {
          written[name] += text
        },
      })
      const exitCode = await run(args, {
        env: { ...env, NO_COLOR: '1' },
        cwd: folder,
        home: folder,
        stdin: Object.assign(Readable.from(stdin.length === 0 ? [] : [Buffer.from(stdin)]), { isTTY: isTerminal }),
        stdout: sink('stdout'),
        stderr: sink('stderr'),
        onStop(callback) {
          stopCallbacks.add(callback)
          return () => stopCallbacks.delete(callback)
        },
      })
      const lines = () => written.stdout.split('\n').filter((line) => line !== '')
      return { exitCode, ...written, records: () => lines().map((line) => JSON.parse(line)) }
    },
    stop() {
      for (const callback of stopCallbacks) callback()
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
