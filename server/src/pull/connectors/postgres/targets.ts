/** What the settings want read, as the database has it now. */
import { NotRetryable } from '../../connector.ts'
import { originOf } from '../database/row-pages.ts'
import type { Target } from './read-table.ts'
import { type Column, columnsNamed, qualified, queryColumns, type Wanted, wantedTables } from './relations.ts'
import type { Session } from './session.ts'
import type { PostgresSettings } from './settings.ts'

export interface ReadTarget extends Target {
  /** As the statistics of the server have it; undefined where they say nothing. */
  readonly rowsAbout: number | undefined
}

/** By `ctid` rows of these can be told apart: tables, with and without partitions, and materialised views. */
const withPlaces = new Set(['r', 'p', 'm'])
/** What has an order and can be compared with a text of it. */
const withoutOrder = new Set(['json', 'jsonb', 'xml', 'point', 'bool', 'bytea'])

/** @throws NotRetryable: something that they name is not there, or cannot be used so. */
export async function targetsOf(session: Session, settings: PostgresSettings): Promise<ReadTarget[]> {
  if (settings.query !== undefined) return [await queryTarget(session, settings, settings.query)]
  const wanted = await wantedTables(session, settings)
  if (wanted.length === 0) throw new NotRetryable('There is no table that this user may read')
  return wanted.map((one) => tableTarget(one, settings, session.place))
}

/** `place`: of the database. */
export function tableTarget(
  { relation, settings: own, eventType, id }: Wanted,
  settings: PostgresSettings,
  place: string,
): ReadTarget {
  const { columns, kind, rowsAbout } = relation
  const key = columnsNamed(columns, own.key ?? relation.key, id)
  const cursor = settings.mode === 'incremental' ? cursorOf(columns, own.cursor ?? settings.cursor!, id) : undefined
  return {
    id,
    eventType,
    origin: originOf([place, id, eventType]),
    from: qualified(relation),
    columns: own.columns === undefined ? columns : columnsNamed(columns, own.columns, id),
    key,
    ...(cursor && { cursor }),
    hasPlaces: withPlaces.has(kind),
    overlapSeconds: settings.overlapSeconds,
    rowsAbout: rowsAbout < 0 ? undefined : rowsAbout,
  }
}

async function queryTarget(session: Session, settings: PostgresSettings, query: string): Promise<ReadTarget> {
  const columns = await queryColumns(session, query)
  if (columns.length === 0) throw new NotRetryable('The query gives no columns')
  const cursor = settings.mode === 'incremental' ? cursorOf(columns, settings.cursor!, 'The query') : undefined
  return {
    id: 'query',
    eventType: settings.eventType!,
    origin: originOf([session.place, query, settings.eventType!]),
    from: `(${query}\n) AS q`,
    columns,
    key: columnsNamed(columns, settings.key ?? [], 'The query'),
    ...(cursor && { cursor }),
    hasPlaces: false,
    overlapSeconds: settings.overlapSeconds,
    rowsAbout: undefined,
  }
}

function cursorOf(columns: readonly Column[], name: string, where: string): Column {
  const [cursor] = columnsNamed(columns, [name], where)
  if (cursor!.isArray || cursor!.kind === 'c' || withoutOrder.has(cursor!.base))
    throw new NotRetryable(`${where}: ${name} is ${cursor!.type}, which cannot say what is new`)
  return cursor!
}
