/**
 * What a restream of a million events does to new ones: 5,000 a second come in all the time, in bodies of 500; in turns of some
 * seconds the queue is sent through again and rests, until it is empty. Told is how long it takes from sending a body until all of
 * it can be queried, as asked every 25 ms, in either kind of turn. The events of the queue become rows, as after their cause is mended.
 *
 *   node bench/restream-million.ts [entries] [seconds of a turn]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openRestreamQueue } from '@millrace/server/restream/queue'
import { startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { type Access, feed, loaded, makeBodies } from './feed.ts'

const entries = Number(process.argv[2] ?? 1_000_000)
const turnMs = Number(process.argv[3] ?? 15) * 1000
/** What the turn before left in the log is loaded meanwhile. */
const settleMs = 3_000
const eventsPerBody = 500
const bodiesPerSecond = 10
const batch = 10_000
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
const data = join(folder, 'data')

try {
  await fill()
  const server = startProcess('millrace', [data])
  const access = await server.answer<Access>()
  const live = startLive(access)
  await live.turn(turnMs) // warms up
  const times = { resting: [] as number[], sending: [] as number[] }
  let sent = 0
  let sendingMs = 0
  while (sent < entries) {
    await live.turn(settleMs)
    times.resting.push(...(await live.turn(turnMs / 2)))
    const { id } = await ask<Run>(access, 'restream/runs', {})
    times.sending.push(...(await live.turn(turnMs)))
    const run = await ask<Run>(access, `restream/runs/${id}/stop`, {})
    sent += run.sent
    sendingMs += Date.parse(run.endedAt) - Date.parse(run.startedAt)
    process.stderr.write(`${sent} of ${entries} sent\n`)
  }
  await live.stop()
  await loaded(access, 2 * entries)
  report(times)
  console.log(
    `restreamed: ${Math.round(sent / (sendingMs / 1000))} events a second beside ${bodiesPerSecond * eventsPerBody} new ones`,
  )
  await server.answer('close')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Run {
  readonly id: string
  readonly state: string
  readonly sent: number
  readonly startedAt: string
  readonly endedAt: string
}

/** A server takes as many events as the queue shall have, and the queue is then made of their offsets. */
async function fill(): Promise<void> {
  const server = startProcess('millrace', [data])
  const access = await server.answer<Access>()
  await feed(access, makeBodies(entries / eventsPerBody, eventsPerBody), 4)
  await loaded(access, entries)
  await server.answer('close')
  const queue = openRestreamQueue(join(data, 'workspaces/default/restream.db'), { isDurable: false })
  for (let start = 0; start < entries; start += batch) {
    const failures = Array.from({ length: Math.min(batch, entries - start) }, (_, i) => ({
      partition: 0,
      offset: BigInt(start + i),
      eventId: `again-${start + i}`,
      eventType: 'event',
      input: { id: 'native', label: 'native', type: 'native' },
      receivedAt: 1.7e12,
      time: 1.7e12,
      stage: 'map' as const,
      code: 'number_range',
      message: `The number ${start + i} is out of range`,
      restreamCount: 0,
      raw: Buffer.from(JSON.stringify(makeEvent(start + i))),
    }))
    queue.append(failures)
  }
  queue.close()
}

async function ask<T>({ url, token }: Access, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${url}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

interface Body {
  /** Number of its last event. */
  readonly last: number
  readonly sentAt: number
}

/** New events at a steady rate, and how long each body takes to be rows. */
function startLive(access: Access) {
  const open: Body[] = []
  let times: number[] = []
  let isStopping = false
  let count = 0
  const send = async () => {
    const startedAt = performance.now()
    for (let body = 0; !isStopping; body++) {
      await delay(Math.max(0, startedAt + (body * 1000) / bodiesPerSecond - performance.now()))
      const lines = Array.from({ length: eventsPerBody }, (_, i) =>
        JSON.stringify({ ...makeEvent(count + i), seq: count + i }),
      )
      count += eventsPerBody
      open.push({ last: count - 1, sentAt: performance.now() })
      const response = await fetch(`${access.url}/api/v1/events/fresh`, {
        method: 'POST',
        headers: { authorization: `Bearer ${access.ingestKey}`, 'content-type': 'application/x-ndjson' },
        body: lines.join('\n'),
      })
      if (response.status !== 200) throw new Error(`events: ${response.status}`)
      await response.arrayBuffer()
    }
  }
  const watch = async () => {
    while (!isStopping || open.length > 0) {
      await delay(25)
      const seen = await newest(access)
      const now = performance.now()
      while (open.length > 0 && open[0]!.last <= seen) times.push(now - open.shift()!.sentAt)
    }
  }
  const work = Promise.all([send(), watch()])
  return {
    /** ms of each body that became rows meanwhile. */
    async turn(ms: number): Promise<number[]> {
      times = []
      await Promise.race([delay(ms), work])
      return times
    },
    async stop(): Promise<void> {
      isStopping = true
      await work
    },
  }
}

/** Number of the newest of the new events that is a row. */
async function newest(access: Access): Promise<number> {
  try {
    const { rows } = await ask<{ rows: unknown[][] }>(access, 'query', { sql: 'SELECT max(seq) FROM fresh' })
    return rows[0]![0] === null ? -1 : Number(rows[0]![0])
  } catch (error) {
    if (String(error).includes('invalid_sql')) return -1 // there is no such table yet
    throw error
  }
}

function report(times: Record<string, number[]>): void {
  const rows = Object.entries(times).map(([name, of]) => {
    const sorted = of.toSorted((a, b) => a - b)
    const at = (percent: number) =>
      Math.round(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]!)
    return [name, { bodies: sorted.length, 'p50 ms': at(50), 'p95 ms': at(95), 'p99 ms': at(99), 'worst ms': at(100) }]
  })
  console.table(Object.fromEntries(rows))
}
