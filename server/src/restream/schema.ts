/** The tables of a restream queue's file, and how a file of an earlier version becomes one of this. */
import type { DatabaseSync } from 'node:sqlite'
import { MillraceError } from '../errors.ts'
import type { Stage } from '../restream.ts'
import { countedColumns, factsOf, openChanges } from './cluster-changes.ts'
import { openReasons, type Reason } from './fingerprint.ts'
import { openStatements } from './transaction.ts'

/** `PRAGMA user_version`: 0 is an empty file, or one from before there were clusters. */
const version = 2

/**
 * Brings the file to this version, in one transaction. A queue of a million entries takes some twenty seconds, once.
 * @throws MillraceError `store_newer`.
 */
export function prepareSchema(db: DatabaseSync): void {
  const found = versionOf(db)
  if (found === version) return
  if (found > version) {
    throw new MillraceError('store_newer', 'The restream queue was written by a later version of Millrace', {
      hint: 'Start that version, or a later one.',
    })
  }
  db.exec('BEGIN IMMEDIATE')
  try {
    const before = versionOf(db) // another thread may have been quicker
    if (before === 0) upgrade(db)
    if (before < 2) db.exec(fetchedColumns)
    db.exec(`PRAGMA user_version = ${version}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()!['user_version'])
}

function upgrade(db: DatabaseSync): void {
  const isOld = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'entries'`).get() !== undefined
  if (!isOld) {
    db.exec(entriesTable)
    db.exec(tables)
    return
  }
  db.exec(addedColumns)
  const reasons = fillFingerprints(db)
  db.exec(tables)
  fillClusters(db, reasons)
}

const entriesTable = `
CREATE TABLE entries (
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
  transform_version INTEGER,
  subject TEXT,
  first_failed_at INTEGER NOT NULL DEFAULT 0,
  fingerprint TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (partition, offset)
) WITHOUT ROWID;
`

/** What the first version of the file had no columns for; at the end, as they are in a new file. */
const addedColumns = `
ALTER TABLE entries ADD COLUMN transform_version INTEGER;
ALTER TABLE entries ADD COLUMN subject TEXT;
ALTER TABLE entries ADD COLUMN first_failed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
ALTER TABLE totals ADD COLUMN count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE totals ADD COLUMN sent_bytes INTEGER NOT NULL DEFAULT 0;
`

/** Since version 2: of events that a source fetched by dates. */
const fetchedColumns = `
ALTER TABLE entries ADD COLUMN days TEXT;
ALTER TABLE entries ADD COLUMN attempt TEXT;
CREATE INDEX entries_fetched ON entries (input_id, days) WHERE days IS NOT NULL;
`

/** Counts are of entries of which no copy was admitted (seen_offset null), `sent` those of them with sent_at. */
const tables = `
CREATE INDEX IF NOT EXISTS entries_by_code ON entries (code, offset);
CREATE INDEX IF NOT EXISTS entries_by_event_type ON entries (event_type, offset);
CREATE INDEX IF NOT EXISTS entries_by_fingerprint ON entries (fingerprint, offset) WHERE seen_offset IS NULL;
CREATE INDEX IF NOT EXISTS entries_seen ON entries (partition, seen_offset) WHERE seen_offset IS NOT NULL;
CREATE INDEX IF NOT EXISTS entries_sent ON entries (sent_at) WHERE sent_at IS NOT NULL AND seen_offset IS NULL;
CREATE TABLE IF NOT EXISTS purged (partition INTEGER NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (partition, offset)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS totals (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  purged INTEGER NOT NULL,
  count INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0,
  sent_bytes INTEGER NOT NULL DEFAULT 0
);
INSERT OR IGNORE INTO totals (only, purged) VALUES (1, 0);
CREATE TABLE clusters (
  fingerprint TEXT PRIMARY KEY,
  stage TEXT NOT NULL,
  code TEXT NOT NULL,
  subject TEXT,
  pattern TEXT NOT NULL,
  count INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  sent INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX clusters_by_count ON clusters (count DESC, fingerprint);
CREATE TABLE cluster_parts (
  fingerprint TEXT NOT NULL,
  event_type TEXT NOT NULL,
  input_label TEXT NOT NULL,
  count INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, event_type, input_label)
) WITHOUT ROWID;
CREATE TABLE cluster_hours (
  fingerprint TEXT NOT NULL,
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (fingerprint, hour)
) WITHOUT ROWID;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  filter TEXT NOT NULL,
  events_per_second_max REAL,
  state TEXT NOT NULL,
  total INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  error TEXT
);
`

/** Each reason of the old entries is worked out once, by a function that SQLite calls. */
function fillFingerprints(db: DatabaseSync): Map<string, Reason> {
  const reasonFor = openReasons()
  const reasons = new Map<string, Reason>()
  db.function('fingerprint_of', (stage, code, message) => {
    const reason = reasonFor({ stage: stage as Stage, code: code as string, message: message as string })
    reasons.set(reason.fingerprint, reason)
    return reason.fingerprint
  })
  db.exec('UPDATE entries SET first_failed_at = failed_at, fingerprint = fingerprint_of(stage, code, message)')
  return reasons
}

function fillClusters(db: DatabaseSync, reasons: ReadonlyMap<string, Reason>): void {
  const prepare = openStatements(db)
  const changes = openChanges(prepare)
  for (const row of prepare(`SELECT ${countedColumns} FROM entries WHERE seen_offset IS NULL`).iterate()) {
    changes.add(reasons.get(row['fingerprint'] as string)!, factsOf(row))
    if (row['is_sent'] === 1n) changes.mark(row, true)
  }
  changes.apply()
}
