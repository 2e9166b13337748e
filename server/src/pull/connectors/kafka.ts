/**
 * Topics of Kafka. Where a run goes on is the source's state, an offset for each partition, and not what a consumer group has committed: it
 * moves when rows are durable. An event's id is its topic, partition and offset, so that one that is read again is stored once.
 */
import type { RecordsBatch } from '@platformatic/kafka'
import type { Connector, ConnectorContext, Page, PulledDraft } from '../connector.ts'
import { icon } from './icon.ts'
import { type Cluster, type Fetched, openCluster } from './kafka/cluster.ts'
import { draftOf } from './kafka/rows.ts'
import { type KafkaSettings, type KafkaState, kafkaSettings, kafkaState } from './kafka/settings.ts'

const draftsPerPage = 2_000
/** New partitions, and topics that a pattern means, are looked for so often in a run that waits. */
const lookMs = 30_000
const [transactional, control] = [0x10, 0x20]

export const kafka: Connector<typeof kafkaSettings, typeof kafkaState> = {
  title: 'Kafka',
  icon: icon(
    '<circle cx="8" cy="12" r="3"/><circle cx="17" cy="6" r="2.5"/><circle cx="17" cy="18" r="2.5"/><path d="m10.6 10.4 4.2-2.9M10.6 13.6l4.2 2.9M8 4v5M8 15v5"/>',
  ),
  settings: kafkaSettings,
  state: kafkaState,
  isByDate: false,
  read,
}

async function* read(
  settings: KafkaSettings,
  state: KafkaState,
  context: ConnectorContext,
): AsyncGenerator<Page<KafkaState>> {
  const { signal, outbound } = context
  const cluster = await openCluster(settings, outbound)
  const stop = () => void cluster.close()
  signal.addEventListener('abort', stop, { once: true })
  const offsets = new Map<string, bigint>()
  try {
    do {
      signal.throwIfAborted()
      const ends = await plan(cluster, settings, state, offsets, context)
      const until = settings.isLive ? performance.now() + lookMs : Number.POSITIVE_INFINITY
      yield* readUntil(cluster, settings, offsets, ends, until, context)
    } while (settings.isLive)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    await cluster.close()
  }
}

/** Where each partition goes on, into `offsets`; and where it ends for now. */
async function plan(
  cluster: Cluster,
  { begin }: KafkaSettings,
  state: KafkaState,
  offsets: Map<string, bigint>,
  { log }: ConnectorContext,
): Promise<Map<string, bigint>> {
  const ends = new Map<string, bigint>()
  for (const { topic, partition, earliest, latest } of await cluster.partitions()) {
    const key = `${topic}/${partition}`
    const known = offsets.get(key) ?? (Object.hasOwn(state, key) ? BigInt(state[key]!) : undefined)
    const isGone = known !== undefined && (known < earliest || known > latest)
    if (isGone)
      log.warn('what comes next is not there any more: the partition begins anew', { topic, partition, offset: known })
    offsets.set(key, known === undefined ? (begin === 'latest' ? latest : earliest) : isGone ? earliest : known)
    ends.set(key, latest)
  }
  return ends
}

async function* readUntil(
  cluster: Cluster,
  settings: KafkaSettings,
  offsets: Map<string, bigint>,
  ends: ReadonlyMap<string, bigint>,
  until: number,
  { signal, progress }: ConnectorContext,
): AsyncGenerator<Page<KafkaState>> {
  const isDone = (key: string, offset: bigint) => !settings.isLive && offset >= ends.get(key)!
  const begun = new Map(offsets)
  const sum = (of: ReadonlyMap<string, bigint>) =>
    Number([...of.entries()].reduce((all, [key, at]) => all + at - begun.get(key)!, 0n))
  while (performance.now() < until) {
    signal.throwIfAborted()
    const wanted = new Map([...offsets].filter(([key, offset]) => !isDone(key, offset)))
    if (wanted.size === 0) break
    for (const fetched of await cluster.fetch(wanted)) {
      const key = `${fetched.topic}/${fetched.partition}`
      for (const { drafts, next } of pagesOf(fetched, offsets.get(key)!, settings)) {
        offsets.set(key, next)
        yield { drafts, state: { [key]: `${next}` } }
      }
    }
    progress(sum(offsets), settings.isLive ? undefined : sum(ends))
  }
  // So that `latest` means the same the next time, although nothing came.
  yield { drafts: [], state: Object.fromEntries([...offsets].map(([key, offset]) => [key, `${offset}`])) }
}

function* pagesOf(
  { topic, partition, batches, aborted }: Fetched,
  from: bigint,
  settings: KafkaSettings,
): Generator<{ drafts: PulledDraft[]; next: bigint }> {
  const isTakenBack = openAborted(aborted)
  let drafts: PulledDraft[] = []
  let next = from
  for (const batch of batches) {
    const isLeftOut = isTakenBack(batch)
    for (const record of batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta)
      if (isLeftOut || offset < from) continue
      drafts.push(
        draftOf(
          { ...record, topic, partition, offset, time: Number(batch.firstTimestamp + record.timestampDelta) },
          settings,
        ),
      )
      next = offset + 1n
      if (drafts.length < draftsPerPage) continue
      yield { drafts, next }
      drafts = []
    }
    // Behind what was compacted away, too.
    const end = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
    if (end > next) next = end
  }
  if (next > from) yield { drafts, next }
}

/** Whether a batch is a mark of Kafka's own, or of a transaction that came to nothing. */
function openAborted(aborted: Fetched['aborted']): (batch: RecordsBatch) => boolean {
  const waiting = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  const open = new Set<bigint>()
  return ({ attributes, producerId, firstOffset, lastOffsetDelta }) => {
    while (waiting[0] !== undefined && waiting[0].firstOffset <= firstOffset + BigInt(lastOffsetDelta))
      open.add(waiting.shift()!.producerId)
    if ((attributes & control) !== 0) {
      open.delete(producerId)
      return true
    }
    return (attributes & transactional) !== 0 && open.has(producerId)
  }
}
