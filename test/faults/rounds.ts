/** One run of the harness: a producer that never stops, a server that dies again and again, and the verdict at the end. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { judge } from './oracle.ts'
import { mulberry, startProducer } from './producer.ts'
import { DiedEarly, type ServerProcess, startServerProcess } from './server-process.ts'

export interface RunSettings {
  readonly seed: number
  /** How each server ends; one server after the other. */
  readonly deaths: readonly Death[]
  /** For every server of the run: config, a seeded bug. */
  readonly env?: Record<string, string>
  readonly onRound?: (round: { death: Death; readyMs: number; acknowledged: number }) => void
}

export interface Death {
  /** `kill`: SIGKILL. `terminate`: SIGTERM, and it must end with 0. */
  readonly how: 'kill' | 'terminate'
  /** How long after it was ready. */
  readonly afterMs: number
  /** `name:n`: it kills itself the n-th time it reaches that point; where it does not in time, it is killed from outside. */
  readonly failpoint?: string
}

export interface Verdict {
  /** Everything found wrong; empty where the run is as it should be. */
  readonly wrong: readonly string[]
  readonly acknowledged: number
  readonly slowestReadyMs: number
  /** Names of the failpoints that killed a server. */
  readonly failpointsHit: readonly string[]
}

/** `count` deaths of one kind, at random times from a seed. */
export function deaths(how: Death['how'], count: number, seed: number): Death[] {
  const random = mulberry(seed)
  return Array.from({ length: count }, () => ({ how, afterMs: 5 + Math.floor(random() * 295) }))
}

export async function run({ seed, deaths, env = {}, onRound }: RunSettings): Promise<Verdict> {
  const place = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  const wrong: string[] = []
  const failpointsHit = new Set<string>()
  let slowestReadyMs = 0
  let server: ServerProcess | undefined
  const start = async (more: Record<string, string> = {}): Promise<ServerProcess> => {
    const settings = { folder: join(place, 'data'), env: { MILLRACE_LOG_LEVEL: 'error', ...env, ...more } }
    server = await startServerProcess(settings)
    slowestReadyMs = Math.max(slowestReadyMs, server.readyMs)
    return server
  }
  const producer = startProducer({
    seed,
    url: () => server?.url ?? 'http://127.0.0.1:9',
    ledgerFile: join(place, 'ledger'),
    concurrency: 3,
    pauseMs: 5,
  })
  try {
    for (const death of deaths) {
      await endure(death, start, { wrong, failpointsHit })
      onRound?.({ death, readyMs: server?.readyMs ?? 0, acknowledged: producer.acknowledged() })
    }
    const { url } = await start()
    const ledger = await producer.stop(20_000)
    wrong.push(...(await judge(url, seed, ledger)))
  } catch (error) {
    // A server that cannot be started again, or does not answer the judge, is a finding like any other.
    wrong.push(error instanceof Error ? error.message : String(error))
  } finally {
    server?.signal('SIGKILL')
    await server?.exited
    await producer.stop(0)
    rmSync(place, { recursive: true, force: true })
  }
  return { wrong, acknowledged: producer.acknowledged(), slowestReadyMs, failpointsHit: [...failpointsHit] }
}

/** One server's life and death. */
async function endure(
  { how, afterMs, failpoint }: Death,
  start: (env?: Record<string, string>) => Promise<ServerProcess>,
  { wrong, failpointsHit }: { wrong: string[]; failpointsHit: Set<string> },
): Promise<void> {
  try {
    const server = await start(failpoint === undefined ? {} : { MILLRACE_FAILPOINT: failpoint })
    const ended = await Promise.race([server.exited, delay(afterMs)])
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
}
