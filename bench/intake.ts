/**
 * Intake with durable acknowledgement, against Fastify, `JSON.parse` and SQLite doing no more than storing the batch.
 * Events per CPU second of the server's process; the load comes from this one, over 32 connections.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { openConnection, requestBytes } from './http-load.ts'

const eventsPerRun = Number(process.argv[2] ?? 400_000)
const eventsPerBody = Number(process.argv[3] ?? 100)
const connectionCount = 32
const runs = 3
const key = 'bench-key'

const bodies = Array.from({ length: 64 }, (_, body) =>
  JSON.stringify(Array.from({ length: eventsPerBody }, (_, event) => makeEvent(body * eventsPerBody + event))),
)
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

try {
  const ratios: number[] = []
  for (let run = 1; run <= runs; run++) {
    const [millrace, fastify] = [await measure('intake-millrace', run), await measure('intake-fastify', run)]
    ratios.push(millrace.perCpuSecond / fastify.perCpuSecond)
    console.log(
      `run ${run}, bodies of ${eventsPerBody}: Millrace ${told(millrace)}; Fastify ${told(fastify)}; ratio ${ratios.at(-1)!.toFixed(1)}`,
    )
  }
  console.log(`median of ${runs}: ${median(ratios).toFixed(1)} ×`)
} finally {
  rmSync(folder, { recursive: true })
}
process.exit(0)

interface Rates {
  readonly perCpuSecond: number
  readonly perSecond: number
}

async function measure(name: string, run: number): Promise<Rates> {
  const data = join(folder, `${name}-${run}`)
  mkdirSync(data)
  const server = startProcess(name, [data, key])
  const { port } = await server.answer<{ port: number }>()
  const requests = bodies.map((body) => requestBytes({ port, path: '/api/v1/events/event', key }, body))
  await load(port, requests, eventsPerRun / 10) // what is compiled by then is not what is measured
  await server.answer('cpu')
  const startedAt = performance.now()
  await load(port, requests, eventsPerRun)
  const seconds = (performance.now() - startedAt) / 1000
  const { cpuSeconds } = await server.answer<{ cpuSeconds: number }>('cpu')
  process.kill(server.pid)
  rmSync(data, { recursive: true })
  return { perCpuSecond: eventsPerRun / cpuSeconds, perSecond: eventsPerRun / seconds }
}

async function load(port: number, requests: readonly Buffer[], events: number): Promise<void> {
  let left = Math.ceil(events / eventsPerBody)
  const run = async () => {
    const connection = await openConnection(port)
    while (left > 0) await connection.send(requests[left-- % requests.length]!)
    connection.close()
  }
  await Promise.all(Array.from({ length: connectionCount }, run))
}

function told({ perCpuSecond, perSecond }: Rates): string {
  return `${(perCpuSecond / 1000).toFixed(0)}k events per CPU second (${(perSecond / 1000).toFixed(0)}k per second)`
}
