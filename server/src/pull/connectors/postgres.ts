/**
 * PostgreSQL: tables or a query, read whole, by a column that says what is new, or change by change from its log. Rows become JSON as
 * they come, with every digit, and no more than two pages of them are held.
 */
import type { Connector, ConnectorContext, DiscoveryContext, Page } from '../connector.ts'
import { writeName } from './database/names.ts'
import { runTables } from './database/table-runs.ts'
import { databaseIcon } from './icon.ts'
import { readChanges } from './postgres/changes.ts'
import { readTable } from './postgres/read-table.ts'
import { listRelations } from './postgres/relations.ts'
import { openSession } from './postgres/session.ts'
import { type PostgresSettings, type PostgresState, postgresSettings, postgresState } from './postgres/settings.ts'
import { targetsOf } from './postgres/targets.ts'

export const postgres: Connector<typeof postgresSettings, typeof postgresState> = {
  title: 'PostgreSQL',
  icon: databaseIcon('<path d="M10 19v-5h2.5a1.5 1.5 0 0 1 0 3H10"/>'),
  settings: postgresSettings,
  state: postgresState,
  isByDate: false,
  read: (settings, state, context) =>
    settings.mode === 'cdc' ? readChanges(settings, state, context) : readTables(settings, state, context),
  discover,
}

async function* readTables(
  settings: PostgresSettings,
  before: PostgresState,
  context: ConnectorContext,
): AsyncGenerator<Page<PostgresState>> {
  await using session = await openSession(settings, context)
  const targets = await targetsOf(session, settings)
  yield* runTables({ targets, isFull: settings.mode === 'full', before, context }, (target, state, tools) =>
    readTable(session, target, state, tools),
  )
}

async function discover(settings: PostgresSettings, context: DiscoveryContext) {
  await using session = await openSession(settings, context)
  const relations = await listRelations(session)
  return relations.map(({ schema, name, mayRead, columns }) => ({
    id: writeName(schema, name),
    title: schema === 'public' ? name : `${schema}.${name}`,
    fields: columns.map(({ name, type }) => ({ name, type })),
    available: mayRead,
  }))
}
