/**
 * A cluster as the connector reads it: by partitions and offsets, without a consumer group. Brokers name each other, so every address is
 * asked of the outbound guard before it is connected to, whoever named it.
 */
import { isIP } from 'node:net'
import type { Broker, ClusterMetadata, RecordsBatch } from '@platformatic/kafka'
import type { Outbound } from '../../../outbound.ts'
import { NotRetryable, sourceUnavailable } from '../../connector.ts'
import type { KafkaSettings } from './settings.ts'

export interface Partition {
  readonly topic: string
  readonly partition: number
  readonly earliest: bigint
  readonly latest: bigint
}

export interface Fetched {
  readonly topic: string
  readonly partition: number
  readonly batches: readonly RecordsBatch[]
  /** Offsets at which producers began what they then took back. */
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
}

export interface Cluster {
  partitions(): Promise<Partition[]>
  /** What follows these offsets, by `topic/partition`; waits for a moment where there is nothing. */
  fetch(offsets: ReadonlyMap<string, bigint>): Promise<Fetched[]>
  close(): Promise<void>
}

const waitMs = 500
const partitionBytesMax = 1024 * 1024
const [earliest, latest] = [-2n, -1n]
const readCommitted = 1

export async function openCluster(settings: KafkaSettings, outbound: Outbound): Promise<Cluster> {
  // Some 50 MB of memory, which a server without such a source can do without.
  const { Admin, Consumer } = await import('@platformatic/kafka')
  const { brokers, topics, tls, certificate, sasl } = settings
  const options = {
    clientId: 'millrace',
    bootstrapBrokers: brokers,
    autocreateTopics: false,
    connectTimeout: 20_000,
    requestTimeout: 60_000,
    retries: 2,
    ...(tls && { tls: { lookup: outbound.lookup, ...(certificate !== undefined && { ca: certificate }) } }),
    ...(sasl && { sasl }),
  }
  // The group is only a name: nothing joins it, and nothing is committed.
  const consumer = new Consumer({ ...options, groupId: 'millrace' })
  const admin = new Admin(options)
  for (const client of [consumer, admin]) guard(client, outbound, tls)

  async function metadata(): Promise<ClusterMetadata> {
    const isPattern = topics.some((topic) => topic.includes('*'))
    const all = isPattern ? await admin.listTopics({}) : []
    const wanted = topics.flatMap((topic) => {
      if (!topic.includes('*')) return topic
      const pattern = new RegExp(`^${topic.replaceAll('.', '\\.').replaceAll('*', '.*')}$`)
      return all.filter((name) => !name.startsWith('__') && pattern.test(name))
    })
    if (wanted.length === 0) throw new NotRetryable(`The cluster has no topic like ${topics.join(', ')}`)
    consumer.topics.trackAll(...wanted)
    return consumer.metadata({ topics: [...new Set(wanted)], forceUpdate: true })
  }

  let known: ClusterMetadata | undefined
  return {
    partitions: () =>
      told(async () => {
        known = await metadata()
        const names = [...known.topics.keys()]
        const [first, next] = [
          await consumer.listOffsets({ topics: names, timestamp: earliest }),
          await consumer.listOffsets({ topics: names, timestamp: latest, isolationLevel: readCommitted }),
        ]
        return names.flatMap((topic) =>
          first.get(topic)!.map((offset, partition) => ({
            topic,
            partition,
            earliest: offset,
            latest: next.get(topic)![partition]!,
          })),
        )
      }),
    fetch: (offsets) =>
      told(async () => {
        const { topics } = known!
        const byLeader = Map.groupBy(offsets, ([key]) => {
          const { topic, partition } = placeOf(key)
          return topics.get(topic)!.partitions[partition]!.leader
        })
        const answers = await Promise.all(
          [...byLeader].map(async ([node, some]) => {
            const byTopic = Map.groupBy(some, ([key]) => placeOf(key).topic)
            const asked = [...byTopic].map(([topic, ofOne]) => ({
              topicId: topics.get(topic)!.id,
              partitions: ofOne.map(([key, fetchOffset]) => ({
                partition: placeOf(key).partition,
                currentLeaderEpoch: -1,
                fetchOffset,
                lastFetchedEpoch: -1,
                partitionMaxBytes: partitionBytesMax,
              })),
            }))
            const { responses } = await consumer.fetch({
              node,
              topics: asked,
              minBytes: 1,
              maxBytes: 16 * partitionBytesMax,
              maxWaitTime: waitMs,
              isolationLevel: readCommitted,
            })
            return responses
          }),
        )
        const names = new Map([...topics].map(([name, { id }]) => [id, name]))
        return answers.flat().flatMap(({ topicId, partitions }) =>
          partitions.map(({ partitionIndex, records, abortedTransactions }) => ({
            topic: names.get(topicId)!,
            partition: partitionIndex,
            batches: records ?? [],
            aborted: abortedTransactions ?? [],
          })),
        )
      }),
    async close() {
      await Promise.allSettled([consumer.close(true), admin.close()])
    },
  }
}

export function placeOf(key: string): { topic: string; partition: number } {
  const at = key.lastIndexOf('/')
  return { topic: key.slice(0, at), partition: Number(key.slice(at + 1)) }
}

interface Pool {
  get(broker: Broker, done?: (error: Error | null, connection?: unknown) => void): unknown
}

/**
 * The library has no place for a guard, so the pool of its connections gets one. Without TLS the address that was looked up is connected
 * to itself; with it the name is needed for the certificate, and the socket's own look-up is the guard's.
 */
function guard(client: object, outbound: Outbound, tls: boolean): void {
  const symbol = Object.getOwnPropertySymbols(client).find(
    ({ description }) => description === 'plt.kafka.base.connections',
  )
  const pool = symbol && (client as Record<symbol, Pool>)[symbol]
  if (pool === undefined) throw new Error('The connections of the Kafka library cannot be guarded')
  const get = pool.get.bind(pool)
  pool.get = (broker, done = () => {}) => {
    try {
      outbound.check(broker.host)
    } catch (error) {
      return done(error as Error)
    }
    if (tls || isIP(broker.host)) return get(broker, done)
    return outbound.lookup(broker.host, { all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : []
      const attempt = (failure: Error | null): unknown => {
        const host = addresses.shift()
        return host === undefined
          ? done(failure ?? new Error(`${broker.host} has no address`))
          : get({ ...broker, host }, (error, connection) => (error ? attempt(error) : done(null, connection)))
      }
      attempt(error)
    })
  }
}

/** The library's errors hold those of each try. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const all = causesOf(error)
    const forbidden = all.find((one) => (one as { code?: unknown }).code === 'forbidden')
    if (forbidden !== undefined) throw forbidden
    if (error instanceof NotRetryable) throw error
    const message = all.at(-1)!.message
    if (/auth/i.test(all.map(String).join(' '))) throw new NotRetryable(`The brokers refuse: ${message}`)
    throw sourceUnavailable(`Kafka could not be asked: ${message}`, { cause: error })
  }
}

function causesOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return [new Error(String(error))]
  const inner = [...(error instanceof AggregateError ? error.errors : []), ...(error.cause ? [error.cause] : [])]
  return [error, ...inner.flatMap(causesOf)]
}
