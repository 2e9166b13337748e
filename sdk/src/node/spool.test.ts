/** What a spool keeps, in its own files. */
import { chownSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventOf, idsIn, manyEvents, useSpoolPlace } from './spool-place.fixture.ts'

const place = useSpoolPlace()
const { files, open } = place

describe('queued events', () => {
  it('come back in their order, over several files, and leave nothing when they are settled', async () => {
    const spool = open('one')
    const events = manyEvents(3000, 500)
    for (let at = 0; at < 3000; at += 100) expect(spool.queue(events.slice(at, at + 100))).toBe(true)
    expect(spool.count).toBe(3000)
    expect(files().length).toBeGreaterThan(2)
    const ids: string[] = []
    for (let read = [...(await spool.read(256))]; read.length > 0; read = [...(await spool.read(256))]) {
      ids.push(...read.map(({ event }) => event.id))
      for (const { file } of read) spool.settle(file)
    }
    expect(ids).toEqual(events.map(({ id }) => id))
    expect(files()).toEqual([])
  })

  it('are written to nothing before there is a need, and to a folder of the user alone', () => {
    const spool = open('one')
    expect(readdirSync(place.dir)).toEqual([])
    spool.queue([eventOf('a')])
    const [file] = files()
    expect(statSync(file!).mode & 0o777).toBe(0o600)
    expect(statSync(join(file!, '..')).mode & 0o777).toBe(0o700)
  })

  it('stay on disk until they are settled', async () => {
    const spool = open('one')
    spool.queue([eventOf('a'), eventOf('b')])
    const read = [...(await spool.read(10))]
    spool.settle(read[0]!.file)
    expect(files()).toHaveLength(1)
    spool.settle(read[1]!.file)
    expect(files()).toEqual([])
  })

  it('of a damaged line are place.told as lost, and cost no other', async () => {
    const spool = open('one')
    spool.queue(manyEvents(3))
    const [file] = files()
    const lines = readFileSync(file!, 'utf8').split('\n')
    writeFileSync(file!, [lines[0], lines[1]!.replace('xxx', 'xyx'), lines[2], 'half a li'].join('\n'))
    expect(await idsIn(spool)).toEqual(['0', '2'])
    expect(place.told).toEqual(['lost invalid 2'])
  })

  it('whose file is gone are place.told as lost', async () => {
    const spool = open('one')
    spool.queue(manyEvents(5))
    rmSync(files()[0]!)
    expect(await idsIn(spool)).toEqual([])
    expect(place.told).toEqual(['The spool cannot be read', 'lost invalid 5'])
  })
})

describe('bounds', () => {
  it('beyond its bytes the oldest go, counted', async () => {
    const spool = open('one', { maxBytes: 1024 * 1024 })
    const events = manyEvents(40, 50_000)
    for (const one of events) spool.queue([one])
    const ids = await idsIn(spool)
    const lost = place.told
      .map((line) => Number(/^lost full (\d+)$/.exec(line)![1]))
      .reduce((sum, count) => sum + count, 0)
    expect(lost).toBeGreaterThan(0)
    expect(ids).toEqual(events.slice(lost).map(({ id }) => id))
  })

  it('beyond their age they go, counted', async () => {
    const spool = open('one', { maxAge: 3600_000 })
    spool.queue(manyEvents(7))
    const longAgo = Date.now() / 1000 - 7200
    utimesSync(files()[0]!, longAgo, longAgo)
    spool.close()
    const next = open('two', { maxAge: 3600_000 })
    expect(place.told).toEqual(['lost expired 7'])
    expect(await idsIn(next)).toEqual([])
  })
})

describe('a disk that cannot be written', () => {
  it('takes nothing and says so: the place of the folder is a file', () => {
    const path = join(place.dir, 'file')
    writeFileSync(path, '')
    const spool = open('one', { dir: join(path, 'below') })
    expect(spool.queue([eventOf('a')])).toBe(false)
    expect(spool.copy([eventOf('a')])).toBeUndefined()
    expect(place.told).toEqual(['The folder of the spool cannot be used', 'The folder of the spool cannot be used'])
  })

  it('writes nothing into a folder that is another user’s', () => {
    const first = open('one')
    expect(first.queue([eventOf('a')])).toBe(true)
    first.close()
    const [own] = readdirSync(place.dir)
    if (process.getuid?.() === 0) chownSync(join(place.dir, own!), 12_345, 12_345)
    const isTaken = open('two').queue([eventOf('secret')])
    expect(isTaken).toBe(process.getuid?.() !== 0)
    expect(place.told.length > 0).toBe(!isTaken)
  })

  it('makes its folder again when somebody cleaned up', async () => {
    const spool = open('one')
    spool.queue([eventOf('a')])
    await idsIn(spool)
    rmSync(place.dir, { recursive: true })
    expect(spool.queue([eventOf('b')])).toBe(true)
    expect(await idsIn(spool)).toEqual(['b'])
  })
})

describe('copies', () => {
  it('are not read by who wrote them, but by who comes after', async () => {
    const spool = open('one')
    spool.copy(manyEvents(10))
    spool.writeOut()
    expect([...(await spool.read(10))]).toEqual([])
    spool.close()
    expect(await idsIn(open('two'))).toEqual(manyEvents(10).map(({ id }) => id))
  })

  it('wait for company no longer than a few ms', async () => {
    const spool = open('one', { mode: 'always' })
    const file = spool.copy([eventOf('a')])!
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('\ta\t')
  })

  it('leave an empty file while all of them are settled, so that nobody sends them again', () => {
    const spool = open('one', { mode: 'always' })
    const file = spool.copy([eventOf('a'), eventOf('b')])!
    spool.writeOut()
    spool.settle(file)
    expect(statSync(file).size).toBeGreaterThan(0)
    spool.settle(file)
    expect(statSync(file).size).toBe(0)
    spool.copy([eventOf('c')])
    spool.writeOut()
    expect(readFileSync(file, 'utf8')).toContain('\tc\t')
  })
})
