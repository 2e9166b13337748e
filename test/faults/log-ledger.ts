/**
 * What a process that appends to a log asked for and was told, in a file that outlives it: noted in front of each append, and when it is
 * answered. And the judge, who holds what a log has against that.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Log } from '../../server/src/log/log.ts'
import { mulberry } from './events.ts'

/** Record number `n`, always the same: from 64 KB to 1 MB, most of them small. */
export function recordOf(n: number): { readonly count: number; readonly body: Buffer } {
  const random = mulberry(n)
  const bytes = 65_536 + Math.floor(random() ** 4 * 983_040)
  return { count: 1 + Math.floor(random() * 3), body: Buffer.alloc(bytes, `record ${n} `) }
}

export class LogLedger {
  readonly #file: number
  /** Offsets of those that were answered. */
  readonly #offsets = new Map<number, bigint>()
  #sent = 0

  constructor(path: string) {
    for (const line of existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []) this.#read(line)
    this.#file = openSync(path, 'a')
  }

  get acknowledged(): number {
    return this.#offsets.size
  }

  /** Number of a record that is about to be appended. */
  next(): number {
    writeSync(this.#file, `sent ${++this.#sent}\n`)
    return this.#sent
  }

  answered(n: number, offset: bigint): void {
    if (this.#offsets.has(n)) return
    this.#offsets.set(n, offset)
    writeSync(this.#file, `stored ${n} ${offset}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }

  /** Everything wrong with a log that was opened again. What it holds has been told now, so it must hold that for ever. */
  async judge(log: Log): Promise<string[]> {
    const { start, end, stopped } = log.status(0)
    if (stopped !== undefined) return [stopped]
    const wrong: string[] = []
    const found = new Set<number>()
    let at = start
    const records = start < end ? log.read(0, start, new AbortController().signal) : []
    for await (const { offset, count, body } of records) {
      const n = Number(/^record (\d+) /.exec(Buffer.from(body.subarray(0, 32)).toString('latin1'))?.[1])
      const known = this.#offsets.get(n) ?? offset
      const isOurs = n <= this.#sent && recordOf(n).count === count && recordOf(n).body.equals(body)
      if (!isOurs) wrong.push(`What stands at ${offset} is no record that was sent`)
      if (offset !== at) wrong.push(`Record ${n} stands at ${offset}, behind a gap from ${at}`)
      if (known !== offset) wrong.push(`Record ${n} was stored at ${known} and stands at ${offset}`)
      if (found.has(n)) wrong.push(`Record ${n} stands there twice`)
      found.add(n)
      this.answered(n, offset)
      at = offset + BigInt(count)
      if (at >= end) break
    }
    for (const [n, offset] of this.#offsets)
      if (offset >= start && !found.has(n)) wrong.push(`Record ${n} was acknowledged at ${offset} and is lost`)
    return wrong
  }

  #read(line: string): void {
    const [what, n, offset] = line.split(' ')
    if (what === 'sent') this.#sent = Number(n)
    if (what === 'stored' && offset !== undefined) this.#offsets.set(Number(n), BigInt(offset))
  }
}
