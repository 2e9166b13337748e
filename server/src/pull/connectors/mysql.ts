/**
 * MySQL and MariaDB: tables or a query, read whole or by a column that says what is new. Rows become JSON as they come, with every digit,
 * and no more than two pages of them are held.
 */
import type { Connector, ConnectorContext, DiscoveryContext, Page } from '../connector.ts'
import { writeName } from './database/names.ts'
import { runTables } from './database/table-runs.ts'
import type { RunState } from './database/table-state.ts'
import { databaseIcon } from './icon.ts'
import { readTable } from './mysql/read-table.ts'
import { listTables, targetsOf } from './mysql/relations.ts'
import { openSession } from './mysql/session.ts'
import { type MysqlSettings, mysqlSettings, mysqlState } from './mysql/settings.ts'

export const mysql: Connector<typeof mysqlSettings, typeof mysqlState> = {
  title: 'MySQL and MariaDB',
  icon: databaseIcon('<path d="M8.5 18.5v-4l3.5 3 3.5-3v4"/>'),
  settings: mysqlSettings,
  state: mysqlState,
  isByDate: false,
  read,
  discover,
}

async function* read(
  settings: MysqlSettings,
  before: RunState,
  context: ConnectorContext,
): AsyncGenerator<Page<RunState>> {
  await using session = await openSession(settings, context)
  const targets = await targetsOf(session, settings)
  yield* runTables({ targets, isFull: settings.mode === 'full', before, context }, (target, state, tools) =>
    readTable(session, target, state, tools),
  )
}

async function discover(settings: MysqlSettings, context: DiscoveryContext) {
  await using session = await openSession(settings, context)
  const tables = await listTables(session, settings)
  return tables.map(({ name, mayRead, fields }) => ({
    id: writeName(settings.database, name),
    title: name,
    fields,
    available: mayRead,
  }))
}
