import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Spool } from '../platform.ts'
import type { SpoolOptions, StoredEvent } from '../types.ts'
import { openFileSpool } from './spool.ts'

let dir: string
let told: string[]
let opened: Spool[]

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-spool-'))
  told = []
  opened = []
})

afterEach(() => {
  for (const spool of opened) spool.close()
  rmSync(dir, { recursive: true, force: true })
})

function open(client: string, options: SpoolOptions = {}): Spool<string> {
  const events = {
    lost: (reason: string, count: number) => told.push(`lost ${reason} ${count}`),
    failed: (message: string) => told.push(message),
    found() {},
  }
  const spool = openFileSpool({ options: { dir, ...options }, address: 'a', client, events })
  opened.push(spool)
  return spool
}

const event = (id: string, size = 10): StoredEvent => ({
  stream: 's',
  id,
  time: 1,
  data: JSON.stringify({ text: 'x'.repeat(size) }),
})

const many = (count: number, size?: number) => Array.from({ length: count }, (_, index) => event(String(index), size))

async function idsIn(spool: Spool): Promise<string[]> {
  const ids: string[] = []
  for (let read = await spool.read(256); read.length > 0; read = await spool.read(256)) {
    ids.push(...read.map(({ event }) => event.id))
  }
  return ids
}

/** What the folder of all clients of the address holds, by name. */
function files(): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'owner')
    .map(({ parentPath, name }) => join(parentPath, name))
}

/** As if the process of all clients had ended without a word. */
function disown(): void {
  for (const path of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('owner')) writeFileSync(join(dir, path), '999999999 elsewhere -')
    if (path.endsWith('owner')) utimesSync(join(dir, path), 1, 1)
  }
}

describe('queued events', () => {
  it('come back in their order, over several files, and leave nothing when they are settled', async () => {
    const spool = open('one')
    const events = many(3000, 500)
    for (let at = 0; at < 3000; at += 100) expect(spool.queue(events.slice(at, at + 100))).toBe(true)
    expect(spool.count).toBe(3000)
    expect(files().length).toBeGreaterThan(2)
    const ids: string[] = []
    for (let read = await spool.read(256); read.length > 0; read = await spool.read(256)) {
      ids.push(...read.map(({ event }) => event.id))
      for (const { file } of read) spool.settle(file)
    }
    expect(ids).toEqual(events.map(({ id }) => id))
    expect(files()).toEqual([])
  })

  it('are written to nothing before there is a need, and to a folder of the user alone', () => {
    const spool = open('one')
    expect(readdirSync(dir)).toEqual([])
    spool.queue([event('a')])
    const [file] = files()
    expect(statSync(file!).mode & 0o777).toBe(0o600)
    expect(statSync(join(file!, '..')).mode & 0o777).toBe(0o700)
  })

  it('stay on disk until they are settled', async () => {
    const spool = open('one')
    spool.queue([event('a'), event('b')])
    const read = await spool.read(10)
    spool.settle(read[0]!.file)
    expect(files()).toHaveLength(1)
    spool.settle(read[1]!.file)
    expect(files()).toEqual([])
  })

  it('of a damaged line are told as lost, and cost no other', async () => {
    const spool = open('one')
    spool.queue(many(3))
    const [file] = files()
    const lines = readFileSync(file!, 'utf8').split('\n')
    writeFileSync(file!, [lines[0], lines[1]!.replace('xxx', 'xyx'), lines[2], 'half a li'].join('\n'))
    expect(await idsIn(spool)).toEqual(['0', '2'])
    expect(told).toEqual(['lost invalid 2'])
  })

  it('whose file is gone are told as lost', async () => {
    const spool = open('one')
    spool.queue(many(5))
    rmSync(files()[0]!)
    expect(await idsIn(spool)).toEqual([])
    expect(told).toEqual(['The spool cannot be read', 'lost invalid 5'])
  })
})

describe('bounds', () => {
  it('beyond its bytes the oldest go, counted', async () => {
    const spool = open('one', { maxBytes: 1024 * 1024 })
    const events = many(40, 50_000)
    for (const one of events) spool.queue([one])
    const ids = await idsIn(spool)
    const lost = told.map((line) => Number(/^lost full (\d+)$/.exec(line)![1])).reduce((sum, count) => sum + count, 0)
    expect(lost).toBeGreaterThan(0)
    expect(ids).toEqual(events.slice(lost).map(({ id }) => id))
  })

  it('beyond their age they go, counted', async () => {
    const spool = open('one', { maxAge: 3600_000 })
    spool.queue(many(7))
    const longAgo = Date.now() / 1000 - 7200
    utimesSync(files()[0]!, longAgo, longAgo)
    spool.close()
    const next = open('two', { maxAge: 3600_000 })
    expect(told).toEqual(['lost expired 7'])
    expect(await idsIn(next)).toEqual([])
  })
})

describe('a disk that cannot be written', () => {
  it('takes nothing and says so: the place of the folder is a file', () => {
    const place = join(dir, 'file')
    writeFileSync(place, '')
    const spool = open('one', { dir: join(place, 'below') })
    expect(spool.queue([event('a')])).toBe(false)
    expect(spool.copy([event('a')])).toBeUndefined()
    expect(told).toEqual(['The folder of the spool cannot be used', 'The folder of the spool cannot be used'])
  })

  it('writes nothing into a folder that is another user’s', () => {
    const first = open('one')
    expect(first.queue([event('a')])).toBe(true)
    first.close()
    const [own] = readdirSync(dir)
    if (process.getuid?.() === 0) chownSync(join(dir, own!), 12_345, 12_345)
    const isTaken = open('two').queue([event('secret')])
    expect(isTaken).toBe(process.getuid?.() !== 0)
    expect(told.length > 0).toBe(!isTaken)
  })

  it('makes its folder again when somebody cleaned up', async () => {
    const spool = open('one')
    spool.queue([event('a')])
    await idsIn(spool)
    rmSync(dir, { recursive: true })
    expect(spool.queue([event('b')])).toBe(true)
    expect(await idsIn(spool)).toEqual(['b'])
  })
})

describe('copies', () => {
  it('are not read by who wrote them, but by who comes after', async () => {
    const spool = open('one')
    spool.copy(many(10))
    spool.writeOut()
    expect(await spool.read(10)).toEqual([])
    spool.close()
    expect(await idsIn(open('two'))).toEqual(many(10).map(({ id }) => id))
  })

  it('wait for company no longer than a few ms', async () => {
    const spool = open('one', { mode: 'always' })
    const file = spool.copy([event('a')])!
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('\ta\t')
  })

  it('leave an empty file while all of them are settled, so that nobody sends them again', () => {
    const spool = open('one', { mode: 'always' })
    const file = spool.copy([event('a'), event('b')])!
    spool.writeOut()
    spool.settle(file)
    expect(statSync(file).size).toBeGreaterThan(0)
    spool.settle(file)
    expect(statSync(file).size).toBe(0)
    spool.copy([event('c')])
    spool.writeOut()
    expect(readFileSync(file, 'utf8')).toContain('\tc\t')
  })
})

describe('what another client left', () => {
  it('is adopted when its process is gone, by one of several only', async () => {
    open('one').queue(many(100))
    disown()
    const [two, three] = [open('two'), open('three')]
    const ids = [...(await idsIn(two)), ...(await idsIn(three))]
    expect(ids).toEqual(many(100).map(({ id }) => id))
  })

  it('is left alone while it lives', async () => {
    open('one').queue(many(3))
    expect(await idsIn(open('two'))).toEqual([])
  })

  it('is adopted when another process has its id now', async () => {
    open('one').queue(many(3))
    const owner = join(dir, readdirSync(dir)[0]!, 'one', 'owner')
    writeFileSync(owner, readFileSync(owner, 'utf8').replace(/\d+$/, '1'))
    expect(await idsIn(open('two'))).toHaveLength(3)
  })

  it('keeps its names short, however often it goes from hand to hand', async () => {
    open('c0').queue(many(3))
    for (let turn = 1; turn <= 60; turn++) {
      disown()
      open(`c${turn}`)
    }
    expect(files()).toHaveLength(1)
    expect(files()[0]!.length).toBeLessThan(dir.length + 80)
    expect(await idsIn(opened.at(-1)!)).toHaveLength(3)
  })

  it('is found in a folder within a folder, where the one that took it over died at it', async () => {
    open('one').queue(many(3))
    const [address] = readdirSync(dir)
    const inner = join(dir, address!, 'died', 'from-one')
    mkdirSync(inner, { recursive: true })
    writeFileSync(join(inner, '00000001.copy'), readFileSync(files()[0]!))
    expect(await idsIn(open('two'))).toHaveLength(3)
  })
})
