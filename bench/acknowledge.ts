/**
 * How long a durable acknowledgement takes at 1,000 requests a second of 10 events each, sent when their time has come whatever the
 * answers do, against bare writes of as many bytes, each with its fdatasync, on the same disk. For the intake alone, and for the whole
 * server loading.
 *
 * All take turns in short rounds, because a disk that others use as well stalls now and then, for a hundred ms and more; what is told
 * is the median of the rounds' percentiles. Bare writes are made twice: one after the other as fast as they go, which hides most of
 * a stall; and at the same 1,000 a second from the time when each was due, which tells it as the requests do.
 *
 * Beside them stands how long the two threads that an answer passes through, the main one and the log's, were ready and waited for a
 * processor. Where other programs keep those busy, that is what the times tell: a thread that was just woken waits some ms,
 * whatever its priority, until the one that runs has had its slice.
 *
 *   node bench/acknowledge.ts [rounds]
 */
import { fdatasyncSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { median, startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { type Connection, openConnection, requestBytes } from './http-load.ts'

const rounds = Number(process.argv[2] ?? 9)
const secondsPerRound = 2
const warmUpSeconds = 4
const perSecond = 1000
const eventsPerBody = 10
/** Below what a server takes from one client: a stall of the disk would open one for each ms, and the rest be refused. */
const connectionsMax = 400
const key = 'bench-key'
const bodies = Array.from({ length: 64 }, (_, body) =>
  JSON.stringify(Array.from({ length: eventsPerBody }, (_, event) => makeEvent(body * eventsPerBody + event))),
)
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

try {
  const intake = startProcess('intake-millrace', [mkdtempSync(join(folder, 'intake-')), key])
  const { port } = await intake.answer<{ port: number }>()
  const server = startProcess('millrace', [mkdtempSync(join(folder, 'server-'))])
  const { url, ingestKey } = await server.answer<{ url: string; ingestKey: string }>()
  const ofIntake = openLoad(port, key)
  const ofServer = openLoad(Number(new URL(url).port), ingestKey)
  const bare = openBare()
  await ofIntake(warmUpSeconds)
  await ofServer(warmUpSeconds)

  const runs = {
    'bare, one after the other': async () => bare.loop(),
    'bare, 1,000 a second': () => bare.paced(secondsPerRound),
    'intake alone': () => ofIntake(secondsPerRound),
    'whole server': () => ofServer(secondsPerRound),
  }
  const processes: Record<string, number> = { 'intake alone': intake.pid, 'whole server': server.pid }
  const times = Object.fromEntries(Object.keys(runs).map((name) => [name, [] as number[][]]))
  const waits = Object.fromEntries(Object.keys(processes).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const pid = processes[name]
      const waitedBefore = pid && waitedForProcessor(pid)
      times[name]!.push((await run()).toSorted((a, b) => a - b))
      if (pid) waits[name]!.push((waitedForProcessor(pid) - waitedBefore!) / secondsPerRound)
      await delay(500) // the pipeline comes to rest
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  }
  report(times, waits)
  for (const { pid } of [intake, server]) process.kill(pid)
  await delay(200)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)

/** Writes with a sync each, of as many bytes as a request has, into a file that has its size. */
function openBare() {
  const file = openSync(join(folder, 'bare'), 'w')
  const body = Buffer.from(bodies[0]!)
  const places = 3000
  for (let write = 0; write < places; write++) writeSync(file, body)
  fdatasyncSync(file)
  let count = 0
  const writeOne = () => {
    writeSync(file, body, 0, body.length, (count++ % places) * body.length)
    fdatasyncSync(file)
  }
  return {
    /** ms of each. */
    loop: () =>
      Array.from({ length: places }, () => {
        const startedAt = performance.now()
        writeOne()
        return performance.now() - startedAt
      }),
    /** ms from when each was due, or from when the timer was heard that it was, to when it was durable. */
    async paced(seconds: number): Promise<number[]> {
      const times: number[] = []
      const startedAt = performance.now()
      let heardAt = startedAt
      while (times.length < seconds * perSecond) {
        const dueAt = startedAt + (times.length / perSecond) * 1000
        if (dueAt > performance.now()) {
          await delay(1)
          heardAt = performance.now()
        } else {
          writeOne()
          times.push(performance.now() - Math.max(dueAt, heardAt))
        }
      }
      return times
    },
  }
}

/**
 * Sends for so many seconds, whatever the answers do, and tells the ms from sending each request to its whole answer. One that finds
 * all connections busy waits its turn, and its time runs.
 */
function openLoad(port: number, ingestKey: string): (seconds: number) => Promise<number[]> {
  const requests = bodies.map((body) => requestBytes({ port, path: '/api/v1/events/event', key: ingestKey }, body))
  let idle: Connection[] = []
  let openCount = 0
  const waiting: ((connection: Connection) => void)[] = []
  const connect = () => {
    const connection = idle.shift() // all take turns, so that none is idle until it is closed
    if (connection) return connection
    if (openCount === connectionsMax) return new Promise<Connection>((resolve) => waiting.push(resolve))
    openCount++
    return openConnection(port)
  }
  return async (seconds) => {
    const times: number[] = []
    const under: Promise<void>[] = []
    const send = async (number: number) => {
      const isWaiting = idle.length === 0 && openCount === connectionsMax
      const dueAt = performance.now()
      const connection = await connect()
      const sentAt = isWaiting ? dueAt : performance.now()
      await connection.send(requests[number % requests.length]!)
      times.push(performance.now() - sentAt)
      const next = waiting.shift()
      if (next) next(connection)
      else idle.push(connection)
    }
    const startedAt = performance.now()
    for (let sent = 0; sent < seconds * perSecond; ) {
      const due = ((performance.now() - startedAt) / 1000) * perSecond
      for (; sent < due; sent++) under.push(send(sent))
      await delay(1)
    }
    await Promise.all(under)
    for (const connection of idle) connection.close()
    idle = []
    openCount = 0
    return times
  }
}

/** ms for which the threads that answers pass through were ready to run and did not, so far; 0 where the system does not tell. */
function waitedForProcessor(pid: number): number {
  if (process.platform !== 'linux') return 0
  const tasks = `/proc/${pid}/task`
  const waited = readdirSync(tasks).map((task) => {
    try {
      const name = readFileSync(`${tasks}/${task}/comm`, 'utf8').trim()
      if (name !== 'log-sync' && Number(task) !== pid) return 0
      return Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[1]) / 1e6
    } catch {
      return 0 // it has ended meanwhile
    }
  })
  return waited.reduce((sum, ms) => sum + ms, 0)
}

/** `waits`: ms a second. */
function report(times: Record<string, number[][]>, waits: Record<string, number[]>): void {
  const of = (name: string, percent: number) =>
    median(times[name]!.map((sorted) => sorted[Math.floor((sorted.length * percent) / 100)]!))
  const [loop, paced] = Object.keys(times) as [string, string]
  const rows = Object.keys(times).map((name) => [
    name,
    {
      'p50 ms': of(name, 50).toFixed(2),
      'p99 ms': of(name, 99).toFixed(2),
      'worst ms': of(name, 99.99).toFixed(1),
      '× bare p99': (of(name, 99) / of(loop, 99)).toFixed(1),
      '× bare p99 at 1,000 a second': (of(name, 99) / of(paced, 99)).toFixed(1),
      'waited for a processor, ms/s': waits[name] ? median(waits[name]).toFixed(0) : '',
      'p99 of each round': times[name]!.map((sorted) => sorted[Math.floor(sorted.length * 0.99)]!.toFixed(1)).join(' '),
    },
  ])
  console.log(`medians of ${rounds} rounds`)
  console.table(Object.fromEntries(rows))
}
