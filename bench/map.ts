/**
 * The map stage alone: a log record's bytes become a batch of columns. Events per CPU second, for the benchmark's flat events in
 * large and small batches, and for GitHub's webhooks, which come as 60 event types with hundreds of columns each.
 *
 *   node bench/map.ts
 */
import { createRequire } from 'node:module'
import { newIdBase } from '@millrace/event/id'
import { decodeBatch, type EventBatch, encodeBatch } from '@millrace/server/batch'
import { type Mapper, openMapper } from '@millrace/server/map/mapper'
import { silentLogger } from '@millrace/server/telemetry'
import { makeEvent } from './events.ts'

const secondsPerRun = 3

for (const size of [50_000, 5_000, 500, 50]) {
  await measure(
    `flat events, ${size} a batch`,
    recordsOf(Array.from({ length: size }, (_, index): TypedEvent => ['bench', makeEvent(index)])),
  )
}
await measure('first batch of an event type, 500 events', recordsOf(flat(500)), { isFresh: true })
const webhooks = createRequire(import.meta.url)('@octokit/webhooks-examples') as { name: string; examples: object[] }[]
const githubEvents = webhooks.flatMap(({ name, examples }) => examples.map((data): TypedEvent => [name, data]))
await measure(`GitHub's webhooks, ${githubEvents.length} a batch`, recordsOf(githubEvents))
await measure(`GitHub's webhooks, ${githubEvents.length * 10} a batch`, recordsOf(Array(10).fill(githubEvents).flat()))
await measure(`GitHub's webhooks, all types new`, recordsOf(githubEvents), { isFresh: true })

type TypedEvent = readonly [type: string, data: object]

function flat(size: number): TypedEvent[] {
  return Array.from({ length: size }, (_, index) => ['bench', makeEvent(index)])
}

/** Events as records of the log, 500 in each. */
function recordsOf(events: readonly TypedEvent[]): { count: number; bodies: Uint8Array[] } {
  const bodies: Uint8Array[] = []
  for (let first = 0; first < events.length; first += 500) bodies.push(recordOf(events.slice(first, first + 500)))
  return { count: events.length, bodies }
}

function recordOf(events: readonly TypedEvent[]): Uint8Array {
  const pieces = events.map(([, data]) => Buffer.from(`${JSON.stringify(data)}\n`))
  const ends = new Uint32Array(pieces.length)
  let end = 0
  for (const [index, piece] of pieces.entries()) {
    end += piece.length
    ends[index] = end - 1
  }
  const types = [...new Set(events.map(([type]) => type))]
  const batch: EventBatch = {
    input: { id: 'bench', label: 'bench', type: 'native' },
    receivedAt: Date.now(),
    idBase: newIdBase(Date.now()),
    types,
    ...(types.length > 1 && { typeIndex: events.map(([type]) => types.indexOf(type)) }),
    starts: ends.map((last, index) => last + 1 - pieces[index]!.length),
    ends,
    payload: Buffer.concat(pieces),
  }
  return Buffer.concat(encodeBatch(batch))
}

/** Maps the same records for a while, after a first time that does not count; `isFresh` with a mapper that knows no mapping. */
async function measure(
  what: string,
  { count, bodies }: { count: number; bodies: Uint8Array[] },
  { isFresh = false } = {},
): Promise<void> {
  let mapper = newMapper()
  await mapOnce(mapper, bodies)
  const cpuBefore = process.cpuUsage()
  const endAt = performance.now() + secondsPerRun * 1000
  let events = 0
  while (performance.now() < endAt) {
    if (isFresh) mapper = newMapper()
    await mapOnce(mapper, bodies)
    events += count
  }
  const { user, system } = process.cpuUsage(cpuBefore)
  const perSecond = events / ((user + system) / 1e6)
  console.log(`${what.padEnd(48)} ${Math.round(perSecond).toLocaleString('en')} events per CPU second`)
}

function newMapper(): Mapper {
  return openMapper({ mappings: [], save: async () => {}, logger: silentLogger })
}

async function mapOnce(mapper: Mapper, bodies: readonly Uint8Array[]): Promise<void> {
  let firstOffset = 0n
  const inputs = bodies.map((body) => {
    const batch = decodeBatch(body)
    const input = { batch, firstOffset }
    firstOffset += BigInt(batch.starts.length)
    return input
  })
  const { failures } = await mapper.map(inputs)
  if (failures.length > 0) throw new Error(`${failures.length} events could not be mapped: ${failures[0]!.message}`)
}
