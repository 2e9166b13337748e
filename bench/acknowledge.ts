/**
 * How long a durable acknowledgement takes at 1,000 requests a second of 10 events each, sent when their time has come whatever the
 * answers do, against a bare loop of write and fdatasync on the same disk. For the intake alone, and for the whole server loading.
 */
import { fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { type Connection, openConnection, requestBytes } from './http-load.ts'

const seconds = Number(process.argv[2] ?? 15)
const requestsPerSecond = 1000
const eventsPerBody = 10
const key = 'bench-key'
const bodies = Array.from({ length: 64 }, (_, body) =>
  JSON.stringify(Array.from({ length: eventsPerBody }, (_, event) => makeEvent(body * eventsPerBody + event))),
)
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

try {
  const intake = startProcess('intake-millrace', [mkdtempSync(join(folder, 'intake-')), key])
  const { port } = await intake.answer<{ port: number }>()
  report('intake alone', await acknowledgements(port, key))
  process.kill(intake.pid)
  const server = startProcess('millrace', [mkdtempSync(join(folder, 'server-'))])
  const { url, ingestKey } = await server.answer<{ url: string; ingestKey: string }>()
  report('whole server', await acknowledgements(Number(new URL(url).port), ingestKey))
  process.kill(server.pid)
  await delay(200)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)

/** ms of one write and sync after the other, of as many bytes as a request has, into a file that has its size. */
function bareLoop(): number[] {
  const file = openSync(join(folder, 'bare'), 'w')
  const body = Buffer.from(bodies[0]!)
  const count = 3000
  for (let write = 0; write < count; write++) writeSync(file, body)
  fdatasyncSync(file)
  return Array.from({ length: count }, (_, write) => {
    const startedAt = performance.now()
    writeSync(file, body, 0, body.length, write * body.length)
    fdatasyncSync(file)
    return performance.now() - startedAt
  })
}

/** ms from sending to the whole answer, without those of the first seconds. */
async function acknowledgements(port: number, ingestKey: string): Promise<number[]> {
  const requests = bodies.map((body) => requestBytes({ port, path: '/api/v1/events/event', key: ingestKey }, body))
  const warmUpSeconds = 5
  const idle: Connection[] = []
  const times: number[] = []
  const under: Promise<void>[] = []
  const send = async (number: number) => {
    const connection = idle.shift() ?? (await openConnection(port)) // all take turns, so that none is idle until it is closed
    const sentAt = performance.now()
    await connection.send(requests[number % requests.length]!)
    if (number >= warmUpSeconds * requestsPerSecond) times.push(performance.now() - sentAt)
    idle.push(connection)
  }
  const startedAt = performance.now()
  for (let sent = 0; sent < (warmUpSeconds + seconds) * requestsPerSecond; ) {
    const due = ((performance.now() - startedAt) / 1000) * requestsPerSecond
    for (; sent < due; sent++) under.push(send(sent))
    await delay(1)
  }
  await Promise.all(under)
  for (const connection of idle) connection.close()
  return times
}

function report(what: string, times: number[]): void {
  const bare = bareLoop() // directly after, since what else the machine does changes
  console.log(`bare write and fdatasync: ${told(bare)}`)
  console.log(
    `${what}: ${told(times)}: p99 ${(percentile(times, 99) / percentile(bare, 99)).toFixed(1)} × the bare loop`,
  )
}

function told(times: number[]): string {
  return `${times.length} times, p50 ${percentile(times, 50).toFixed(2)} ms, p99 ${percentile(times, 99).toFixed(2)} ms`
}

function percentile(times: readonly number[], percent: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length * percent) / 100)]!
}
