/** What clients that are gone left behind, and clients that seem to be. */
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventOf, idsIn, manyEvents, useSpoolPlace } from './spool-place.fixture.ts'

const place = useSpoolPlace()
const { disown, files, open } = place

describe('a clock that jumps', () => {
  afterEach(() => vi.useRealTimers())

  it('makes nothing old that was written just now', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    const spool = open('one', { maxAge: 3600_000 })
    spool.queue([eventOf('a')])
    vi.setSystemTime(Date.UTC(2026, 0)) // the machine has found out what time it is
    utimesSync(files()[0]!, 0, 0)
    spool.queue([eventOf('b')])
    expect(place.told).toEqual([])
    expect(await idsIn(spool)).toEqual(['a', 'b'])
  })
})

describe('a folder that another took over while its process slept', () => {
  afterEach(() => vi.useRealTimers())

  it('is written to no more', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const spool = open('one')
    spool.queue([eventOf('a')])
    disown()
    const other = open('two')
    expect(await idsIn(other)).toEqual(['a'])
    vi.advanceTimersByTime(5000)
    spool.queue([eventOf('b')])
    spool.close()
    expect(await idsIn(open('three'))).toEqual(['b'])
  })
})

describe('what another client left', () => {
  it('is adopted when its process is gone, by one of several only', async () => {
    open('one').queue(manyEvents(100))
    disown()
    const [two, three] = [open('two'), open('three')]
    const ids = [...(await idsIn(two)), ...(await idsIn(three))]
    expect(ids).toEqual(manyEvents(100).map(({ id }) => id))
  })

  it('is left alone while it lives', async () => {
    open('one').queue(manyEvents(3))
    expect(await idsIn(open('two'))).toEqual([])
  })

  it('is adopted when another process has its id now', async () => {
    open('one').queue(manyEvents(3))
    const owner = join(place.dir, readdirSync(place.dir)[0]!, 'one', 'owner')
    writeFileSync(owner, readFileSync(owner, 'utf8').replace(/\d+$/, '1'))
    expect(await idsIn(open('two'))).toHaveLength(3)
  })

  it('keeps its names short, however often it goes from hand to hand', async () => {
    let last = open('c0')
    last.queue(manyEvents(3))
    for (let turn = 1; turn <= 60; turn++) {
      disown()
      last = open(`c${turn}`)
    }
    expect(files()).toHaveLength(1)
    expect(files()[0]!.length).toBeLessThan(place.dir.length + 80)
    expect(await idsIn(last)).toHaveLength(3)
  })

  it('is found in a folder within a folder, where the one that took it over died at it', async () => {
    open('one').queue(manyEvents(3))
    const [address] = readdirSync(place.dir)
    const inner = join(place.dir, address!, 'died', 'from-one')
    mkdirSync(inner, { recursive: true })
    writeFileSync(join(inner, '00000001.copy'), readFileSync(files()[0]!))
    expect(await idsIn(open('two'))).toHaveLength(3)
  })
})
