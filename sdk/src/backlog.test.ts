import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Backlog, openBacklog, type Waiting } from './backlog.ts'

const limits = { events: 50, bytes: 5000 }
const batch = { events: 8, bytes: 400, waitMs: 100 }

const item = (seq: number, bytes = 10, at = 0): Waiting => ({
  event: { stream: 's', id: String(seq), time: 0, data: '{}' },
  bytes,
  seq,
  at,
})
const seqs = (items: readonly Waiting[]) => items.map(({ seq }) => seq)

/** What a backlog does, told by the simplest thing that does it: a list for each lane. */
class Model {
  readonly lanes = new Map<string, Waiting[]>()
  readonly underWay: { lane: string; batch: Waiting[] }[] = []
  seq = 0
  time = 0

  get items(): Waiting[] {
    return [...this.lanes.values(), ...this.underWay.map(({ batch }) => batch)].flat()
  }
}

type Command = fc.Command<Model, Backlog>
const command = (name: string, run: (model: Model, real: Backlog) => void): Command => ({
  check: () => true,
  run(model, real) {
    run(model, real)
    expect(real.count).toBe(model.items.length)
    expect(real.bytes).toBe(model.items.reduce((sum, { bytes }) => sum + bytes, 0))
    expect(seqs(real.items())).toEqual(seqs([...model.lanes.values()].flat()))
  },
  toString: () => name,
})

const commands = [
  fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 300 })).map(([lane, bytes]) =>
    command(`add ${lane} ${bytes}`, (model, real) => {
      const sum = model.items.reduce((total, one) => total + one.bytes, 0)
      expect(real.hasRoom(bytes)).toBe(model.items.length < limits.events && sum + bytes <= limits.bytes)
      if (!real.hasRoom(bytes)) return
      const added = item(++model.seq, bytes, model.time)
      real.add(lane, added)
      model.lanes.set(lane, [...(model.lanes.get(lane) ?? []), added])
    }),
  ),
  fc.boolean().map((isFlush) =>
    command(`take ${isFlush}`, (model, real) => {
      const dueIn = real.dueIn(model.time)
      const taken = real.take(model.time, isFlush)
      const [lane, waiting = []] = [...model.lanes].find(([, own]) => own[0] === taken[0]) ?? []
      if (taken.length === 0) {
        expect(dueIn).toBeGreaterThan(0)
        if (isFlush) expect([...model.lanes.values()].flat()).toEqual([])
        return
      }
      expect(taken).toEqual(waiting.slice(0, taken.length))
      expect(taken.length).toBeLessThanOrEqual(batch.events)
      const bytes = taken.reduce((sum, one) => sum + one.bytes, 0)
      expect(taken.length === 1 || bytes <= batch.bytes).toBe(true)
      const oldest = Math.min(...[...model.lanes.values()].flatMap(([first]) => first?.at ?? []))
      if (isFlush) expect(taken[0]!.at).toBe(oldest)
      if (waiting.length === taken.length) model.lanes.delete(lane!)
      else model.lanes.set(lane!, waiting.slice(taken.length))
      model.underWay.push({ lane: lane!, batch: taken })
    }),
  ),
  fc.constantFrom('settle', 'put back').map((what) =>
    command(what, (model, real) => {
      const one = model.underWay.shift()
      if (one === undefined) return
      if (what === 'settle') return real.settle(one.batch)
      real.putBack(one.lane, one.batch)
      model.lanes.set(one.lane, [...one.batch, ...(model.lanes.get(one.lane) ?? [])])
    }),
  ),
  fc.constant(
    command('shift', (model, real) => {
      const heads = [...model.lanes.values()].map(([first]) => first!)
      const oldest = heads.sort((one, other) => one.seq - other.seq)[0]
      expect(real.shift()).toBe(oldest)
      if (oldest === undefined) return
      real.settle([oldest])
      for (const [lane, own] of model.lanes) {
        if (own[0] === oldest) model.lanes.set(lane, own.slice(1))
        if (model.lanes.get(lane)!.length === 0) model.lanes.delete(lane)
      }
    }),
  ),
  fc.integer({ min: 1, max: 150 }).map((ms) =>
    command(`${ms} ms pass`, (model) => {
      model.time += ms
    }),
  ),
]

describe('a backlog', () => {
  it('agrees with lists: first in first out in each lane, none lost, none twice, within its bounds', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 200 }), (run) => {
        fc.modelRun(() => ({ model: new Model(), real: openBacklog(limits, batch) }), run)
      }),
      { numRuns: 300 },
    )
  })

  it('is due by count, by bytes and by time', () => {
    const byCount = openBacklog(limits, batch)
    for (let seq = 1; seq <= 7; seq++) byCount.add('a', item(seq))
    expect([byCount.take(99, false), byCount.dueIn(40)]).toEqual([[], 60])
    byCount.add('a', item(8, 10, 90))
    expect(seqs(byCount.take(90, false))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])

    const byBytes = openBacklog(limits, batch)
    byBytes.add('a', item(1, 399))
    expect(byBytes.dueIn(0)).toBe(100)
    byBytes.add('a', item(2, 1))
    expect(seqs(byBytes.take(0, false))).toEqual([1, 2])

    const byTime = openBacklog(limits, batch)
    byTime.add('a', item(1, 10, 50))
    expect([byTime.take(149, false), seqs(byTime.take(150, false))]).toEqual([[], [1]])
  })

  it('lets what a batch left behind wait no longer than it would have', () => {
    const backlog = openBacklog(limits, batch)
    for (let seq = 1; seq <= 9; seq++) backlog.add('a', item(seq, 10, 0))
    backlog.take(99, false)
    expect(backlog.dueIn(99)).toBe(1)
  })

  it('an event larger than a batch goes alone', () => {
    const backlog = openBacklog(limits, batch)
    for (const [index, bytes] of [10, 1000, 10].entries()) backlog.add('a', item(index + 1, bytes))
    expect([1, 2, 3].map(() => seqs(backlog.take(0, true)))).toEqual([[1], [2], [3]])
  })

  it('counts what is under way until it is settled', () => {
    const backlog = openBacklog({ events: 2, bytes: 100 }, batch)
    backlog.add('a', item(1))
    backlog.add('a', item(2))
    const taken = backlog.take(0, true)
    expect([backlog.count, backlog.waiting, backlog.bytes, backlog.hasRoom(1)]).toEqual([2, 0, 20, false])
    backlog.settle(taken)
    expect([backlog.count, backlog.bytes, backlog.hasRoom(100), backlog.hasRoom(101)]).toEqual([0, 0, true, false])
  })

  it('remembers what the server takes at a time', () => {
    const backlog = openBacklog(limits, batch)
    backlog.limitBatch({ events: 3 })
    backlog.limitBatch({ events: 5 })
    for (let seq = 1; seq <= 7; seq++) backlog.add('a', item(seq))
    expect([1, 2, 3].map(() => seqs(backlog.take(0, true)))).toEqual([[1, 2, 3], [4, 5, 6], [7]])
  })
})
