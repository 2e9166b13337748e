/** One run of the harness: a producer that never stops, a server that dies again and again, and the verdict at the end. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { mulberry } from './events.ts'
import { startOperator } from './operator.ts'
import { judge } from './oracle.ts'
import { startProducer } from './producer.ts'
import { DiedEarly, type ServerProcess, startServerProcess } from './server-process.ts'

export interface RunSettings {
  readonly seed: number
  /** How each server ends; one server after the other. */
  readonly deaths: readonly Death[]
  /** For every server of the run: config, a seeded bug. */
  readonly env?: Record<string, string>
  /** Folder in which the data folder is made; one of its own that is removed at the end where none is given. */
  readonly place?: string
  readonly onRound?: (round: Round) => void
}

export interface Round {
  readonly death: Death
  /** Undefined where the server died before. */
  readonly readyMs: number | undefined
  readonly acknowledged: number
}

export interface Death {
  /** `kill`: SIGKILL. `terminate`: SIGTERM, and it must end with 0. */
  readonly how: 'kill' | 'terminate'
  /** How long after it was ready; longer on a busy machine, where it does less in a time, by as much as its start took. */
  readonly afterMs: number
  /** `name:n`: it kills itself the n-th time it reaches that point; where it does not in time, it is killed from outside. */
  readonly failpoint?: string
  /** Done to the data folder while the server lives, or when it is dead. */
  readonly whileAlive?: (folder: string) => Promise<void>
  readonly whenDead?: (folder: string) => void
  /** For a person to read. */
  readonly about?: string
}

export interface Verdict {
  /** Everything found wrong; empty where the run is as it should be. */
  readonly wrong: readonly string[]
  readonly acknowledged: number
  /** Names of the failpoints that killed a server. */
  readonly failpointsHit: readonly string[]
}

/**
 * Config under which everything happens often. The log keeps a batch long enough for a producer that repeats it to be known
 * again, though several servers die before one answers.
 */
export const eventfulEnv = { MILLRACE_LOG_LEVEL: 'error', MILLRACE_RETENTION_HOURS: '0.004' }

/** What a start takes at most where little else runs. */
const usualReadyMs = 1_500

/** `count` deaths of one kind, at random times from a seed. */
export function deaths(how: Death['how'], count: number, seed: number): Death[] {
  const random = mulberry(seed)
  return Array.from({ length: count }, () => ({ how, afterMs: 5 + Math.floor(random() * 295) }))
}

export async function run({ seed, deaths, env = {}, place, onRound }: RunSettings): Promise<Verdict> {
  const home = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  const folder = join(place ?? home, 'data')
  const wrong: string[] = []
  const failpointsHit = new Set<string>()
  let server: ServerProcess | undefined
  const start = async (more: Record<string, string> = {}): Promise<ServerProcess> => {
    server = await startServerProcess({ folder, env: { ...eventfulEnv, ...env, ...more } })
    return server
  }
  const url = () => server?.url ?? 'http://127.0.0.1:9'
  const producer = startProducer({ seed, url, ledgerFile: join(home, 'ledger'), concurrency: 3, pauseMs: 10 })
  const operator = startOperator(seed, url)
  try {
    for (const death of deaths) {
      const readyMs = await endure({ death, folder, start, wrong, failpointsHit })
      onRound?.({ death, readyMs, acknowledged: producer.ledger.acknowledged })
    }
    const { url } = await start()
    await operator.stop()
    wrong.push(...(await judge(url, seed, await producer.stop(20_000))))
  } catch (error) {
    // A server that cannot be started again, or does not answer the judge, is a finding like any other.
    wrong.push(error instanceof Error ? error.message : String(error))
  } finally {
    server?.signal('SIGKILL')
    await server?.exited
    await Promise.all([operator.stop(), producer.stop(0)])
    rmSync(home, { recursive: true, force: true })
  }
  const { acknowledged } = producer.ledger
  return { wrong, acknowledged, failpointsHit: [...failpointsHit] }
}

interface Endured {
  readonly death: Death
  readonly folder: string
  readonly start: (env?: Record<string, string>) => Promise<ServerProcess>
  readonly wrong: string[]
  readonly failpointsHit: Set<string>
}

/** One server's life and death. Tells how long it took to be ready, if it came to that. */
async function endure({ death, folder, start, wrong, failpointsHit }: Endured): Promise<number | undefined> {
  const { how, afterMs, failpoint, whileAlive, whenDead } = death
  let readyMs: number | undefined
  try {
    const server = await start(failpoint === undefined ? {} : { MILLRACE_FAILPOINT: failpoint })
    readyMs = server.readyMs
    await whileAlive?.(folder)
    const ended = await Promise.race([server.exited, delay(afterMs * Math.max(1, readyMs / usualReadyMs))])
    if (ended === undefined) server.signal(how === 'terminate' ? 'SIGTERM' : 'SIGKILL')
    const { code, signal } = await server.exited
    if (how === 'terminate' && code !== 0)
      wrong.push(`SIGTERM ended it with ${code ?? signal}:\n${server.output().slice(-2000)}`)
    if (how !== 'terminate' && signal !== 'SIGKILL')
      wrong.push(`It ended by itself with ${code}:\n${server.output().slice(-2000)}`)
    if (ended !== undefined && failpoint !== undefined) failpointsHit.add(failpoint)
  } catch (error) {
    if (!(error instanceof DiedEarly && error.signal === 'SIGKILL' && failpoint !== undefined)) throw error
    failpointsHit.add(failpoint)
  }
  whenDead?.(folder)
  return readyMs
}
