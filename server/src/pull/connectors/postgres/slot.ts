/** The replication slot and the publication of a source: made where they are not there, looked at, and moved on when changes are durable. */
import { type ConnectorContext, NotRetryable } from '../../connector.ts'
import type { Wanted } from './relations.ts'
import { qualified } from './relations.ts'
import { openSession, type Session } from './session.ts'
import type { PostgresSettings } from './settings.ts'
import { identifier, literal } from './sql.ts'

export interface Slot {
  /** Behind which changes are still there. */
  readonly confirmed: string
  readonly isLost: boolean
  readonly isActive: boolean
  /** Bytes of log that the server keeps for it. */
  readonly keptBytes: number
}

type Row = Record<string, string | null>

/** Undefined where there is none. @throws NotRetryable: it is another thing than changes can be read from. */
export async function lookAtSlot(session: Session, name: string): Promise<Slot | undefined> {
  const [row] = await session.query<Row>(`
    SELECT plugin, database = pg_catalog.current_database() AS is_here, active, confirmed_flush_lsn AS confirmed,
           ${session.version >= 130_000 ? 'wal_status' : "'reserved'"} AS wal_status,
           pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn) AS kept
      FROM pg_catalog.pg_replication_slots WHERE slot_name = ${literal(name)}`)
  if (row === undefined) return undefined
  if (row['plugin'] !== 'pgoutput' || row['is_here'] !== 't')
    throw new NotRetryable(`The replication slot ${name} is of another plugin or database: name another one by slot`)
  return {
    confirmed: row['confirmed'] ?? '0/0',
    isLost: row['wal_status'] === 'lost' || row['kept'] === null,
    isActive: row['active'] === 't',
    keptBytes: Number(row['kept'] ?? 0),
  }
}

/** @throws NotRetryable: the server writes too little for it, or the user may not. */
export async function checkReplication(session: Session): Promise<void> {
  const [row] = await session.query<Row>('SHOW wal_level')
  if (row?.['wal_level'] !== 'logical')
    throw new NotRetryable(
      `The server’s wal_level is ${row?.['wal_level']}: changes can be read where it is logical. Set it and restart PostgreSQL`,
    )
}

/** Makes sure that it has the tables. */
export async function preparePublication(session: Session, name: string, wanted: readonly Wanted[]): Promise<void> {
  const kinds = wanted.find(({ relation: { kind } }) => kind !== 'r' && kind !== 'p')
  if (kinds) throw new NotRetryable(`${kinds.id} is no table: of views there are no changes to read`)
  const [found] = await session.query<Row>(
    `SELECT puballtables AS all FROM pg_catalog.pg_publication WHERE pubname = ${literal(name)}`,
  )
  const tables = (list: readonly Wanted[]) => list.map(({ relation }) => qualified(relation)).join(', ')
  if (found === undefined) {
    const root = session.version >= 130_000 ? ' WITH (publish_via_partition_root = true)' : ''
    await session.query(`CREATE PUBLICATION ${identifier(name)} FOR TABLE ${tables(wanted)}${root}`)
    return
  }
  if (found['all'] === 't') return
  const has = await session.query<Row>(
    `SELECT schemaname AS schema, tablename AS name FROM pg_catalog.pg_publication_tables WHERE pubname = ${literal(name)}`,
  )
  const lacks = wanted.filter(
    ({ relation }) => !has.some(({ schema, name }) => schema === relation.schema && name === relation.name),
  )
  if (lacks.length > 0) await session.query(`ALTER PUBLICATION ${identifier(name)} ADD TABLE ${tables(lacks)}`)
}

export interface NewSlot extends AsyncDisposable {
  readonly lsn: string
  /** What a transaction imports to see exactly what was there before the first change; until this is closed. */
  readonly snapshot: string
}

export async function makeSlot(settings: PostgresSettings, context: ConnectorContext, name: string): Promise<NewSlot> {
  const session = await openSession(settings, context, { writes: true, replicates: true })
  try {
    const command = `CREATE_REPLICATION_SLOT ${identifier(name)} LOGICAL pgoutput EXPORT_SNAPSHOT`
    const [row] = await session.query<Row>(command)
    return {
      lsn: row!['consistent_point']!,
      snapshot: row!['snapshot_name']!,
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    }
  } catch (error) {
    await session[Symbol.asyncDispose]()
    throw error
  }
}

export async function dropSlot(session: Session, name: string): Promise<void> {
  await session.query(`SELECT pg_catalog.pg_drop_replication_slot(${literal(name)})`)
}

/** What is before it is never asked for again: the server may remove it. */
export async function confirm(session: Session, name: string, lsn: string): Promise<void> {
  await session.query(`SELECT pg_catalog.pg_replication_slot_advance(${literal(name)}, ${literal(lsn)})`)
}
