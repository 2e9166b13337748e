/** What any log must do. A log's test is one line: `testLog('log in files', openSomeLog)`. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Log, type LogAppend, type LogRecord, type LogTag, tagBytesMax } from './log.ts'

export interface LogUnderTest {
  /** An empty log of two partitions. */
  readonly log: Log
  /** Closes the log and opens it again, as after a restart. */
  reopen(): Promise<Log>
  /** Closes what is open and removes everything. */
  release(): Promise<void>
}

export function testLog(name: string, open: () => Promise<LogUnderTest>): void {
  describe(name, () => {
    let opened: LogUnderTest
    let log: Log
    beforeEach(async () => {
      opened = await open()
      log = opened.log
    })
    afterEach(() => opened.release())

    test('offsets count events, and a record is told as it was appended', async () => {
      const before = Date.now()
      expect(
        await log.append({ partition: 0, count: 3, body: [bytes('ab'), bytes(''), bytes('cd')], tag: bytes('t') }),
      ).toBe(0n)
      expect(await log.append({ partition: 0, count: 1, body: [bytes('e')] })).toBe(3n)
      const [first, second] = await readAll(log, 0)
      expect(first).toMatchObject({ partition: 0, offset: 0n, count: 3, text: 'abcd', tagText: 't' })
      expect(second).toMatchObject({ offset: 3n, count: 1, text: 'e', tagText: undefined })
      expect(first!.appendedAt).toBeGreaterThanOrEqual(before)
      expect(first!.appendedAt).toBeLessThanOrEqual(Date.now())
      expect(log.status(0)).toMatchObject({ start: 0n, end: 4n, stopped: undefined, oldestAt: first!.appendedAt })
    })

    test('appends that are not awaited keep the order of the calls', async () => {
      const offsets = await Promise.all(texts(300).map((text) => log.append(record(0, text))))
      expect(offsets).toEqual(offsets.map((_, index) => BigInt(index)))
      expect((await readAll(log, 0)).map(({ text }) => text)).toEqual(texts(300))
    })

    test('partitions are apart', async () => {
      await Promise.all([log.append(record(0, 'zero')), log.append(record(1, 'one')), log.append(record(1, 'two'))])
      expect((await readAll(log, 0)).map(({ text }) => text)).toEqual(['zero'])
      expect((await readAll(log, 1)).map(({ text }) => text)).toEqual(['one', 'two'])
      expect(log.status(1)).toMatchObject({ partition: 1, end: 2n })
    })

    test('reading begins with the record that holds the event asked for', async () => {
      for (const count of [5, 1, 4]) await log.append({ partition: 0, count, body: [bytes(`of ${count}`)] })
      for (const [from, first] of [
        [0n, 0n],
        [4n, 0n],
        [5n, 5n],
        [6n, 6n],
        [9n, 6n],
      ] as const)
        expect((await readAll(log, 0, from))[0]?.offset, `from ${from}`).toBe(first)
    })

    test('a reader at the tail is told of each record as soon as it is durable, until its signal aborts', async () => {
      const abort = new AbortController()
      const seen: string[] = []
      const reading = (async () => {
        for await (const { body } of log.read(0, 0n, abort.signal)) seen.push(text(body))
      })()
      for (const next of ['first', 'second', 'third']) {
        await log.append(record(0, next))
        await expect.poll(() => seen.at(-1), { interval: 1 }).toBe(next)
      }
      abort.abort()
      await reading
      expect(seen).toEqual(['first', 'second', 'third'])
    })

    test('reading may begin at the end, but neither before the start nor past the end', async () => {
      await log.append(record(0, 'x'))
      const abort = new AbortController()
      const next = log.read(0, 1n, abort.signal)[Symbol.asyncIterator]().next()
      await log.append(record(0, 'y'))
      expect((await next).value).toMatchObject({ offset: 1n })
      abort.abort()
      await expect(readFirst(log, 0, 3n)).rejects.toMatchObject({ code: 'log_corrupt' })
      await expect(readFirst(log, 0, -1n)).rejects.toMatchObject({ code: 'log_trimmed' })
    })

    test('bodies of any size come back byte for byte', async () => {
      const sizes = [0, 1, 7, 8, 511, 512, 4096, 4097, 65_536, 300_001]
      const bodies = sizes.map((size) =>
        Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) % 251)),
      )
      await Promise.all(
        bodies.map((body) => log.append({ partition: 0, count: 1, body: [body.subarray(0, 5), body.subarray(5)] })),
      )
      expect((await readAll(log, 0)).map(({ copy }) => copy)).toEqual(bodies)
    })

    test('everything is there again after a restart, and offsets go on', async () => {
      for (const word of texts(20)) await log.append({ ...record(0, word), tag: bytes(`tag ${word}`) })
      const before = await readAll(log, 0)
      log = await opened.reopen()
      expect(await readAll(log, 0)).toEqual(before)
      expect(await log.append(record(0, 'later'))).toBe(20n)
    })

    test('tags are told again after a restart, oldest first, those since a time', async () => {
      const longest = 'x'.repeat(tagBytesMax)
      await log.append({ ...record(0, 'a'), tag: bytes('one') })
      await log.append(record(0, 'no tag'))
      await log.append({ partition: 0, count: 5, body: [bytes('b')], tag: bytes(longest) })
      await log.append({ ...record(1, 'elsewhere'), tag: bytes('other') })
      const tags = await tagsOf(log, 0, 0)
      expect(tags.map(({ offset, count, tag }) => [offset, count, text(tag)])).toEqual([
        [0n, 1, 'one'],
        [2n, 5, longest],
      ])
      log = await opened.reopen()
      expect(await tagsOf(log, 0, 0)).toEqual(tags)
      expect(await tagsOf(log, 0, tags[1]!.appendedAt + 1)).toEqual([])
    })

    test('trimming keeps what is at or past the floor, and may be repeated', async () => {
      for (const word of texts(200)) await log.append(record(0, word.padEnd(1000, '.')))
      for (const floor of [0n, 50n, 50n, 120n]) {
        await log.trim(0, floor)
        const { start } = log.status(0)
        expect(start).toBeLessThanOrEqual(floor)
        const kept = await readAll(log, 0, start)
        expect(kept.map(({ offset }) => offset)).toEqual(kept.map((_, index) => start + BigInt(index)))
        expect(kept.at(-1)?.offset).toBe(199n)
        if (start > 0n) await expect(readFirst(log, 0, start - 1n)).rejects.toMatchObject({ code: 'log_trimmed' })
      }
    })

    test('a log that is closed takes nothing more', async () => {
      const written = log.append(record(0, 'under way'))
      await log.close()
      expect(await written).toBe(0n)
      await expect(log.append(record(0, 'late'))).rejects.toMatchObject({ code: 'log_stopped' })
    })
  })
}

type Told = Pick<LogRecord, 'partition' | 'offset' | 'count' | 'appendedAt'> & {
  copy: Buffer
  text: string
  tagText: string | undefined
}

/** Copies of all records from an offset to the present end. */
async function readAll(log: Log, partition: number, from = 0n): Promise<Told[]> {
  const records: Told[] = []
  const { end } = log.status(partition)
  if (from === end) return records
  for await (const record of log.read(partition, from, new AbortController().signal)) {
    const { offset, count, appendedAt, body, tag } = record
    records.push({
      partition: record.partition,
      offset,
      count,
      appendedAt,
      copy: Buffer.from(body),
      text: text(body),
      tagText: tag && text(tag),
    })
    if (offset + BigInt(count) >= end) break
  }
  return records
}

async function readFirst(log: Log, partition: number, from: bigint): Promise<LogRecord | undefined> {
  for await (const record of log.read(partition, from, new AbortController().signal)) return record
  return undefined
}

async function tagsOf(log: Log, partition: number, since: number): Promise<LogTag[]> {
  const tags: LogTag[] = []
  for await (const tag of log.recentTags(partition, since)) tags.push({ ...tag, tag: Buffer.from(tag.tag) })
  return tags
}

function record(partition: number, body: string): LogAppend {
  return { partition, count: 1, body: [bytes(body)] }
}

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `record ${index}`)
}

function bytes(value: string): Buffer {
  return Buffer.from(value)
}

function text(value: Uint8Array): string {
  return Buffer.from(value).toString()
}
