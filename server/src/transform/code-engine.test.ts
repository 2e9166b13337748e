import { newIdBase } from '@millrace/event/id'
import { expect, it } from 'vitest'
import type { EventBatch } from '../batch.ts'
import { silentLogger } from '../telemetry.ts'
import { type Deployment, defaultTransformLimits } from '../transform.ts'
import { openCodeEngine, type Transformed } from './code-engine.ts'
import { type FakeCode, Kill, openFakeGuests } from './fake-guests.fixture.ts'
import type { FlowInput } from './flow.ts'

const never = new AbortController().signal

function deployment(
  code: string | readonly [code: string, language: 'javascript' | 'python'][],
  version = 1,
): Deployment {
  const modules = (typeof code === 'string' ? [[code, 'javascript'] as const] : code).map(
    ([text, language], place) => ({
      name: place === 0 ? 'main' : `main${place}`,
      language,
      code: text,
    }),
  )
  const order = modules.map(({ name }) => name)
  return { version, modules, order, secrets: {}, lookups: {}, limits: defaultTransformLimits }
}

function inputOf(texts: readonly string[], more: Partial<EventBatch> = {}, firstOffset = 0n): FlowInput {
  const parts = texts.map((text) => Buffer.from(text))
  const starts = new Uint32Array(parts.length)
  const ends = new Uint32Array(parts.length)
  let length = 0
  for (const [place, { length: size }] of parts.entries()) {
    starts[place] = length
    length += size
    ends[place] = length
  }
  const batch: EventBatch = {
    input: { id: 'i', label: 'shop', type: 'native' },
    receivedAt: 1_000,
    idBase: newIdBase(1_000),
    types: ['order'],
    starts,
    ends,
    payload: Buffer.concat(parts),
    ...more,
  }
  return { batch, firstOffset }
}

function engineOf(code: FakeCode) {
  const guests = openFakeGuests(code)
  const paused: string[] = []
  const engine = openCodeEngine({ guests, logger: silentLogger, onPaused: (reason) => paused.push(reason) })
  return { engine, guests, paused }
}

/** Of the first input: type and data of each event it became. */
function made({ inputs }: Transformed, place = 0) {
  const { types, typeIndex, payload, starts, ends } = inputs[place]!.batch
  return Array.from(starts, (start, event) => [
    types[typeIndex?.[event] ?? 0],
    JSON.parse(Buffer.from(payload.subarray(start, ends[event])).toString()),
  ])
}

it('without code, events go through as they are', async () => {
  const { engine, guests } = engineOf({})
  const input = inputOf(['{"a":1}'])
  const transformed = await engine.run([input], never)
  expect(transformed.inputs).toEqual([input])
  expect([transformed.version, guests.opened.length, engine.state().state]).toEqual([undefined, 0, 'none'])
})

it('the code changes, drops, splits and routes events, and what it made says so', async () => {
  const { engine } = engineOf({
    code: ({ n, _metadata, ...rest }) => {
      if (n === 0) return null
      if (n === 2) return [{ part: 1 }, { part: 2, _metadata: { event_type: 'item' } }]
      return { ...rest, n, seen: true }
    },
  })
  engine.deploy(deployment('code', 7))
  const input = inputOf(['{"n":0}', '{ "n":\n1 }', '{"n":2}'])
  const transformed = await engine.run([input], never)
  expect(made(transformed)).toEqual([
    ['order', { n: 1, seen: true }],
    ['order', { part: 1 }],
    ['item', { part: 2 }],
  ])
  expect(transformed.counts).toEqual([Uint32Array.of(0, 1, 2)])
  const [{ origins, parents, transformVersion, batch }] = transformed.inputs as [Transformed['inputs'][number]]
  expect([[...origins!], transformVersion]).toEqual([[1, 2, 2], 7])
  expect(parents![0]).toBeNull()
  expect(new Set(batch.ids).size).toBe(3)
  expect(parents![1]).toBe(parents![2])
  const again = await engine.run([input], never)
  expect(again.inputs[0]!.batch.ids).toEqual(batch.ids)
})

it('an event that the code throws on costs only itself, also where an earlier module had split it', async () => {
  const { engine } = engineOf({
    split: ({ n }) => [{ n }, { n: `${n}b` }],
    fail: (event) => {
      if (event['n'] === '1b') throw new Error('no')
      return event
    },
  })
  engine.deploy(
    deployment([
      ['split', 'javascript'],
      ['fail', 'python'],
    ]),
  )
  const transformed = await engine.run([inputOf(['{"n":0}', '{"n":1}'])], never)
  expect(made(transformed).map(([, data]) => data)).toEqual([{ n: 0 }, { n: '0b' }])
  expect(transformed.faults).toMatchObject([{ input: 0, event: 1, fault: { code: 'transform_error', line: 1 } }])
})

it('modules of one language are one stage, those of another the next', async () => {
  const { engine, guests } = engineOf({ a: (event) => event })
  engine.deploy(
    deployment([
      ['a', 'javascript'],
      ['a', 'javascript'],
      ['a', 'python'],
    ]),
  )
  await engine.run([inputOf(['{}'])], never)
  expect(guests.opened.map(({ sandbox, order }) => [sandbox, order])).toEqual([
    ['javascript', ['main', 'main1']],
    ['python', ['main2']],
  ])
})

it('of events whose code has to be killed only the culprits are set aside', async () => {
  const { engine, paused } = engineOf({
    code: (event) => {
      const n = event['n'] as number
      if (n % 25 === 13) throw new Kill(n === 13 ? 'time' : 'memory')
      return event
    },
  })
  engine.deploy(deployment('code'))
  const texts = Array.from({ length: 100 }, (_, n) => `{"n":${n}}`)
  const transformed = await engine.run([inputOf(texts)], never)
  expect(transformed.faults.map(({ event, fault }) => [event, fault.code])).toEqual([
    [13, 'transform_timeout'],
    [38, 'transform_memory'],
    [63, 'transform_memory'],
    [88, 'transform_memory'],
  ])
  expect(transformed.inputs[0]!.batch.starts.length).toBe(96)
  expect(paused).toEqual([])
})

it('code that is killed five times in a row is paused, and goes on when it is resumed or deployed again', async () => {
  let isBroken = true
  const { engine, paused } = engineOf({
    code: (event) => {
      if (isBroken) throw new Kill('time')
      return event
    },
    better: (event) => ({ ...event, better: true }),
  })
  engine.deploy(deployment('code'))
  const running = engine.run([inputOf(Array.from({ length: 20 }, () => '{}'))], never)
  await expect.poll(() => engine.state().state).toBe('paused')
  engine.resume()
  await expect.poll(() => paused.length).toBe(2)
  isBroken = false
  engine.deploy(deployment('better', 2))
  const transformed = await running
  expect([transformed.version, transformed.faults.length, made(transformed)[0]]).toEqual([
    2,
    0,
    ['order', { better: true }],
  ])
})

it('paused code gives up its wait when the pipeline ends', async () => {
  const { engine } = engineOf({
    code: () => {
      throw new Kill('time')
    },
  })
  engine.deploy(deployment('code'))
  const stop = new AbortController()
  const running = engine.run([inputOf(Array.from({ length: 9 }, () => '{}'))], stop.signal)
  await expect.poll(() => engine.state().state).toBe('paused')
  stop.abort(new Error('closing'))
  await expect(running).rejects.toThrow('closing')
})

it('a batch is made by one version alone, though another is deployed in the middle of it', async () => {
  const { engine } = engineOf({
    old: (event) => {
      if (event['n'] === 700) engine.deploy(deployment('new', 2))
      return { by: 'old' }
    },
    new: () => ({ by: 'new' }),
  })
  engine.deploy(deployment('old'))
  const transformed = await engine.run([inputOf(Array.from({ length: 2_000 }, (_, n) => `{"n":${n}}`))], never)
  expect(new Set(made(transformed).map(([, { by }]) => by))).toEqual(new Set(['new']))
  expect(transformed.inputs[0]!.transformVersion).toBe(2)
})

it('what the code returns is proved: no event type that is no name, no event that is too large', async () => {
  const { engine } = engineOf({
    code: ({ n }) => {
      if (n === 0) return { _metadata: { event_type: ' ' } }
      if (n === 1) return { text: 'x'.repeat(5_000_000) }
      if (n === 2) return Array.from({ length: 1_001 }, () => ({}))
      return { n }
    },
  })
  engine.deploy(deployment('code'))
  const transformed = await engine.run([inputOf(['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}'])], never)
  expect(transformed.faults.map(({ event, fault }) => [event, fault.code])).toEqual([
    [0, 'transform_output'],
    [1, 'transform_output'],
    [2, 'transform_output'],
  ])
  expect(made(transformed)).toEqual([['order', { n: 3 }]])
})

it('events that become too much together are set aside, each whole', async () => {
  const { engine } = engineOf({ code: () => [{ text: 'x'.repeat(2_000_000) }, { text: 'y'.repeat(1_900_000) }] })
  engine.deploy(deployment('code'))
  const texts = Array.from({ length: 40 }, () => '{}')
  const transformed = await engine.run([inputOf(texts)], never)
  const kept = transformed.inputs[0]!.batch.starts.length
  expect(kept % 2).toBe(0)
  expect(kept / 2 + transformed.faults.length).toBe(40)
  expect(transformed.faults.length).toBeGreaterThan(3)
  expect([...transformed.counts[0]!].every((count) => count === 1 || count === 2)).toBe(true)
})
