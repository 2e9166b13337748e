import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MillraceError } from '../errors.ts'
import { type Logger, silentLogger } from '../telemetry.ts'
import { defaultTransformLimits, type TransformLimits } from '../transform.ts'
import { type Guest, GuestKilled, type Guests } from './guest.ts'
import { openGuests } from './guests.ts'
import { canMakeNamespaces, fixtureSandbox } from './process/guest.fixture.ts'
import { collectStops } from './process/stops.fixture.ts'

/** Long enough for a busy machine; what is about time has its own. */
const limits: TransformLimits = {
  ...defaultTransformLimits,
  eventMs: 5_000,
  chunkMs: 5_000,
  memoryBytes: 32 * 1024 * 1024,
}

describe.skipIf(!canMakeNamespaces())('guests', () => {
  let guests: Guests
  const complaints: unknown[] = []
  const stops = collectStops()
  const logger: Logger = { ...stops.logger, error: (_, fields) => complaints.push(fields?.['complaint']) }
  beforeAll(async () => {
    guests = await openGuests({ logger })
  })
  afterAll(() => guests.close())

  const open = (code = '', changes: Partial<TransformLimits> = {}) =>
    guests.open(fixtureSandbox, {
      modules: [{ name: 'main', code }],
      order: ['main'],
      secrets: {},
      lookups: {},
      limits: { ...limits, ...changes },
    })

  test('get out by no way that is tried', () => {
    expect(guests.isolation.probes.filter(({ isHeld }) => !isHeld)).toEqual([])
    expect(guests.isolation.probes.map(({ name }) => name).sort()).toEqual([
      'environment',
      'files',
      'memory',
      'network',
      'new processes',
      'privileges',
      'processes',
      'system calls',
      'time',
      'writing',
    ])
    expect(guests.isolation.level).toBe('full')
  })

  test('answer with a line for each output', async () => {
    const guest = await open()
    expect(await run(guest, ['echo', 'drop', 'double'])).toEqual({
      answer: { kind: 'ran', counts: [1, 0, 2], outputs: Array(3).fill([0, 0]), faults: [], printed: '' },
      text: '{"n":0}\n{"n":2}\n{"n":2}\n',
    })
    expect((await run(guest, ['echo', 'echo'], true)).text).toBe('{"n":0}\n{"n":1}\n')
    guest.close()
  })

  test('take a chunk of many megabytes and give it back', async () => {
    const guest = await open('', { chunkMs: 20_000, memoryBytes: 512 * 1024 * 1024 })
    const line = JSON.stringify({ text: 'é'.repeat(100_000) })
    const types = Array<string>(200).fill('echo')
    const { outputs } = await guest.run(requestOf(types, false), Buffer.from(types.map(() => line).join('\n')))
    expect(Buffer.from(outputs).toString() === types.map(() => `${line}\n`).join('')).toBe(true)
    expect(outputs.buffer.byteLength).toBe(outputs.length) // nothing else crosses to another thread with it
    guest.close()
  })

  test.each(['loop', 'hang'])('are killed at twice the time of a chunk when they %s', async (deed) => {
    const guest = await open('', { chunkMs: 400 })
    expect(await killed(guest, [deed])).toEqual({ reason: 'time', index: undefined })
    await stops.expectInTime(1)
    const { allowedMs, killedAfterMs } = stops.last()
    expect(allowedMs).toBe(800)
    expect(killedAfterMs).toBeGreaterThanOrEqual(799)
  })

  test('are killed at twice the time of the event that they work on, and the event is named', async () => {
    const guest = await open('', { eventMs: 500, chunkMs: 500 })
    const began = performance.now()
    const slow = Array<string>(8).fill('sleep') // 1.2 s together, 0.15 s each
    expect(await killed(guest, [...slow, 'loop', 'echo'], true)).toEqual({ reason: 'time', index: 8 })
    expect(performance.now() - began).toBeGreaterThan(2_100)
    await stops.expectInTime(1)
    expect(stops.last()).toMatchObject({ reason: 'time', allowedMs: 1_000 }) // since it began this event
  })

  test('are killed when they hold more than they may', async () => {
    expect(await killed(await open(), ['echo', 'allocate'], true)).toEqual({ reason: 'memory', index: 1 })
    expect(await killed(await open(), ['allocate'])).toEqual({ reason: 'memory', index: undefined })
  })

  test.each(['announce too much', 'complain', 'say garbage'])(
    'are killed for what they say when they %s',
    async (deed) => {
      expect(await killed(await open(), [deed])).toEqual({ reason: 'output', index: undefined })
    },
  )

  test.each([
    'exit',
    'abort',
    'say no JSON',
    'nest deeply',
    'announce more than comes',
    'flood',
    'lie about counts',
    'leave out a count',
    'count a fault it has not',
    'fault an event it counted',
    'fault with another code',
    'leave out a line',
    'write no UTF-8',
    'say loaded',
  ])('are killed as broken when they %s', async (deed) => {
    expect(await killed(await open(), [deed])).toEqual({ reason: 'crash', index: undefined })
  })

  test.each(['begin again', 'begin another', 'flood'])('cannot win time when they %s', async (deed) => {
    expect(await killed(await open(), [deed], true)).toEqual({ reason: 'crash', index: 0 })
  })

  test('cannot start processes', async () => {
    expect(await killed(await open(), ['start processes'], true)).toEqual({ reason: 'crash', index: 0 })
  })

  test('that were killed say so again, and that they speak unasked is found at the next run', async () => {
    const guest = await open()
    await killed(guest, ['exit'])
    expect(await killed(guest, ['echo'])).toEqual({ reason: 'crash', index: undefined })
    const talker = await open()
    await run(talker, ['begin itself unasked'])
    expect(await killed(talker, ['sleep'])).toEqual({ reason: 'crash', index: undefined })
  })

  test('whose code cannot be loaded are refused with the reason', async () => {
    expect(await refusal(open('refuse'))).toMatchObject({
      code: 'invalid_code',
      fields: [{ field: 'main:3:7', message: 'No such name: a' }],
    })
    expect(await refusal(open('loop', { chunkMs: 400 }))).toMatchObject({
      code: 'invalid_code',
      message: expect.stringContaining('800 ms'),
    })
    expect(await refusal(open('allocate'))).toMatchObject({
      code: 'invalid_code',
      message: expect.stringContaining('32 MiB'),
    })
    expect(await refusal(open('exit'))).toMatchObject({
      code: 'invalid_code',
      message: expect.stringContaining('ended'),
    })
  })

  test('that do not start are unavailable, with what was complained about', async () => {
    const { guest, ...rest } = fixtureSandbox
    const broken = { ...rest, guest: { ...guest, entry: '/nowhere/guest.js', readable: [] } }
    const error = await refusal(guests.open(broken, { modules: [], order: [], secrets: {}, lookups: {}, limits }))
    expect(error).toMatchObject({ code: 'sandbox_unavailable', hint: 'The server’s log says why.' })
    expect(complaints).toEqual([expect.stringContaining('/nowhere/guest.js')])
  })
})

test('where bubblewrap cannot make namespaces, guests run all the same, and the log says what is not kept in and why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bwrap-'))
  const { PATH } = process.env
  const warnings: unknown[] = []
  try {
    await writeFile(
      join(folder, 'bwrap'),
      '#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n',
      { mode: 0o755 },
    )
    process.env['PATH'] = `${folder}:${PATH}`
    const guests = await openGuests({ logger: { ...silentLogger, warn: (_, fields) => warnings.push(fields) } })
    expect(guests.isolation.level).toBe('none')
    expect(warnings).toEqual([
      expect.objectContaining({
        isolation: 'none',
        notHeld: expect.stringContaining('network'),
        complaint: noNamespaces,
      }),
    ])
    const guest = await guests.open(fixtureSandbox, { modules: [], order: [], secrets: {}, lookups: {}, limits })
    expect((await run(guest, ['echo'])).answer.counts).toEqual([1])
    expect(await killed(guest, ['allocate'])).toEqual({ reason: 'memory', index: undefined })
    await guests.close()
  } finally {
    process.env['PATH'] = PATH
    await rm(folder, { recursive: true })
  }
})

const noNamespaces = 'bwrap: No permissions to create new namespace'

function requestOf(types: readonly string[], careful: boolean) {
  return {
    careful,
    inputs: [{ id: 'i', label: 'Input', type: 'native' }],
    types,
    events: types.map((_, index) => ['id', 0, index, 0, 0, 0, 0] as const),
  }
}

async function run(guest: Guest, types: readonly string[], careful = false) {
  const lines = types.map((_, n) => JSON.stringify({ n })).join('\n')
  const { answer, outputs } = await guest.run(requestOf(types, careful), Buffer.from(lines))
  return { answer, text: Buffer.from(outputs).toString() }
}

async function killed(guest: Guest, types: readonly string[], careful = false) {
  const error = await run(guest, types, careful).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof GuestKilled)) throw new Error('It was not killed', { cause: error })
  return { reason: error.reason, index: error.index }
}

async function refusal(opening: Promise<Guest>): Promise<MillraceError> {
  const outcome = await opening.catch((error: MillraceError) => error)
  if (outcome instanceof Error) return outcome
  outcome.close()
  throw new Error('It was opened')
}
