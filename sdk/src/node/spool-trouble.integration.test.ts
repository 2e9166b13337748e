/** The spool where things go wrong: processes that are killed over it, disks that are full or take nothing, files that are garbage. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Client, ClientOptions } from '../types.ts'
import { useFaultyPlace } from './faulty-place.fixture.ts'

const place = useFaultyPlace({ flushInterval: 50, retryBase: 20, retryCap: 100 })

const tracker = join(import.meta.dirname, 'tracker.fixture.ts')

function start(args: readonly string[], before = ''): ChildProcess {
  const command = `${before} exec "$0" "$@"`
  return spawn('bash', ['-c', command, process.execPath, tracker, place.sink.url, place.dir, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

async function ended(child: ChildProcess): Promise<string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return signal ?? String(code)
}

async function resend(): Promise<void> {
  const child = start(['resend'])
  child.stdout!.resume()
  expect(await ended(child)).toBe('0')
}

function open(options: ClientOptions = {}): { client: Client; errors: string[]; lost: Record<string, number> } {
  const [errors, lost]: [string[], Record<string, number>] = [[], {}]
  const client = place.open(options)
  client.on('error', ({ code, message }) => errors.push(`${code}: ${message}`))
  client.on('drop', ({ reason, count }) => {
    lost[reason] = (lost[reason] ?? 0) + count
  })
  return { client, errors, lost }
}

/** Files of the spool, whoever's. */
function spoolFiles(): string[] {
  return readdirSync(place.dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(queue|copy)$/.test(name))
    .map((name) => join(place.dir, name))
}

/** Leaves 100 events in the spool. */
async function leave(): Promise<void> {
  place.sink.fault = '500'
  const { client } = open()
  for (let id = 0; id < 100; id++) client.track('thing', { id }, { id: String(id) })
  expect(await client.close({ timeoutMs: 50 })).toMatchObject({ spooled: 100 })
  place.sink.fault = 'ok'
}

describe('kill -9', () => {
  it('of three processes on one spool, one after its events were on disk: all of them arrive, once', async () => {
    place.sink.fault = '500'
    const children = ['0', '1000', '2000'].map((from) => start(['sync', 'always', from]))
    await Promise.all(children.map((child) => once(child.stdout!, 'data')))
    for (const child of children) child.kill('SIGKILL')
    expect(await Promise.all(children.map(ended))).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL'])
    place.sink.fault = 'ok'
    await Promise.all([resend(), resend()])
    await resend()
    expect([place.sink.stored.size, place.sink.doubled]).toEqual([3000, 0])
  })

  it('of those that take over what others left, again and again: nothing is lost on the way', async () => {
    await leave()
    place.sink.fault = 'no answer'
    for (let round = 0; round < 3; round++) {
      const child = start(['wait', 'always', String(1000 * (round + 1)), '64'])
      await once(child.stdout!, 'data')
      const before = place.sink.requests
      await expect.poll(() => place.sink.requests, { timeout: 10_000 }).toBeGreaterThan(before)
      child.kill('SIGKILL')
      await ended(child)
    }
    place.sink.fault = 'ok'
    await resend()
    await resend()
    expect([...Array(100).keys()].filter((id) => !place.sink.stored.has(String(id)))).toEqual([])
  })
})

describe('a disk', () => {
  it('that is full in the middle of a write costs what memory cannot hold, counted, and damages nothing', async () => {
    place.sink.fault = '500'
    const child = start(['exit', 'lazy', '0', '20000'], 'ulimit -f 40;') // 40 KiB a file; a write beyond it is cut short
    child.stdout!.resume()
    expect(await ended(child)).toBe('0')
    place.sink.fault = 'ok'
    await resend()
    const ids = [...place.sink.stored].map(Number)
    expect(ids.length).toBeGreaterThan(100)
    expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 20_000)).toBe(true)
    expect(place.sink.doubled).toBe(0)
  })

  it.each([
    ['nothing can be made in', '/sys/millrace-spool'],
    ['is a file', undefined],
  ])('whose place for the spool %s keeps nobody from sending, and says so', async (_, given) => {
    const file = join(place.dir, 'file')
    writeFileSync(file, '')
    const { client, errors } = open({ spool: { dir: given ?? join(file, 'inside'), mode: 'always' } })
    for (let id = 0; id < 50; id++) client.track('thing', { id }, { id: String(id) })
    expect(await client.close()).toMatchObject({ acked: 50, pending: 0 })
    expect(place.sink.stored.size).toBe(50)
    expect(errors.join()).toContain('spool: The folder of the spool cannot be used')
  })

  it('that takes nothing is counted at the end, where the server does not answer either', async () => {
    place.sink.fault = '500'
    const { client, lost } = open({ spool: { dir: '/sys/millrace-spool' } })
    for (let id = 0; id < 50; id++) client.track('thing', { id }, { id: String(id) })
    await client.close({ timeoutMs: 50 })
    expect(lost).toEqual({ closed: 50 })
  })
})

describe('files that', () => {
  it('were cut short in the middle of an event cost that one', async () => {
    await leave()
    const [path] = spoolFiles()
    truncateSync(path!, readFileSync(path!).length - 10)
    const { client, lost } = open()
    await expect.poll(() => place.sink.stored.size, { timeout: 10_000 }).toBe(99)
    await client.flush()
    expect(lost).toEqual({ invalid: 1 })
    expect(spoolFiles()).toEqual([])
  })

  it('hold garbage beside events cost nothing but the garbage', async () => {
    await leave()
    const [path] = spoolFiles()
    appendFileSync(path!, Buffer.from([0, 255, 10, 7, 9, 9, 10, 0xed, 0xa0, 0x80, 10]))
    appendFileSync(path!, `${'x'.repeat(100_000)}\n{"id":"not ours"}\n`)
    writeFileSync(join(path!, '..', '99999999.queue'), Buffer.alloc(5000, 255))
    const { client } = open()
    await expect.poll(() => place.sink.stored.size, { timeout: 10_000 }).toBe(100)
    await client.flush()
    expect(client.stats().dropped).toMatchObject({ invalid: expect.any(Number) })
    expect(Object.keys(client.stats().dropped)).toEqual(['invalid'])
    expect([...place.sink.stored].sort()).toEqual([...Array(100).keys()].map(String).sort())
  })

  it('are not there for who looks, but a folder of that name, keep nobody from sending', async () => {
    await leave()
    const [path] = spoolFiles()
    rmSync(path!)
    mkdirSync(path!)
    const { client } = open()
    client.track('thing', {}, { id: 'new' })
    await client.flush({ timeoutMs: 3000 })
    expect(place.sink.stored.has('new')).toBe(true)
  })
})
