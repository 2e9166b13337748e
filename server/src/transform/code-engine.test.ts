import { newIdBase } from '@millrace/event/id'
import { expect, it } from 'vitest'
import type { EventBatch } from '../batch.ts'
import { MillraceError } from '../errors.ts'
import { silentLogger } from '../telemetry.ts'
import { type Deployment, defaultTransformLimits } from '../transform.ts'
import { openCodeEngine, type Transformed } from './code-engine.ts'
import { type FakeCode, Kill, openFakeGuests } from './fake-guests.fixture.ts'
import type { FlowInput } from './flow.ts'
import { eventCount, type Guest, GuestKilled, outputCount } from './guest.ts'
import type { RunAnswer } from './guest-protocol.ts'

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

it('a deployment that calls no module is as none', async () => {
  const { engine } = engineOf({})
  engine.deploy({ ...deployment('code'), order: [] })
  const transformed = await engine.run([inputOf(['{}'])], never)
  expect([transformed.version, engine.state().state]).toEqual([undefined, 'none'])
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
  const input = inputOf(Array.from({ length: 2_000 }, (_, n) => `{"n":${n}}`))
  for (const [version, by] of [
    [1, 'old'],
    [2, 'new'],
  ] as const) {
    const transformed = await engine.run([input], never)
    expect(new Set(made(transformed).map(([, data]) => data.by))).toEqual(new Set([by]))
    expect(transformed.inputs[0]!.transformVersion).toBe(version)
  }
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

it('a time that is no whole number of milliseconds is the fault of its event alone', async () => {
  const guest = guestOf((count) => ({
    outputs: Array.from({ length: count }, (_, n) => [0, n === 0 ? 1.5 : 7] as const),
  }))
  const engine = openCodeEngine({ guests: { open: async () => guest }, logger: silentLogger })
  engine.deploy(deployment('code'))
  const transformed = await engine.run([inputOf(['{"n":0}', '{"n":1}'])], never)
  expect(transformed.faults).toMatchObject([{ event: 0, fault: { code: 'transform_output' } }])
  expect(transformed.inputs[0]!.batch.times).toEqual([7])
})

it('of a batch that becomes more than is held at once the first inputs are done, and the others are for the next call', async () => {
  const guests = openFakeGuests({ code: ({ n }) => ({ n, text: 'x'.repeat(25_000) }) })
  const engine = openCodeEngine({ guests, logger: silentLogger, heldBytesMax: 200_000 })
  engine.deploy(deployment('code'))
  const inputs = Array.from({ length: 2_200 }, (_, n) => inputOf([`{"n":${n}}`], {}, BigInt(n)))
  const seen: unknown[] = []
  const lengths: number[] = []
  for (let done = 0; done < inputs.length; done += lengths.at(-1)!) {
    const transformed = await engine.run(inputs.slice(done), never)
    lengths.push(transformed.inputs.length)
    expect([transformed.counts.length, transformed.faults]).toEqual([lengths.at(-1), []])
    for (const place of transformed.inputs.keys()) seen.push((made(transformed, place)[0]![1] as { n: number }).n)
  }
  expect(seen).toEqual(inputs.map((_, n) => n))
  expect(lengths).toEqual([1_000, 1_000, 200])
})

it('events without end take their share of what is held, empty as they are', async () => {
  const guests = openFakeGuests({ code: () => Array.from({ length: 100 }, () => ({})) })
  const engine = openCodeEngine({ guests, logger: silentLogger, heldBytesMax: 1_000_000 })
  engine.deploy(deployment('code'))
  const inputs = Array.from({ length: 2_000 }, () => inputOf(['{}']))
  expect((await engine.run(inputs, never)).inputs.length).toBe(1_000)
})

it('events that become too much at once are tried with fewer', async () => {
  const { engine, guests } = engineOf({ code: ({ n }) => ({ n, text: 'x'.repeat(2_000_000) }) })
  engine.deploy(deployment('code'))
  const inputs = Array.from({ length: 40 }, (_, n) => inputOf([`{"n":${n}}`]))
  const transformed = await engine.run(inputs, never)
  expect([transformed.inputs.length, transformed.faults, guests.calls]).toEqual([40, [], 80])
})

it('what several stages make of one event together is held to the limits of one', async () => {
  const { engine } = engineOf({
    many: (event) => (event['n'] === 1 ? event : Array.from({ length: 9 }, () => event)),
  })
  const stages = deployment([
    ['many', 'javascript'],
    ['many', 'python'],
  ])
  engine.deploy({ ...stages, limits: { ...stages.limits, outputEventsMax: 80 } })
  const transformed = await engine.run([inputOf(['{"n":0}', '{"n":1}'])], never)
  expect(transformed.faults).toMatchObject([{ event: 0, fault: { code: 'transform_output' } }])
  expect(made(transformed)).toEqual([['order', { n: 1 }]])
})

it('an event split off one that was split off names the event of the log as its parent', async () => {
  const { engine } = engineOf({ two: (event) => [event, event] })
  engine.deploy(
    deployment([
      ['two', 'javascript'],
      ['two', 'python'],
    ]),
  )
  const { inputs } = await engine.run([inputOf(['{}'], { ids: ['first'] })], never)
  expect(inputs[0]!.parents).toEqual(['first', 'first', 'first', 'first'])
  expect(new Set(inputs[0]!.batch.ids).size).toBe(4)
})

it('code that is killed in its second stage is paused, though the first stage runs well and events come one by one', async () => {
  const { engine, paused } = engineOf({
    fine: (event) => event,
    bad: () => {
      throw new Kill('time')
    },
  })
  engine.deploy(
    deployment([
      ['fine', 'javascript'],
      ['bad', 'python'],
    ]),
  )
  for (let event = 0; event < 4; event++) await engine.run([inputOf(['{}'])], never)
  expect(paused).toEqual([])
  const stop = new AbortController()
  const running = engine.run([inputOf(['{}'])], stop.signal)
  await expect.poll(() => paused.length).toBe(1)
  stop.abort(new Error('closing'))
  await expect(running).rejects.toThrow('closing')
})

it('events that are stopped here and there do not pause the code', async () => {
  const fast = guestOf(() => {
    throw new GuestKilled('time', undefined)
  })
  const careful = guestOf((count) => ({
    counts: Array.from({ length: count }, (_, n) => (n % 2 === 0 ? -1 : 1)),
    faults: Array.from({ length: Math.ceil(count / 2) }, (_, n) => ({
      index: 2 * n,
      code: 'transform_timeout' as const,
      message: 'long',
    })),
    outputs: Array.from({ length: count >> 1 }, () => [0, 0] as const),
  }))
  const guest: Guest = {
    run: (request, lines) => (request.careful ? careful : fast).run(request, lines),
    close() {},
  }
  const paused: string[] = []
  const engine = openCodeEngine({
    guests: { open: async () => guest },
    logger: silentLogger,
    onPaused: (reason) => paused.push(reason),
  })
  engine.deploy(deployment('code'))
  const transformed = await engine.run([inputOf(Array.from({ length: 20 }, () => '{}'))], never)
  expect([transformed.faults.length, paused]).toEqual([10, []])
})

it('an event of which several parts have the code killed is killed for once', async () => {
  const { engine, paused } = engineOf({
    split: (event) => (event['n'] === 0 ? Array.from({ length: 9 }, () => event) : event),
    bad: (event) => {
      if (event['n'] === 0) throw new Kill('memory')
      return event
    },
  })
  engine.deploy(
    deployment([
      ['split', 'javascript'],
      ['bad', 'python'],
    ]),
  )
  const transformed = await engine.run([inputOf(['{"n":0}', '{"n":1}'])], never)
  expect([transformed.faults.map(({ event }) => event), paused]).toEqual([[0], []])
})

it('a pipeline that ends while its code turns out to be none does not wait for somebody to resume it', async () => {
  const stop = new AbortController()
  const engine = openCodeEngine({
    logger: silentLogger,
    guests: {
      async open() {
        stop.abort(new Error('closing'))
        throw new MillraceError('invalid_code', 'no')
      },
    },
  })
  engine.deploy(deployment('code'))
  await expect(engine.run([inputOf(['{}'])], stop.signal)).rejects.toThrow('closing')
})

it('a pipeline that ends does not wait until the last of many events was tried', async () => {
  const stop = new AbortController()
  const { engine, guests } = engineOf({
    code: (event) => {
      if (guests.calls > 3) stop.abort(new Error('closing'))
      if ((event['n'] as number) % 2 === 0) throw new Kill('time')
      return event
    },
  })
  engine.deploy(deployment('code'))
  const texts = Array.from({ length: 400 }, (_, n) => `{"n":${n}}`)
  await expect(engine.run([inputOf(texts)], stop.signal)).rejects.toThrow('closing')
  expect(guests.calls).toBeLessThan(20)
})

it('a pipeline that ends does not wait for code that is running', async () => {
  const stop = new AbortController()
  const killed = Promise.withResolvers<never>()
  const guest: Guest = {
    run() {
      setImmediate(() => stop.abort(new Error('closing')))
      return killed.promise
    },
    close: () => killed.reject(new GuestKilled('crash', undefined)),
  }
  const engine = openCodeEngine({ guests: { open: async () => guest }, logger: silentLogger })
  engine.deploy(deployment('code'))
  await expect(engine.run([inputOf(['{}'])], stop.signal)).rejects.toThrow('closing')
})

/** A guest that answers with what it makes of so many events; one output each, unless it says otherwise. */
function guestOf(answer: (count: number) => Partial<RunAnswer>): Guest {
  return {
    async run(request) {
      const count = 'json' in request ? request.count : eventCount(request.events)
      const counts = Array.from({ length: count }, () => 1)
      const outputs = counts.map(() => [0, 0] as const)
      const whole = { kind: 'ran' as const, counts, outputs, faults: [], printed: '', ...answer(count) }
      return { answer: whole, outputs: Buffer.from('{}\n'.repeat(outputCount(whole.outputs))) }
    },
    close() {},
  }
}
