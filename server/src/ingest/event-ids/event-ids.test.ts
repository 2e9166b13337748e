import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventBatch } from '../../batch.ts'
import { silentLogger } from '../../telemetry.ts'
import type { DecodedEvents } from '../protocol.ts'
import { openEventIds } from './event-ids.ts'
import { fingerprintsOf } from './fingerprint.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-ids-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Sent {
  readonly id: string | null
  readonly data: string
}

function eventsOf(sent: readonly Sent[], type = 't'): DecodedEvents {
  let at = 0
  const ends = sent.map(({ data }) => (at += data.length))
  return {
    types: [type],
    ids: sent.map(({ id }) => id),
    starts: Uint32Array.from(ends, (_, index) => ends[index - 1] ?? 0),
    ends: Uint32Array.from(ends),
    payload: Buffer.from(sent.map(({ data }) => data).join('')),
  }
}

const idsOf = ({ ids = [] }: Pick<DecodedEvents, 'ids'>) => [...ids]

/** A log that keeps what was stored, and what is read of it again. */
function setting(bounds = { countMax: 1000, ageMaxMs: 1_000_000 }) {
  const time = { now: 1_700_000_000_000, elapsed: 1000 }
  const log: { batch: EventBatch; end: bigint }[] = []
  const reads: bigint[] = []
  const end = () => log.at(-1)?.end ?? 0n
  const open = async () => {
    const ids = await openEventIds({
      folder,
      bounds,
      clock: { now: () => time.now, elapsed: () => time.elapsed },
      logger: silentLogger,
      logStatus: () => ({ start: 0n, end: end() }),
      async *readLog(from) {
        reads.push(from)
        for (const record of log) if (record.end > from) yield record
      },
    })
    const store = async (sent: readonly Sent[], { input = 'i', type = 't' } = {}) => {
      const admission = await ids.admit(input, eventsOf(sent, type))
      const { events, duplicates, faults } = admission
      if (events.starts.length > 0) {
        const batch: EventBatch = {
          ...events,
          input: { id: input, label: '', type: '' },
          receivedAt: time.now,
          idBase: new Uint8Array(16),
        }
        log.push({ batch, end: end() + BigInt(events.starts.length) })
      }
      admission.stored(end())
      return { stored: idsOf(events), duplicates, faults }
    }
    return { ids, store }
  }
  return { time, log, reads, open }
}

const one = (id: string, data = '{}') => [{ id, data }]

test('what comes again is left out, in the same request too; what has no id is not asked', async () => {
  const { open } = setting()
  const { ids, store } = await open()
  const first = [...one('a'), ...one('b'), ...one('a'), { id: null, data: '{}' }]
  expect(await store(first)).toMatchObject({ stored: ['a', 'b', null], duplicates: 1, faults: [] })
  expect(await store([...one('b'), ...one('c'), { id: null, data: '{}' }])).toMatchObject({
    stored: ['c', null],
    duplicates: 1,
  })
  expect(await store(one('a'), { input: 'another' })).toMatchObject({ stored: ['a'], duplicates: 0 })
  await ids.close()
})

test('the same id with other data, or of another type, is told and kept aside: the first one counts', async () => {
  const { open } = setting()
  const { ids, store } = await open()
  await store(one('a', '{"n":1}'))
  const again = await store([...one('b'), ...one('a', '{"n":2}'), ...one('a', '{"n":1}')])
  expect(again).toMatchObject({ stored: ['b', 'a'], duplicates: 1, faults: [{ index: 1, code: 'id_conflict' }] })
  expect((await store(one('a', '{"n":1}'), { type: 'other' })).faults).toMatchObject([{ code: 'id_conflict' }])
  await ids.close()
})

test('two requests at a time with one id: the second waits, and is new only if the first was not stored', async () => {
  const { open } = setting()
  const { ids } = await open()
  const first = await ids.admit('i', eventsOf(one('a')))
  const second = ids.admit('i', eventsOf(one('a')))
  const third = ids.admit('i', eventsOf([...one('b'), ...one('a')]))
  const elsewhere = await ids.admit('i', eventsOf(one('c')))
  expect(idsOf(elsewhere.events)).toEqual(['c'])
  elsewhere.stored(1n)
  first.forget()
  const next = await Promise.race([second, third])
  expect(idsOf(next.events)).toContain('a')
  next.stored(2n)
  const both = await Promise.all([second, third])
  expect(both.map(({ duplicates }) => duplicates).sort()).toEqual([0, 1])
  await ids.close()
})

test('they are known after a restart, from the journal alone', async () => {
  const { open, log, reads } = setting()
  const before = await open()
  await before.store([...one('a'), ...one('b', '{"n":1}')])
  await before.ids.close()
  log.length = 0
  const after = await open()
  expect(await after.store([...one('a'), ...one('b', '{"n":1}'), ...one('c')])).toMatchObject({
    stored: ['c'],
    duplicates: 2,
  })
  expect(reads.at(-1)).toBe(2n)
  await after.ids.close()
})

test('what the journal lost in a crash is read from the log', async () => {
  const { open } = setting()
  const before = await open()
  await before.store(one('a'))
  const after = await open() // the one before was killed: it has written nothing
  expect((await after.store([...one('a'), ...one('b')])).stored).toEqual(['b'])
  await after.ids.close()
  await before.ids.close()
})

test('a journal that is torn, bitten or gone costs reading the log, and nothing else', async () => {
  const { open } = setting()
  const fill = await open()
  for (let n = 0; n < 20; n++) await fill.store(one(`id ${n}`))
  await fill.ids.close()
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.journal'))
  const path = join(folder, name!)
  const whole = readFileSync(path)
  const all = Array.from({ length: 20 }, (_, n) => one(`id ${n}`)).flat()
  for (let at = 0; at < whole.length; at += 13) {
    const bitten = Buffer.from(whole)
    bitten[at]! ^= 0x10
    for (const bytes of [bitten, whole.subarray(0, at)]) {
      writeFileSync(path, bytes)
      const { ids, store } = await open()
      expect(await store(all)).toMatchObject({ stored: [], duplicates: 20 })
      await ids.close()
    }
  }
  truncateSync(path, 0)
  rmSync(path)
  const { ids, store } = await open()
  expect(await store(all)).toMatchObject({ duplicates: 20 })
  await ids.close()
})

test('many restarts lose no id that is young enough', async () => {
  const { open, log } = setting({ countMax: 50, ageMaxMs: 1_000_000 })
  for (let n = 0; n < 30; n++) {
    const { ids, store } = await open()
    await store(one(`id ${n}`))
    await ids.close()
  }
  log.length = 0
  const { ids, store } = await open()
  expect((await store(Array.from({ length: 30 }, (_, n) => one(`id ${n}`)).flat())).duplicates).toBe(30)
  expect(readdirSync(folder).filter((file) => file.endsWith('.journal')).length).toBeLessThanOrEqual(2)
  await ids.close()
})

test('they are forgotten by age and by number, whatever the calendar does', async () => {
  const { open, time } = setting({ countMax: 3, ageMaxMs: 1000 })
  const { ids, store } = await open()
  await store(one('a'))
  time.now += 1e9
  time.elapsed += 1000
  expect((await store(one('a'))).duplicates).toBe(1)
  time.elapsed += 1
  expect((await store(one('a'))).duplicates).toBe(0)
  await store([...one('b'), ...one('c'), ...one('d')])
  expect((await store(one('a'))).duplicates).toBe(0)
  await ids.close()
})

test('whatever is sent in whatever requests, each id is stored once', async () => {
  const request = fc.array(
    fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', null), data: fc.constantFrom('{}', '{"n":1}') }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(request, fc.boolean()), { maxLength: 12 }), async (requests) => {
      const { open } = setting()
      let current = await open()
      const first = new Map<string, string>()
      for (const [sent, restarts] of requests) {
        if (restarts) {
          await current.ids.close()
          current = await open()
        }
        const { stored, duplicates, faults } = await current.store(sent)
        let [wantedStored, wantedDuplicates, wantedFaults] = [0, 0, 0]
        for (const { id, data } of sent) {
          const known = id === null ? undefined : first.get(id)
          if (id !== null && known === undefined) first.set(id, data)
          if (known === undefined) wantedStored++
          else if (known === data) wantedDuplicates++
          else wantedFaults++
        }
        expect([stored.length, duplicates, faults.length]).toEqual([
          wantedStored + wantedFaults,
          wantedDuplicates,
          wantedFaults,
        ])
      }
      await current.ids.close()
      rmSync(folder, { recursive: true })
      folder = mkdtempSync(join(tmpdir(), 'millrace-ids-'))
    }),
    { numRuns: 60 },
  )
})

test('fingerprints of many alike ids are all different, and spread evenly', () => {
  const seed = Uint32Array.of(1, 2, 3, 4)
  const sent = Array.from({ length: 200_000 }, (_, n) => ({ id: `3f2a9c-${n.toString(36)}`, data: '' }))
  const { words } = fingerprintsOf(seed, 'i', eventsOf(sent))
  const seen = new Set<string>()
  const buckets = new Uint32Array(256)
  for (let at = 0; at < words.length; at += 4) {
    seen.add(`${words[at]} ${words[at + 1]} ${words[at + 2]}`)
    buckets[words[at]! & 255]!++
  }
  expect(seen.size).toBe(200_000)
  expect(Math.max(...buckets) / Math.min(...buckets)).toBeLessThan(1.4)
})

test('what is refused again and again pushes nothing out that is known', async () => {
  const { open } = setting({ countMax: 20, ageMaxMs: 1_000_000 })
  const { ids, store } = await open()
  await store(one('kept'))
  for (let n = 0; n < 100; n++) (await ids.admit('i', eventsOf([...one('x'), ...one('y'), ...one('z')]))).forget()
  expect((await store(one('kept'))).duplicates).toBe(1)
  await ids.close()
})

test('a journal file that a crash left empty does not make the one before it go', async () => {
  const { open, log } = setting()
  const first = await open()
  await first.store(one('a'))
  await first.ids.close()
  writeFileSync(join(folder, 'ids-2.journal'), '')
  for (let start = 0; start < 3; start++) {
    const { ids, store } = await open()
    await store(one(`later ${start}`))
    await ids.close()
  }
  log.length = 0
  const { ids, store } = await open()
  expect((await store(one('a'))).duplicates).toBe(1)
  await ids.close()
})

test('a log that cannot be read at one start is read at the next', async () => {
  const { open, log } = setting()
  const dies = await open()
  await dies.store(one('a')) // killed before it is written down
  const unreadable = log.splice(0)
  log.push({
    end: 1n,
    get batch(): never {
      throw new Error('damaged')
    },
  } as never)
  const blind = await open()
  await blind.ids.close()
  log.splice(0, 1, ...unreadable)
  const { ids, store } = await open()
  expect((await store(one('a'))).duplicates).toBe(1)
  await ids.close()
  await dies.ids.close()
})

test('damage to either of two journal files is made good from the log', async () => {
  const { open } = setting({ countMax: 20, ageMaxMs: 1_000_000 })
  const fill = await open()
  for (let n = 0; n < 15; n++) await fill.store(one(`id ${n}`))
  await fill.ids.close()
  const next = await open()
  for (let n = 15; n < 20; n++) await next.store(one(`id ${n}`))
  await next.ids.close()
  const last = await open()
  for (let n = 20; n < 22; n++) await last.store(one(`id ${n}`))
  await last.ids.close()
  const names = readdirSync(folder).filter((file) => file.endsWith('.journal'))
  const whole = names.map((name) => readFileSync(join(folder, name)))
  const newest = Array.from({ length: 20 }, (_, n) => one(`id ${n + 2}`)).flat()
  for (const [index, name] of names.entries()) {
    for (const at of [3, 12, 20, 30, 60]) {
      for (const [other, bytes] of whole.entries()) writeFileSync(join(folder, names[other]!), bytes)
      const bitten = Buffer.from(whole[index]!)
      bitten[at]! ^= 0x10
      for (const extra of readdirSync(folder)) if (!names.includes(extra)) rmSync(join(folder, extra))
      writeFileSync(join(folder, name), bitten)
      const { ids, store } = await open()
      expect([name, at, (await store(newest)).duplicates]).toEqual([name, at, 20])
      await ids.close()
    }
  }
})
