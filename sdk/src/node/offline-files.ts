/**
 * Files that the older Initial State clients leave behind when they cannot send: read, and logged as values. What is in them and
 * cannot be logged is told by its line, so that nothing is lost unseen.
 */
import { readFile } from 'node:fs/promises'
import type { Client } from '../types.ts'
import { csvRows } from './offline-csv.ts'

export interface Imported {
  /** Values that were logged: sent after `flush`, or kept in the spool. */
  readonly values: number
  /** What could not be logged. */
  readonly malformed: readonly MalformedLine[]
  /** Buckets that the server was never told of, for `setBucket`; the values in the file do not say into which of them they go. */
  readonly buckets: readonly MissedBucket[]
}

export interface MalformedLine {
  /** From 1. */
  readonly line: number
  /** Which value of the line's, from 0, where the others are good. */
  readonly index?: number
  readonly reason: string
  /** The line, or that value; its first 1,000 characters. */
  readonly text: string
}

export interface MissedBucket {
  readonly key: string
  readonly name: string
}

type Target = Pick<Client, 'log' | 'ready' | 'stats'>

/**
 * Logs what is in an `err_missed_events.txt`: a line is a JSON array of `{key, value, epoch}`, or an object that names a bucket.
 * `NaN`, `Infinity` and `-Infinity`, which Python writes, are null. Repeating it logs everything again.
 * @throws Error of the file system.
 */
export async function importMissedEvents(client: Target, path: string): Promise<Imported> {
  const import_ = openImport(client)
  for (const [index, text] of (await readFile(path, 'utf8')).split(/\r?\n/).entries()) {
    if (text.trim() === '') continue
    const line = index + 1
    const parsed = parse(text)
    if (Array.isArray(parsed)) {
      for (const [index, item] of parsed.entries())
        await import_.log(fieldsOf(item), { line, index, text: shown(item) })
    } else if (isBucket(parsed)) import_.buckets.push({ key: parsed.bucketKey, name: parsed.bucketName ?? '' })
    else import_.refuse({ line, text }, parsed === undefined ? 'It is no JSON' : 'It is neither a list nor a bucket')
  }
  return import_.result()
}

/**
 * Logs the rows `epoch,key,value` of an offline file, which is CSV as Python writes it, or our own `Streamer`. CSV does not tell a
 * number from its text: what reads like a number, without zeros in front and
 * with digits that a number holds, is one; `True` and `False` are booleans.
 * @throws Error of the file system.
 */
export async function importOfflineRows(client: Target, path: string): Promise<Imported> {
  const import_ = openImport(client)
  for (const { line, text, cells } of csvRows(await readFile(path, 'utf8'))) {
    if (cells === undefined) import_.refuse({ line, text }, 'A quote in it does not end')
    else if (cells.length < 3) import_.refuse({ line, text }, 'It has less than three columns')
    else {
      const [epoch = '', key, ...rest] = cells
      const value = rest.join(',') // of who wrote a comma without quotes
      await import_.log(
        { key, value: offlineValue(value), epoch: epoch.trim() === '' ? undefined : Number(epoch) },
        { line, text },
      )
    }
  }
  return import_.result()
}

interface Fields {
  readonly key: unknown
  readonly value: unknown
  readonly epoch: unknown
}

type Place = Omit<MalformedLine, 'reason'>

function openImport(client: Target) {
  const malformed: MalformedLine[] = []
  const buckets: MissedBucket[] = []
  let values = 0
  const refuse = ({ text, ...place }: Place, reason: string) =>
    void malformed.push({ ...place, reason, text: text.slice(0, textCharsMax) })
  return {
    buckets,
    refuse,
    async log({ key, value, epoch }: Fields, place: Place): Promise<void> {
      if (typeof key !== 'string' || key === '') return refuse(place, 'It has no key')
      if (typeof epoch !== 'number' || !Number.isFinite(epoch)) return refuse(place, 'Its epoch is no number')
      await client.ready()
      const before = client.stats().accepted
      const isTaken = client.log(key, value as string, epoch) || client.stats().accepted > before
      if (isTaken) values++
      else refuse(place, `The client did not take it: ${client.stats().lastError?.message ?? 'too large, or no room'}`)
    },
    result: (): Imported => ({ values, malformed, buckets }),
  }
}

const textCharsMax = 1000

function fieldsOf(item: unknown): Fields {
  const { key, signal, value, epoch } = (typeof item === 'object' && item !== null ? item : {}) as Partial<
    Fields & { signal: unknown }
  >
  return { key: key ?? signal, value: value ?? null, epoch }
}

function isBucket(parsed: unknown): parsed is { bucketKey: string; bucketName?: string } {
  return (
    typeof parsed === 'object' && parsed !== null && typeof (parsed as { bucketKey?: unknown }).bucketKey === 'string'
  )
}

function shown(item: unknown): string {
  return JSON.stringify(item) ?? 'undefined'
}

/** JSON, with the words that Python writes for what is no number. Undefined: it is none. */
function parse(line: string): unknown {
  for (const read of [(text: string) => text, withoutWords]) {
    try {
      return JSON.parse(read(line)) as unknown
    } catch {
      // or it is no JSON
    }
  }
  return undefined
}

/** Texts are passed over, whatever is in them. */
function withoutWords(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) => (found.startsWith('"') ? found : 'null'))
}

function offlineValue(text: string): string | number | boolean {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  if (!/^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return text // with a zero in front, it is a code of some kind
  const number = Number(text)
  const isExact = /[.e]/i.test(text) ? Number.isFinite(number) : Number.isSafeInteger(number)
  return isExact ? number : text
}
