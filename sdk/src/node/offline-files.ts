/** Files that the older Initial State clients leave behind when they cannot send: read, and tracked as events. */
import { readFile } from 'node:fs/promises'
import type { Client } from '../types.ts'

export interface Imported {
  readonly values: number
  /** Lines that could not be read. */
  readonly skipped: number
}

interface Value {
  readonly key?: unknown
  readonly value?: unknown
  readonly epoch?: unknown
}

/**
 * Logs what is in an `err_missed_events.txt`: a line is a JSON array of `{key, value, epoch}`, or an object that names a bucket and
 * is passed over. Repeating it logs everything again. @throws Error of the file system.
 */
export async function importMissedEvents(client: Pick<Client, 'log' | 'ready'>, path: string): Promise<Imported> {
  const counts = { values: 0, skipped: 0 }
  for (const line of linesOf(await readFile(path, 'utf8'))) {
    const parsed = parse(line)
    if (Array.isArray(parsed)) {
      for (const { key, value, epoch } of parsed as Value[]) await log(client, counts, key, value, epoch)
    } else if (typeof parsed !== 'object' || parsed === null || !('bucketKey' in parsed)) counts.skipped++
  }
  return counts
}

/** Logs the rows `epoch,key,value` of an offline CSV file. Numbers become numbers. @throws Error of the file system. */
export async function importOfflineRows(client: Pick<Client, 'log' | 'ready'>, path: string): Promise<Imported> {
  const counts = { values: 0, skipped: 0 }
  for (const line of linesOf(await readFile(path, 'utf8'))) {
    const [epoch, key, ...rest] = line.split(',')
    const text = rest.join(',')
    const value = text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
    await log(client, counts, rest.length === 0 ? undefined : key, value, Number(epoch))
  }
  return counts
}

async function log(
  client: Pick<Client, 'log' | 'ready'>,
  counts: { values: number; skipped: number },
  key: unknown,
  value: unknown,
  epoch: unknown,
): Promise<void> {
  if (typeof key !== 'string' || typeof epoch !== 'number' || !Number.isFinite(epoch)) counts.skipped++
  else {
    if (!client.log(key, value, epoch)) await client.ready()
    counts.values++
  }
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}
