/**
 * Changes of tables by logical replication: first what is there, as of one moment, then every change since, in the order of the
 * transactions. What the server may forget is told to it only when the state behind it is kept: a page that was read twice has the same
 * ids.
 */
import { type ConnectorContext, NotRetryable, type Page } from '../../connector.ts'
import { describe, toolsOf } from '../database/problems.ts'
import { readChangeRows } from './change-rows.ts'
import { lsnDigits, lsnOf, lsnText } from './pgoutput.ts'
import { readTable } from './read-table.ts'
import { type Wanted, wantedTables } from './relations.ts'
import { openSession, type Session } from './session.ts'
import type { PostgresSettings, PostgresState } from './settings.ts'
import { checkReplication, confirm, dropSlot, lookAtSlot, makeSlot, preparePublication } from './slot.ts'
import { literal } from './sql.ts'
import { tableTarget } from './targets.ts'

type Changes = NonNullable<PostgresState['changes']>

/** Of a peek; whole transactions, so that a large one may be more. */
const changesPerPeek = 50_000
const reserved = ['_op', '_lsn', '_seq']

export async function* readChanges(
  settings: PostgresSettings,
  before: PostgresState,
  context: ConnectorContext,
): AsyncGenerator<Page<PostgresState>> {
  await using session = await openSession(settings, context, { writes: true })
  await checkReplication(session)
  const wanted = await wantedTables(session, settings)
  for (const { id, relation } of wanted)
    if (relation.columns.some(({ name }) => reserved.includes(name)))
      throw new NotRetryable(`${id} has a column with one of the names ${reserved.join(', ')}, which changes use`)
  await preparePublication(session, settings.publication!, wanted)
  const problems: string[] = []
  const begun = yield* begin(session, settings, before, context)
  let tables = before.changes?.slot === settings.slot ? before.tables : {}
  const missing = wanted.filter(({ id }) => !tables[id]?.isDone)
  if (missing.length > 0) {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    if (begun.snapshot !== undefined) await session.query(`SET TRANSACTION SNAPSHOT ${literal(begun.snapshot)}`)
    await begun.imported()
    const tools = toolsOf(context, lsnDigits(lsnOf(begun.changes.lsn)), problems)
    for (const one of missing) {
      const target = { ...tableTarget(one, settings, session.place), more: snapshotColumns(begun.changes.lsn) }
      for await (const { drafts, state } of readTable(session, target, tables[one.id], tools)) {
        tables = { ...tables, [one.id]: state }
        yield { drafts, state: { tables } }
        context.progress(state.rows, undefined, `${one.id}, as it is`)
      }
    }
    await session.query('COMMIT')
  }
  yield* follow(session, settings, wanted, begun.changes, context, problems)
  if (problems.length > 0) throw new NotRetryable(describe(problems))
}

interface Begun {
  readonly changes: Changes
  readonly snapshot: string | undefined
  /** The snapshot is in use. */
  imported(): Promise<void>
}

/** From where changes are read. @throws NotRetryable: the slot was lost. */
async function* begin(
  session: Session,
  settings: PostgresSettings,
  { changes }: PostgresState,
  context: ConnectorContext,
): AsyncGenerator<Page<PostgresState>, Begun> {
  const name = settings.slot!
  const slot = await lookAtSlot(session, name)
  if (slot?.isActive) throw new NotRetryable(`Something else reads from the replication slot ${name}: name another one`)
  const keep = (lsn: string): Page<PostgresState> => ({
    drafts: [],
    state: { tables: {}, changes: { slot: name, lsn, within: null, count: 0 } },
  })
  const nothing = async () => {}
  if (changes !== undefined && changes.slot === name) {
    if (slot === undefined || slot.isLost || lsnOf(slot.confirmed) > lsnOf(changes.lsn)) throw lostSlot(name)
    context.log.info('the replication slot', { slot: name, keptBytes: slot.keptBytes, confirmed: slot.confirmed })
    return { changes, snapshot: undefined, imported: nothing }
  }
  if (slot !== undefined && !slot.isLost) {
    // Left by a run before a reset, or that broke off: from now on is enough, since all tables are read after this.
    const [now] = await session.query<{ lsn: string }>('SELECT pg_catalog.pg_current_wal_flush_lsn() AS lsn')
    await confirm(session, name, now!.lsn)
    const { confirmed } = (await lookAtSlot(session, name))!
    context.log.warn('the replication slot was there: changes while the tables are read may come twice', { slot: name })
    yield keep(confirmed)
    return { changes: keep(confirmed).state.changes!, snapshot: undefined, imported: nothing }
  }
  if (slot !== undefined) await dropSlot(session, name)
  const made = await makeSlot(settings, context, name)
  try {
    context.log.info('the replication slot is made', { slot: name, lsn: made.lsn })
    yield keep(made.lsn)
    const imported = async () => made[Symbol.asyncDispose]()
    return { changes: keep(made.lsn).state.changes!, snapshot: made.snapshot, imported }
  } catch (error) {
    await made[Symbol.asyncDispose]()
    throw error
  }
}

function lostSlot(name: string): NotRetryable {
  return new NotRetryable(
    `The replication slot ${name} is gone, or was moved by somebody else: changes since the last run are lost. ` +
      'Reset the source: the next run makes the slot anew and reads all tables again',
  )
}

function snapshotColumns(lsn: string) {
  return [
    { name: '_op', sql: "'snapshot'" },
    { name: '_lsn', sql: literal(lsnDigits(lsnOf(lsn))) },
    { name: '_seq', sql: '0' },
  ]
}

/** All that was committed until now. */
async function* follow(
  session: Session,
  settings: PostgresSettings,
  wanted: readonly Wanted[],
  begun: Changes,
  context: ConnectorContext,
  problems: string[],
): AsyncGenerator<Page<PostgresState>> {
  const [now] = await session.query<{ lsn: string }>('SELECT pg_catalog.pg_current_wal_flush_lsn() AS lsn')
  const end = lsnOf(now!.lsn)
  const name = settings.slot!
  let changes = begun
  let loaded = 0
  // Of types that a change names and the session's own statements cannot look up while it is being read.
  await using types = await openSession(settings, context)
  while (lsnOf(changes.lsn) < end) {
    const from = changes
    const sql = `COPY (SELECT data FROM pg_catalog.pg_logical_slot_peek_binary_changes(${literal(name)}, ${literal(lsnText(end))},
      ${changesPerPeek}, 'proto_version', '1', 'publication_names', ${literal(quotedList(settings.publication!))})) TO STDOUT`
    for await (const page of readChangeRows(session.copy(sql), { from, wanted, types, log: context.log, problems })) {
      changes = page.changes
      loaded += page.drafts.length
      yield { drafts: page.drafts, state: { changes } }
      context.progress(loaded, undefined, `changes until ${changes.lsn}`)
      context.signal.throwIfAborted()
    }
    if (changes.lsn === from.lsn) {
      changes = { ...changes, lsn: lsnText(end), within: null, count: 0 }
      yield { drafts: [], state: { changes } }
    }
    // Whoever reads pages has kept their states when it asks for more.
    await confirm(session, name, changes.lsn)
  }
  const slot = await lookAtSlot(session, name)
  context.log.info('the replication slot', {
    slot: name,
    keptBytes: slot?.keptBytes ?? null,
    confirmed: slot?.confirmed ?? null,
  })
}

/** As the option of the plugin takes names: identifiers, with commas between. */
function quotedList(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
