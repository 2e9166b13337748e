/**
 * Intake with durable acknowledgement, against Fastify, `JSON.parse` and SQLite doing no more than storing the batch.
 * Events per CPU second of the server's process, the servers taking turns of the same length; the load comes from this one, over 32
 * connections.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchProcess, median, startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { openConnection, requestBytes } from './http-load.ts'

const secondsPerRound = Number(process.argv[2] ?? 3)
const eventsPerBody = Number(process.argv[3] ?? 100)
const connectionCount = 32
/** Rounds until code is compiled and files have been used once, and those that count. */
const rounds = { before: 4, counted: 9 }
const key = 'bench-key'

const bodies = Array.from({ length: 64 }, (_, body) =>
  JSON.stringify(Array.from({ length: eventsPerBody }, (_, event) => makeEvent(body * eventsPerBody + event))),
)
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

interface Contender {
  readonly title: string
  readonly server: BenchProcess
  readonly port: number
  readonly requests: readonly Buffer[]
  /** Events per CPU second of each round that counts. */
  readonly rates: number[]
}

try {
  const millrace = await enter('Millrace', 'intake-millrace')
  const plain = await enter('Fastify, plain', 'intake-fastify', 'plain')
  const lean = await enter('Fastify, lean', 'intake-fastify', 'lean')
  const contenders = [millrace, plain, lean]
  for (let round = 0; round < rounds.before; round++) for (const contender of contenders) await load(contender)
  for (let round = 0; round < rounds.counted; round++) for (const contender of contenders) await measure(contender)
  for (const { title, rates } of contenders)
    console.log(
      `${title}: ${rates.map(thousands).join(', ')}: median ${thousands(median(rates))} events per CPU second`,
    )
  const ratio = (to: Contender) => `${(median(millrace.rates) / median(to.rates)).toFixed(1)} × ${to.title}`
  console.log(`bodies of ${eventsPerBody}: ${ratio(plain)}; ${ratio(lean)}`)
} finally {
  rmSync(folder, { recursive: true })
}
process.exit(0)

async function enter(title: string, name: string, variant = ''): Promise<Contender> {
  const server = startProcess(name, [mkdtempSync(join(folder, `${name}-`)), key, variant])
  const { port } = await server.answer<{ port: number }>()
  const requests = bodies.map((body) => requestBytes({ port, path: '/api/v1/events/event', key }, body))
  return { title, server, port, requests, rates: [] }
}

async function measure(contender: Contender): Promise<void> {
  await contender.server.answer('cpu')
  const requests = await load(contender)
  const { cpuSeconds } = await contender.server.answer<{ cpuSeconds: number }>('cpu')
  contender.rates.push((requests * eventsPerBody) / cpuSeconds)
}

/** How many requests were answered. */
async function load({ port, requests }: Contender): Promise<number> {
  const endsAt = performance.now() + secondsPerRound * 1000
  let count = 0
  const send = async () => {
    const connection = await openConnection(port)
    while (performance.now() < endsAt) await connection.send(requests[count++ % requests.length]!)
    connection.close()
  }
  await Promise.all(Array.from({ length: connectionCount }, send))
  return count
}

function thousands(rate: number): string {
  return `${(rate / 1000).toFixed(0)}k`
}
