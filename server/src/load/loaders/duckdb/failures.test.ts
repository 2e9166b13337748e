import { describe, expect, it } from 'vitest'
import { isWalDamaged, loadFailure, openFailure, queryFailure } from './failures.ts'

describe('an error of DuckDB while loading', () => {
  it.each([
    [
      'Out of Memory Error: could not allocate block of size 256.0 KiB (127.9 MiB/128.0 MiB used)',
      'destination_unavailable',
    ],
    [
      'TransactionContext Error: Failed to commit: Could not write file "a.wal": No space left on device',
      'destination_unavailable',
    ],
    ['TransactionContext Error: Conflict on update!', 'destination_unavailable'],
    ['TransactionContext Error: Catalog write-write conflict on alter with "events"', 'destination_unavailable'],
    ['Catalog Error: write-write conflict on create', 'destination_unavailable'],
    ['FATAL Error: Failed: database has been invalidated because of a previous fatal error', 'destination_unavailable'],
    ['IO Error: Could not write file', 'destination_unavailable'],
    ['Catalog Error: Table with name events does not exist!', 'schema_conflict'],
    ['Binder Error: Table "events" does not have a column with name "note"', 'schema_conflict'],
    ['Conversion Error: Could not convert string', 'schema_conflict'],
    ['Constraint Error: NOT NULL constraint failed', 'schema_conflict'],
  ])('%s', (message, code) => {
    const cause = new Error(message)
    expect(loadFailure(cause)).toMatchObject({ code, cause })
  })
})

describe('an error of DuckDB while opening', () => {
  it.each([
    [
      'IO Error: Could not set lock on file "a": Conflicting lock is held in node (PID 1)',
      'destination_unavailable',
      false,
    ],
    ['IO Error: Failure while replaying WAL file "a.wal": Corrupt WAL file', 'destination_refused', true],
    ['IO Error: Failure while replaying WAL file "a.wal": No space left on device', 'destination_unavailable', false],
    ['IO Error: Corrupt database file: computed checksum 1 does not match', 'destination_refused', false],
    ['IO Error: Cannot open file "a": Permission denied', 'destination_refused', false],
  ])('%s', (message, code, walDamaged) => {
    expect(openFailure(new Error(message), 'a')).toMatchObject({ code })
    expect(isWalDamaged(new Error(message))).toBe(walDamaged)
  })
})

describe('an error of DuckDB while it answers a query', () => {
  it.each([
    ['INTERRUPT Error: Interrupted!', 'query_timeout'],
    ['Out of Memory Error: failed to allocate', 'query_too_large'],
    ['Binder Error: Referenced column "nothing" not found', 'invalid_sql'],
    [
      'Invalid Input Error: Cannot execute statement of type "DELETE": transaction is launched in read-only mode',
      'query_refused',
    ],
    ['Permission Error: Cannot access file "/etc/passwd"', 'query_refused'],
    ['FATAL Error: database has been invalidated', 'destination_unavailable'],
  ])('%s', (message, code) => {
    expect(queryFailure(new Error(message))).toMatchObject({ code })
  })
})
