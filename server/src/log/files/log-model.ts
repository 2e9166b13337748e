/**
 * A log's history as a list, for tests: what was acknowledged, what was asked for and not answered, and whether a log that is
 * opened again holds the first and nothing beside both.
 */
import assert from 'node:assert'
import type { Log, LogAppend } from '../log.ts'

interface Entry {
  readonly text: string
  readonly count: number
  readonly tag: string | undefined
}

export class LogModel {
  /** From offset 0 on, trimmed ones included. */
  readonly #acknowledged: Entry[] = []
  /** Asked for after these, in this order; the answer was no, or never came. */
  #unknown: Entry[] = []
  #refused = new Set<Entry>()
  #floor = 0n
  #end = 0n
  #number = 0

  /** The offset after the last that was acknowledged. */
  get end(): bigint {
    return this.#end
  }

  /** Appends one record of about this size; what the log answers is noted. */
  async append(log: Log, size: number, count: number, isTagged: boolean): Promise<void> {
    const id = `record ${this.#number++} `
    const entry = { text: id.padEnd(size, id), count, tag: isTagged ? `tag of ${id}` : undefined }
    this.#unknown.push(entry)
    const body = [Buffer.from(entry.text.slice(0, 20)), Buffer.from(entry.text.slice(20))]
    const append: LogAppend = { partition: 0, count, body, ...(entry.tag && { tag: Buffer.from(entry.tag) }) }
    let offset: bigint
    try {
      offset = await log.append(append)
    } catch (error) {
      if (isStorageFull(error)) this.#refused.add(entry)
      return
    }
    this.#unknown = this.#unknown.filter((other) => !this.#refused.has(other))
    assert.equal(this.#unknown.shift(), entry, 'an append was acknowledged before an earlier one')
    assert.equal(offset, this.end, 'an acknowledged append has the wrong offset')
    this.#acknowledge(entry)
  }

  async trim(log: Log, floor: bigint): Promise<void> {
    if (floor > this.#floor) this.#floor = floor
    await log.trim(0, floor)
  }

  /** Compares the log with the list. What the log holds of the unanswered appends counts as acknowledged from now on. */
  async check(log: Log): Promise<void> {
    const { start, end, stopped } = log.status(0)
    assert.equal(stopped, undefined)
    assert(start <= this.#floor, `the log starts at ${start}, but was trimmed up to ${this.#floor} at most`)
    assert(end >= this.end, `the log ends at ${end}, but ${this.end} were acknowledged`)
    const possible = [...this.#acknowledged, ...this.#unknown.filter((entry) => !this.#refused.has(entry))]
    const expected = inRange(possible, start, end)
    assert.deepEqual(await told(log, start, end), expected)
    const tags: unknown[] = []
    for await (const { offset, count, tag } of log.recentTags(0, 0))
      tags.push([offset, count, Buffer.from(tag).toString()])
    assert.deepEqual(
      tags,
      expected.filter(([, , , tag]) => tag).map(([offset, count, , tag]) => [offset, count, tag]),
    )
    while (this.#end < end) this.#acknowledge(possible[this.#acknowledged.length]!)
    this.#unknown = []
    this.#refused = new Set()
  }

  #acknowledge(entry: Entry): void {
    this.#acknowledged.push(entry)
    this.#end += BigInt(entry.count)
  }
}

type Row = [offset: bigint, count: number, text: string, tag: string | undefined]

function inRange(entries: readonly Entry[], start: bigint, end: bigint): Row[] {
  const rows: Row[] = []
  let offset = 0n
  for (const { text, count, tag } of entries) {
    if (offset >= start && offset < end) rows.push([offset, count, text, tag])
    offset += BigInt(count)
  }
  return rows
}

async function told(log: Log, start: bigint, end: bigint): Promise<Row[]> {
  const rows: Row[] = []
  if (start === end) return rows
  for await (const { offset, count, body, tag } of log.read(0, start, new AbortController().signal)) {
    rows.push([offset, count, Buffer.from(body).toString(), tag && Buffer.from(tag).toString()])
    if (offset + BigInt(count) >= end) break
  }
  return rows
}

function isStorageFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'storage_full'
}
