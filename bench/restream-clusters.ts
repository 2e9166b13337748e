/**
 * The restream queue when it is large: how long a page of clusters takes, a cluster, a page of its entries, and the status; and how
 * long a batch of failures takes to be kept, against the same rows inserted without clusters and totals. Wanted: 300 ms for the page.
 *
 *   node bench/restream-clusters.ts [entries]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Failure } from '@millrace/server/restream'
import { insertEntry, rowOf } from '@millrace/server/restream/entries'
import { openRestreamQueue, type RestreamQueue } from '@millrace/server/restream/queue'
import { median } from './child.ts'
import { makeEvent } from './events.ts'

const entries = Number(process.argv[2] ?? 1_000_000)
const batch = 10_000
const kinds = 300
const inputs = ['Shop', 'Door', 'Mail'].map((label) => ({ id: label, label, type: 'native' }))
const raws = Array.from({ length: 200 }, (_, i) => Buffer.from(JSON.stringify(makeEvent(i))))
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

/** Of one of many reasons, the first of them the most frequent. */
function failureAt(offset: number): Failure {
  const kind = Math.floor(kinds * ((offset * 0.618) % 1) ** 3)
  return {
    partition: 0,
    offset: BigInt(offset),
    eventId: `id-${offset}`,
    eventType: `event ${kind % 40}`,
    input: inputs[offset % inputs.length]!,
    receivedAt: offset,
    time: offset,
    stage: 'map',
    code: kind % 2 === 0 ? 'number_range' : 'value_not_convertible',
    message: `${offset}.5 is no whole number, in "text ${offset}" of a field`,
    subject: `field_${kind}`,
    restreamCount: 0,
    raw: raws[offset % raws.length]!,
  }
}

function batchAt(start: number): Failure[] {
  return Array.from({ length: batch }, (_, i) => failureAt(start + i))
}

function timed<T>(work: () => T): [ms: number, result: T] {
  const startedAt = performance.now()
  const result = work()
  return [performance.now() - startedAt, result]
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The entries' table and its first two indexes, which the queue had before it had clusters. */
function openBare(): (failures: readonly Failure[]) => void {
  const path = join(folder, 'bare.db')
  openRestreamQueue(path).close()
  const db = new DatabaseSync(path)
  db.exec('PRAGMA synchronous = FULL; DROP INDEX entries_by_fingerprint')
  const insert = db.prepare(insertEntry)
  return (failures) => {
    db.exec('BEGIN IMMEDIATE')
    for (const failure of failures) insert.run(...rowOf(failure, { fingerprint: '', failedAt: 1, firstFailedAt: 1 }))
    db.exec('COMMIT')
  }
}

function report(queue: RestreamQueue): void {
  const rows: Record<string, { ms: string }> = {}
  const measure = (what: string, work: () => unknown) => {
    const times = Array.from({ length: 9 }, () => timed(work)[0]).sort((a, b) => a - b)
    rows[what] = { ms: `${times[4]!.toFixed(1)} (worst ${times[8]!.toFixed(1)})` }
  }
  const [largest] = queue.clusters({ limit: 1 })
  const last = queue.clusters({ limit: kinds }).at(-200)!
  const { fingerprint } = largest!
  measure('status', () => queue.status())
  measure('page of 100 clusters', () => queue.clusters({ limit: 100 }))
  measure('the page after 100', () => queue.clusters({ limit: 100, after: last }))
  measure('one cluster, the largest', () => queue.cluster(fingerprint))
  measure('page of 1,000 of its entries, at the end', () =>
    queue.list({ fingerprint }, { limit: 1000, after: BigInt(entries - 20_000) }),
  )
  measure('how many a purge would throw away', () => queue.waiting({ code: 'number_range', input: 'Door' }))
  console.table(rows)
}

try {
  const bare = openBare()
  const queue = openRestreamQueue(join(folder, 'restream.db'))
  const times = { bare: [] as number[], queue: [] as number[] }
  for (let start = 0; start < entries; start += batch) {
    const failures = batchAt(start)
    if (start < 50 * batch) times.bare.push(cpuMs(() => bare(failures)))
    times.queue.push(cpuMs(() => queue.append(failures)))
  }
  console.log(`${entries} entries queued, ${queue.status().count} counted`)
  report(queue)
  const both = times.queue.slice(0, times.bare.length)
  console.log(
    `batch of ${batch}, CPU: ${median(both).toFixed(0)} ms, without clusters ${median(times.bare).toFixed(0)} ms (median ratio ${median(both.map((ms, i) => ms / times.bare[i]!)).toFixed(2)}); the last ten ${median(times.queue.slice(-10)).toFixed(0)} ms`,
  )
  queue.close()
} finally {
  rmSync(folder, { recursive: true })
}
