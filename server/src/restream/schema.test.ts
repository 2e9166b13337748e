/** A file of the version before clusters, made as that version made it, is opened, and knows its clusters. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReasons } from './fingerprint.ts'
import { openRestreamQueue } from './queue.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-restream-'))
  path = join(folder, 'restream.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const oldSchema = `
CREATE TABLE IF NOT EXISTS entries (
  partition INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  input_id TEXT NOT NULL,
  input_label TEXT NOT NULL,
  input_type TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  time INTEGER NOT NULL,
  stage TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  mapping_version INTEGER,
  restream_count INTEGER NOT NULL,
  failed_at INTEGER NOT NULL,
  sent_at INTEGER,
  seen_offset INTEGER,
  raw BLOB NOT NULL,
  PRIMARY KEY (partition, offset)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_by_code ON entries (code, offset);
CREATE INDEX IF NOT EXISTS entries_by_event_type ON entries (event_type, offset);
CREATE INDEX IF NOT EXISTS entries_seen ON entries (partition, seen_offset) WHERE seen_offset IS NOT NULL;
CREATE TABLE IF NOT EXISTS purged (partition INTEGER NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (partition, offset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS totals (only INTEGER PRIMARY KEY CHECK (only = 1), purged INTEGER NOT NULL);
INSERT OR IGNORE INTO totals VALUES (1, 0);
`

/** Two of one reason, one of another, one sent, one admitted, one purged before. */
function makeOldFile(): void {
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA journal_mode = WAL; ${oldSchema}`)
  const insert = db.prepare(`INSERT INTO entries VALUES
    (0, ?, 'id', ?, 'in1', 'Shop', 'native', 1000, 900, 'map', 'number_range', ?, 3, ?, 5000, ?, ?, ?)`)
  insert.run(1, 'order', '7 is too large', 0, null, null, Buffer.from('{}'))
  insert.run(2, 'visit', '8 is too large', 2, 4000, null, Buffer.from('{"n":8}'))
  insert.run(3, 'order', 'no number', 0, null, null, Buffer.from('{"n":9}'))
  insert.run(4, 'order', 'no number', 0, 4000, 90, Buffer.from('{"n":10}'))
  db.exec('INSERT INTO purged VALUES (0, 5); UPDATE totals SET purged = 1')
  db.close()
}

describe('a file of the version before clusters', () => {
  it('is opened with its entries, clusters and totals, and goes on', () => {
    makeOldFile()
    const queue = openRestreamQueue(path, { now: () => 6000 })
    expect(queue.status()).toMatchObject({ count: 3, bytes: 16, sent: 1, purged: 1 })
    const { fingerprint } = openReasons()({ stage: 'map', code: 'number_range', message: '1 is too large' })
    const common = { firstFailedAt: 5000, lastFailedAt: 5000, stage: 'map', code: 'number_range' }
    expect(queue.clusters({ limit: 10 })).toEqual([
      {
        ...common,
        fingerprint,
        pattern: '<n> is too large',
        message: '8 is too large',
        count: 2,
        bytes: 9,
        sent: 1,
        eventTypes: [
          { name: 'order', count: 1 },
          { name: 'visit', count: 1 },
        ],
        inputs: [{ name: 'Shop', count: 2 }],
        timeline: [{ hour: 0, count: 2 }],
        examples: [2n, 1n],
      },
      expect.objectContaining({ ...common, message: 'no number', count: 1, sent: 0, examples: [3n] }),
    ])
    expect(queue.get(2n)).toMatchObject({ fingerprint, attempts: 3, firstFailedAt: 5000, failedAt: 5000, isSent: true })
    queue.purge({ fingerprint }, { limit: 10 })
    queue.admit(0, [{ entry: 2n, offset: 91n }])
    expect(queue.clusters({ limit: 10 })).toHaveLength(1)
    expect(queue.status()).toMatchObject({ count: 1, bytes: 7, sent: 0, purged: 2 })
    queue.close()
  })

  it('is made new once: opened again, and by two at a time, it is as it was', () => {
    makeOldFile()
    openRestreamQueue(path).close()
    const [first, second] = [openRestreamQueue(path), openRestreamQueue(path)]
    expect(first.clusters({ limit: 10 })).toEqual(second.clusters({ limit: 10 }))
    expect(first.status().count).toBe(3)
    first.close()
    second.close()
  })

  it('of a later version is refused', () => {
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 9')
    db.close()
    expect(() => openRestreamQueue(path)).toThrow(expect.objectContaining({ code: 'store_newer' }))
  })
})
