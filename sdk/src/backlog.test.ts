import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openBacklog } from './backlog.ts'
import { isAnswered, listContents } from './batch.ts'
import { openPacks } from './node/pack.ts'
import type { Backlog, Batch } from './parts.ts'

const limits = { backlogSize: 50, backlogBytes: 5000, batchSize: 8, batchBytes: 400, flushInterval: 100 }

const event = (id: number) => ({ stream: 's', id: String(id), time: 0, data: '{}' })
const idsOf = (batch: Batch | undefined) => batch?.contents.events().map(({ id }) => Number(id)) ?? []
const packs = openPacks(limits)

interface Kept {
  readonly id: number
  readonly bytes: number
  readonly at: number
}

/** What a backlog does, told by the simplest thing that does it: a list for each lane. */
class Model {
  readonly lanes = new Map<string, Kept[]>()
  readonly underWay: { batch: Batch; kept: Kept[] }[] = []
  id = 0
  time = 0

  get items(): Kept[] {
    return [...this.lanes.values(), ...this.underWay.map(({ kept }) => kept)].flat()
  }

  /** Takes what a batch holds away from its lane. */
  take(batch: Batch): Kept[] {
    const own = this.lanes.get(batch.lane)!
    const taken = own.slice(0, batch.count)
    expect(idsOf(batch)).toEqual(taken.map(({ id }) => id))
    if (own.length === taken.length) this.lanes.delete(batch.lane)
    else this.lanes.set(batch.lane, own.slice(taken.length))
    return taken
  }
}

type Command = fc.Command<Model, Backlog>
const command = (name: string, run: (model: Model, real: Backlog) => void): Command => ({
  check: () => true,
  run(model, real) {
    run(model, real)
    expect(real.count).toBe(model.items.length)
    expect(real.items().flatMap(idsOf)).toEqual([...model.lanes.values()].flat().map(({ id }) => id))
    if (real.count === 0) expect(real.bytes).toBe(0)
  },
  toString: () => name,
})

const commands = [
  fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 300 })).map(([lane, bytes]) =>
    command(`add ${lane} ${bytes}`, (model, real) => {
      expect(real.hasRoom(bytes)).toBe(real.count < limits.backlogSize && real.bytes + bytes <= limits.backlogBytes)
      if (!real.hasRoom(bytes)) return
      const added = { id: ++model.id, bytes, at: model.time }
      real.add(lane, event(added.id), bytes, model.time)
      model.lanes.set(lane, [...(model.lanes.get(lane) ?? []), added])
    }),
  ),
  fc.boolean().map((isFlush) =>
    command(`take ${isFlush}`, (model, real) => {
      const dueIn = real.dueIn(model.time)
      const oldest = Math.min(...[...model.lanes.values()].map(([first]) => first!.at))
      const batch = real.take(model.time, isFlush)
      expect(batch === undefined).toBe(isFlush ? model.lanes.size === 0 : dueIn > 0)
      if (batch === undefined) return
      const kept = model.take(batch)
      if (isFlush) expect(batch.at).toBeLessThanOrEqual(oldest)
      expect(kept.length).toBeLessThanOrEqual(limits.batchSize)
      expect(kept.length === 1 || kept.reduce((sum, { bytes }) => sum + bytes, 0) <= limits.batchBytes).toBe(true)
      model.underWay.push({ batch, kept })
    }),
  ),
  fc.constantFrom('settle', 'put back').map((what) =>
    command(what, (model, real) => {
      const one = model.underWay.shift()
      if (one === undefined) return
      const { batch, kept } = one
      if (what === 'settle') return real.settle(batch)
      real.putBack(batch)
      const waited = kept.map((item) => ({ ...item, at: Number.NEGATIVE_INFINITY }))
      model.lanes.set(batch.lane, [...waited, ...(model.lanes.get(batch.lane) ?? [])])
    }),
  ),
  fc.constant(
    command('shift', (model, real) => {
      const batch = real.shift()
      expect(batch?.count).toBe(model.lanes.size === 0 ? undefined : 1)
      if (batch === undefined) return
      model.take(batch)
      real.settle(batch)
    }),
  ),
  fc.integer({ min: 1, max: 150 }).map((ms) =>
    command(`${ms} ms pass`, (model) => {
      model.time += ms
    }),
  ),
]

describe.each([
  ['objects', listContents],
  ['bytes', packs],
])('a backlog of %s', (_, openContents) => {
  const open = (other: object = {}) => openBacklog({ ...limits, ...other }, openContents)
  const add = (backlog: Backlog, id: number, bytes = 10, at = 0) => backlog.add('a', event(id), bytes, at)

  it('agrees with lists: first in first out in each lane, none lost, none twice, within its bounds', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 200 }), (run) => {
        fc.modelRun(() => ({ model: new Model(), real: open() }), run)
      }),
      { numRuns: 200 },
    )
  })

  it('is due by count, by bytes and by time', () => {
    const byCount = open()
    for (let id = 1; id <= 7; id++) add(byCount, id)
    expect([byCount.take(99, false), byCount.dueIn(40)]).toEqual([undefined, 60])
    add(byCount, 8, 10, 90)
    expect(idsOf(byCount.take(90, false))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])

    const byBytes = open()
    add(byBytes, 1, 399)
    expect(byBytes.dueIn(0)).toBe(100)
    add(byBytes, 2, 1)
    expect(idsOf(byBytes.take(0, false))).toEqual([1, 2])

    const byTime = open()
    add(byTime, 1, 10, 50)
    expect([byTime.take(149, false), idsOf(byTime.take(150, false))]).toEqual([undefined, [1]])
  })

  it('lets what came after a whole batch wait no longer than it would have', () => {
    const backlog = open()
    for (let id = 1; id <= 9; id++) add(backlog, id)
    backlog.take(99, false)
    expect(backlog.dueIn(99)).toBe(1)
  })

  it('an event larger than a batch goes alone', () => {
    const backlog = open()
    for (const [index, bytes] of [10, 1000, 10].entries()) add(backlog, index + 1, bytes)
    expect([1, 2, 3].map(() => idsOf(backlog.take(0, true)))).toEqual([[1], [2], [3]])
  })

  it('counts what is under way until it is settled', () => {
    const backlog = open({ backlogSize: 2, backlogBytes: 100 })
    add(backlog, 1)
    add(backlog, 2)
    const taken = backlog.take(0, true)!
    expect([backlog.count, backlog.items(), backlog.bytes, backlog.hasRoom(1)]).toEqual([2, [], 20, false])
    backlog.settle(taken)
    expect([backlog.count, backlog.bytes, backlog.hasRoom(100), backlog.hasRoom(101)]).toEqual([0, 0, true, false])
  })

  it('remembers what the server takes at a time, of what is there already, too', () => {
    const backlog = open()
    for (let id = 1; id <= 7; id++) add(backlog, id)
    backlog.limitBatch(3)
    backlog.limitBatch(5)
    for (let id = 8; id <= 9; id++) add(backlog, id)
    expect([1, 2, 3, 4].map(() => idsOf(backlog.take(0, true)))).toEqual([[1, 2, 3], [4, 5, 6], [7, 8], [9]])
  })

  it('a batch is answered for when both of its halves are', () => {
    const backlog = open()
    for (let id = 1; id <= 8; id++) add(backlog, id)
    const whole = backlog.take(0, true)!
    backlog.limitBatch(4)
    backlog.putBack(whole)
    const halves = [backlog.take(0, true)!, backlog.take(0, true)!]
    expect(halves.map(idsOf)).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ])
    const answered = halves.map((half) => {
      backlog.settle(half)
      return isAnswered(whole)
    })
    expect(answered).toEqual([false, true])
  })
})
