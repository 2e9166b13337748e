/** One server with a producer before it, for tests that do something to it while it runs. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Ledger, startProducer } from './producer.ts'
import { eventfulEnv } from './rounds.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

export interface SingleServer {
  /** The one that runs now. */
  readonly server: ServerProcess
  /** The data folder. */
  readonly folder: string
  readonly ledger: Ledger
  /** Kills it, and waits until it is gone. */
  kill(): Promise<void>
  /** Starts one on the same folder; the producer turns to it. */
  restart(env?: Record<string, string>): Promise<ServerProcess>
  /** Waits until so many events are acknowledged. */
  acknowledged(count: number): Promise<void>
  /** The producer repeats what has no answer until so many ms have passed, and sends nothing new. */
  settle(giveUpAfterMs: number): Promise<Ledger>
}

export interface SingleSettings {
  readonly seed: number
  readonly env?: Record<string, string>
  /** Folder in which the data folder is made; one of its own that is removed at the end where none is given. */
  readonly place?: string
}

/** Hands a server to the work, and takes everything away when it is done. */
export async function withServer<T>(
  { seed, env = {}, place }: SingleSettings,
  work: (single: SingleServer) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  const folder = join(place ?? home, 'data')
  const start = (more: Record<string, string> = {}) =>
    startServerProcess({ folder, env: { ...eventfulEnv, ...env, ...more } })
  let server = await start()
  const url = () => server.url
  const producer = startProducer({ seed, url, ledgerFile: join(home, 'ledger'), concurrency: 3, pauseMs: 10 })
  try {
    return await work({
      get server() {
        return server
      },
      folder,
      ledger: producer.ledger,
      async kill() {
        server.signal('SIGKILL')
        await server.exited
      },
      async restart(more) {
        server = await start(more)
        return server
      },
      async acknowledged(count) {
        while (producer.ledger.acknowledged < count) await delay(10)
      },
      settle: (giveUpAfterMs) => producer.stop(giveUpAfterMs),
    })
  } finally {
    server.signal('SIGKILL')
    await server.exited
    await producer.stop(0)
    rmSync(home, { recursive: true, force: true })
  }
}
