/** Kafka as a source: against Apache Kafka itself. */
import { setTimeout as delay } from 'node:timers/promises'
import { Admin, Producer, stringSerializers } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openOutbound } from '../../outbound.ts'
import { silentLogger } from '../../telemetry.ts'
import { testConnector } from '../connector.suite.ts'
import { type Connector, type ConnectorContext, NotRetryable, type PulledDraft } from '../connector.ts'
import { type KafkaBroker, openKafkaBroker } from './kafka/broker.fixture.ts'
import { kafka } from './kafka.ts'

let broker: KafkaBroker
let admin: Admin
let producer: Producer<string, string, string, string>

beforeAll(async () => {
  broker = await openKafkaBroker()
  const options = { clientId: 'test', bootstrapBrokers: [broker.address], retries: false }
  admin = new Admin(options)
  await untilReady(admin)
  producer = new Producer({ ...options, retries: 5, serializers: stringSerializers })
}, 300_000)
afterAll(async () => {
  await producer?.close()
  await admin?.close()
  await broker?.[Symbol.asyncDispose]()
})

/** The hook's own time limit ends it. */
async function untilReady(admin: Admin): Promise<void> {
  while (!(await admin.listTopics({}).catch(() => undefined))) {
    if (broker.hasEnded) throw new Error('The broker ended while it started')
    await delay(250)
  }
}

let number = 0
async function topic(partitions = 1, name = `topic-${++number}`): Promise<string> {
  await admin.createTopics({ topics: [name], partitions, replicas: 1 })
  return name
}

const send = (topic: string, values: readonly string[], partition = 0) =>
  producer.send({
    messages: values.map((value, index) => ({ topic, partition, key: `k${index}`, value, headers: { trace: 'abc' } })),
    acks: -1,
  })

interface Asked {
  readonly state?: Record<string, string>
  readonly signal?: AbortSignal
  readonly allowed?: string[]
  readonly onPage?: (drafts: readonly PulledDraft[]) => Promise<void> | void
}

async function read(
  given: Record<string, unknown>,
  { state = {}, signal, allowed = ['127.0.0.1'], onPage }: Asked = {},
) {
  const context = {
    outbound: openOutbound(allowed),
    log: silentLogger,
    signal: signal ?? new AbortController().signal,
    progress() {},
  } as unknown as ConnectorContext
  const result = {
    drafts: [] as PulledDraft[],
    state: state as Record<string, string | undefined>,
    error: undefined as Error | undefined,
  }
  try {
    const settings = kafka.settings.parse({ brokers: [broker.address], ...given })
    for await (const page of kafka.read(settings, kafka.state.parse(state), context)) {
      result.drafts.push(...page.drafts)
      result.state = { ...result.state, ...page.state }
      await onPage?.(page.drafts)
    }
  } catch (error) {
    result.error = error as Error
  }
  return result
}

describe('topics', () => {
  it('are read to where they ended, by partition and offset, and gone on with the next time', async () => {
    const name = await topic(2)
    await send(name, ['{"n":1}', '{"n":2}'])
    await send(name, ['[3]'], 1)
    const first = await read({ topics: [name] })
    expect(first.error).toBeUndefined()
    expect(first.drafts.map(({ id }) => id).toSorted()).toEqual([`${name}-0-0`, `${name}-0-1`, `${name}-1-0`])
    expect(first.drafts.find(({ id }) => id === `${name}-0-1`)).toMatchObject({
      type: name,
      time: expect.any(Number),
      data: { n: 2, kafka: { topic: name, partition: 0, offset: '1', key: 'k1', headers: { trace: 'abc' } } },
    })
    expect(first.drafts.find(({ id }) => id === `${name}-1-0`)?.data['value']).toEqual([3])
    expect(first.state).toEqual({ [`${name}/0`]: '2', [`${name}/1`]: '1' })
    await send(name, ['{"n":4}'], 1)
    const second = await read({ topics: [name] }, { state: first.state as Record<string, string> })
    expect(second.drafts.map(({ id }) => id)).toEqual([`${name}-1-1`])
    expect((await read({ topics: [name] }, { state: second.state as Record<string, string> })).drafts).toEqual([])
  })

  it('are found by a pattern; one that is not there is told', async () => {
    for (const name of ['shop.eu', 'shop.us', 'shopping']) await send(await topic(1, name), ['{}'])
    const { drafts } = await read({ topics: ['shop.*'], table: 'sale' })
    expect(drafts.map(({ id, type }) => [id, type]).toSorted()).toEqual([
      ['shop.eu-0-0', 'sale'],
      ['shop.us-0-0', 'sale'],
    ])
    expect((await read({ topics: ['nothing*'] })).error?.message).toContain('no topic like nothing*')
  })

  it('have values that are texts, bytes, or no JSON', async () => {
    const name = await topic()
    await send(name, ['Grüße', '{"a":\n'])
    expect((await read({ topics: [name], values: 'text' })).drafts[0]!.data['value']).toBe('Grüße')
    expect((await read({ topics: [name], values: 'bytes' })).drafts[0]!.data['value']).toBe(
      Buffer.from('Grüße').toString('base64'),
    )
    expect((await read({ topics: [name] })).drafts.map(({ line }) => line?.toString())).toEqual(['Grüße\n', '{"a": \n'])
  })

  it('are waited for in a run that is live, until it is cancelled; from the end where that is wanted', async () => {
    const name = await topic()
    await send(name, ['{"n":0}'])
    const stop = new AbortController()
    const seen: unknown[] = []
    const running = read(
      { topics: [name], isLive: true },
      {
        signal: stop.signal,
        onPage(drafts) {
          seen.push(...drafts.map(({ data }) => data['n']))
          if (seen.length === 3) stop.abort(new Error('cancelled'))
        },
      },
    )
    await expect.poll(() => seen, { timeout: 30_000 }).toEqual([0])
    await send(name, ['{"n":1}', '{"n":2}'])
    expect((await running).error?.message).toBe('cancelled')
    expect(seen).toEqual([0, 1, 2])
    const fromEnd = await read({ topics: [name], begin: 'latest' })
    expect([fromEnd.drafts, fromEnd.state]).toEqual([[], { [`${name}/0`]: '3' }])
  })

  it('whose next message is gone begin anew', async () => {
    const name = await topic()
    await send(name, ['{"n":0}'])
    expect((await read({ topics: [name] }, { state: { [`${name}/0`]: '17' } })).drafts).toHaveLength(1)
  })
})

it('what a transaction took back is left out, and what it brought is there', async () => {
  const name = await topic()
  const own = new Producer({
    clientId: 'test',
    bootstrapBrokers: [broker.address],
    serializers: stringSerializers,
    idempotent: true,
    transactionalId: `transaction-${name}`,
  })
  for (const [n, isKept] of [true, false, true].entries()) {
    const transaction = await own.beginTransaction()
    await transaction.send({ messages: [{ topic: name, partition: 0, key: 'k', value: `{"n":${n}}` }] })
    await (isKept ? transaction.commit() : transaction.abort())
  }
  await own.close()
  const { error, drafts, state } = await read({ topics: [name] })
  expect([error, drafts.map(({ data }) => data['n'])]).toEqual([undefined, [0, 2]])
  expect((await read({ topics: [name] }, { state: state as Record<string, string> })).drafts).toEqual([])
})

it('brokers that want to know who asks let in who has the password, and nobody else, who is not tried again', async () => {
  const name = await topic()
  await send(name, ['{"n":1}'])
  const sasl = { mechanism: 'PLAIN', username: 'ada', password: 'secret-of-ada' }
  const given = { brokers: [broker.lockedAddress], topics: [name] }
  const { error, drafts } = await read({ ...given, sasl })
  expect([error, drafts.length]).toEqual([undefined, 1])
  const wrong = await read({ ...given, sasl: { ...sasl, password: 'secret-of-eve' } })
  expect(wrong.error).toBeInstanceOf(NotRetryable)
  expect(wrong.error?.message).not.toContain('secret-of')
})

it.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'])(
  'brokers that encrypt are believed by their certificate, and told by %s who asks',
  async (mechanism) => {
    const name = await topic()
    await send(name, ['{"n":1}', '{"n":2}'])
    const sasl = { mechanism, username: 'ada', password: 'secret-of-ada' }
    const given = { brokers: [broker.encryptedAddress], topics: [name], tls: true, certificate: broker.certificate }
    const { error, drafts } = await read({ ...given, sasl })
    expect([error, drafts.map(({ data }) => data['n'])]).toEqual([undefined, [1, 2]])
    const wrong = await read({ ...given, sasl: { ...sasl, password: 'secret-of-eve' } })
    expect(wrong.error).toBeInstanceOf(NotRetryable)
    expect(wrong.error?.message).not.toContain('secret-of')
    const unknown = await read({ ...given, sasl, certificate: undefined })
    expect(unknown.error?.message).toMatch(/certificate/i)
    expect(unknown.drafts).toEqual([])
    expect((await read({ ...given, sasl }, { allowed: [] })).error).toMatchObject({ code: 'forbidden' })
    expect((await read({ ...given, sasl, tls: false })).error).toBeDefined()
  },
)

it('brokers are not reached where the operator does not allow it, nor where nobody listens', async () => {
  expect((await read({ topics: ['x'] }, { allowed: [] })).error).toMatchObject({ code: 'forbidden' })
  const [, port] = broker.address.split(':')
  expect((await read({ brokers: [`localhost:${port}`], topics: ['x'] }, { allowed: [] })).error).toMatchObject({
    code: 'forbidden',
  })
  // The name is allowed, and the address that the broker gives of itself is not.
  const named = { brokers: [`localhost:${port}`], topics: [await topic()] }
  expect((await read(named, { allowed: ['localhost'] })).error).toMatchObject({ code: 'forbidden' })
  expect((await read(named, { allowed: ['localhost', '127.0.0.1'] })).error).toBeUndefined()
  expect((await read({ brokers: ['127.0.0.1:1'], topics: ['x'] })).error).toMatchObject({ code: 'source_unavailable' })
})

testConnector('Kafka', async () => {
  const name = await topic(2)
  for (const partition of [0, 1])
    await send(
      name,
      Array.from({ length: 2_500 }, (_, n) => `{"n":${n},"partition":${partition}}`),
      partition,
    )
  return {
    connector: kafka as unknown as Connector,
    settings: { brokers: [broker.address], topics: [name] },
    rowCount: 5_000,
    async [Symbol.asyncDispose]() {},
  }
})
