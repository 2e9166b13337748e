/**
 * The tables of Segment's warehouses that no message has by itself, as views over those that messages fill:
 *
 *   tracks   a row for each track of every name, with what all of them have: ids, times, `context_…`, `event` (its table) and
 *            `event_text` (its name as it was sent)
 *   users    a row for each user who was identified: of every trait the newest value that was told
 */
import type { TableStatus, ViewDraft } from '../query.ts'
import { columnOfRow, foldName, quoteName, quoteText, rowAlias } from '../semantic/sql.ts'

/** Tables of messages that are no tracks; a track may still be named so. */
const kindTables = ['identifies', 'pages', 'screens', 'groups', 'aliases']
/** What every track may have, `context_…` aside. */
const trackColumns = [
  ...['_id', '_time', '_received_at', '_input', 'message_id', 'user_id', 'anonymous_id'],
  ...['timestamp', 'original_timestamp', 'sent_at', 'channel', 'version'],
]
/** Columns of a message, which say nothing of its user; `id` is the user's. */
const messageColumns = new Set([
  ...['_id', '_input', '_event_type', 'message_id', 'id', 'user_id', '_time', '_received_at'],
  ...['timestamp', 'original_timestamp', 'sent_at', 'channel', 'version', 'type'],
])

export function segmentViews(tables: readonly TableStatus[]): ViewDraft[] {
  const filled = tables.filter(({ isDerived }) => !isDerived)
  const tracks = filled.filter(isOfTracks)
  const identifies = filled.find(({ name }) => foldName(name) === 'identifies')
  return [
    ...(tracks.length > 0 ? [{ name: 'tracks', sql: tracksSql(tracks) }] : []),
    ...(identifies !== undefined && hasColumns(identifies, ['_event_type', '_time', '_received_at', '_id', 'user_id'])
      ? [{ name: 'users', sql: usersSql(identifies) }]
      : []),
  ]
}

/** Every track says its event, and of whom it is: tables of other inputs may say so too, and are then told by their rows. */
function isOfTracks(table: TableStatus): boolean {
  return (
    hasColumns(table, ['_event_type', 'event']) &&
    (hasColumns(table, ['user_id']) || hasColumns(table, ['anonymous_id']))
  )
}

function tracksSql(tables: readonly TableStatus[]): string {
  const typesOf = Map.groupBy(
    tables.flatMap(({ columns }) => columns.filter(({ name }) => isShared(name))),
    ({ name }) => foldName(name),
  )
  const parts = tables.map((table) => {
    const shared = table.columns.filter(({ name }) => isShared(name))
    const columns = shared.map(({ name }) => {
      const types = new Set(typesOf.get(foldName(name))!.map(({ type }) => type))
      const value = types.size === 1 ? columnOfRow(name) : `CAST(${columnOfRow(name)} AS VARCHAR)`
      return `${value} AS ${quoteName(foldName(name))}`
    })
    const event = [`${quoteText(foldName(table.name))} AS "event"`, `${columnOfRow('_event_type')} AS "event_text"`]
    return `SELECT ${[...columns, ...event].join(', ')} FROM ${fromOf(table)} WHERE ${isTrack(table)}`
  })
  return parts.join(' UNION ALL BY NAME ')
}

function isShared(column: string): boolean {
  return trackColumns.includes(foldName(column)) || foldName(column).startsWith('context_')
}

/** Of a message whose kind is told by its table, `event` is whatever its sender put there. */
function isTrack({ name }: TableStatus): string {
  const event = `CAST(${columnOfRow('event')} AS VARCHAR)`
  return kindTables.includes(foldName(name)) ? `trim(${event}) = ${columnOfRow('_event_type')}` : `${event} IS NOT NULL`
}

function usersSql(table: TableStatus): string {
  const order = `(${['_time', '_received_at', '_id'].map(columnOfRow).join(', ')})`
  const traits = table.columns
    .filter(({ name }) => !messageColumns.has(foldName(name)))
    .map(({ name }) => `arg_max(${columnOfRow(name)}, ${order}) AS ${quoteName(name)}`)
  const times = ['_time', '_received_at'].map((name) => `max(${columnOfRow(name)}) AS ${quoteName(name)}`)
  const user = columnOfRow('user_id')
  const columns = [`${user} AS "id"`, `${user} AS "user_id"`, ...times, ...traits]
  const condition = `${user} IS NOT NULL AND ${columnOfRow('_event_type')} = 'identifies'`
  return `SELECT ${columns.join(', ')} FROM ${fromOf(table)} WHERE ${condition} GROUP BY ${user}`
}

function hasColumns({ columns }: TableStatus, names: readonly string[]): boolean {
  return names.every((wanted) => columns.some(({ name }) => foldName(name) === wanted))
}

function fromOf({ name }: TableStatus): string {
  return `main.${quoteName(name)} AS ${rowAlias}`
}
