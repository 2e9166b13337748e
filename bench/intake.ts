/**
 * Intake with durable acknowledgement, against Fastify, `JSON.parse` and SQLite doing no more than storing the batch.
 * Events per CPU second of the server's process; the load comes from this one, over 32 connections.
 */
import { mkdtempSync, rmSync } from 'node:fs'
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

const ratios: { plain: number; lean: number }[] = []
try {
  for (let run = 1; run <= runs; run++) {
    const millrace = await measure('intake-millrace')
    const plain = await measure('intake-fastify', 'plain')
    const lean = await measure('intake-fastify', 'lean')
    ratios.push({ plain: millrace.perCpuSecond / plain.perCpuSecond, lean: millrace.perCpuSecond / lean.perCpuSecond })
    console.log(`run ${run}: Millrace ${told(millrace)}; Fastify plain ${told(plain)}, lean ${told(lean)}`)
  }
  const [plain, lean] = [median(ratios.map((each) => each.plain)), median(ratios.map((each) => each.lean))]
  console.log(`bodies of ${eventsPerBody}, median of ${runs}: ${plain.toFixed(1)} × plain, ${lean.toFixed(1)} × lean`)
} finally {
  rmSync(folder, { recursive: true })
}
process.exit(0)

interface Rates {
  readonly perCpuSecond: number
  readonly perSecond: number
}

async function measure(name: string, variant = ''): Promise<Rates> {
  const data = mkdtempSync(join(folder, `${name}-`))
  const server = startProcess(name, [data, key, variant])
  const { port } = await server.answer<{ port: number }>()
  const requests = bodies.map((body) => requestBytes({ port, path: '/api/v1/events/event', key }, body))
  await load(port, requests, eventsPerRun) // until code is compiled and files have been used once
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
