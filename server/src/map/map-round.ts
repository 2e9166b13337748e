/**
 * One round of the map stage: the events of several log records become rows, one event type after the other, each under the mapping that
 * it has or is given. Where one changes the columns of a table that others fill as well, those are mapped again.
 */
import type { MappingMode } from '../mappings.ts'
import type { Logger } from '../telemetry.ts'
import { type EventRows, groupRows, type MapInput } from './event-rows.ts'
import type { Extractors } from './extractors.ts'
import { type Fitted, fitRows } from './fit-rows.ts'
import { Harvest } from './harvest.ts'
import type { Mapping } from './mapping.ts'
import type { Mappings } from './mappings.ts'
import { Policy } from './policy.ts'
import { noColumns, tableColumnsFor } from './table-columns.ts'
import { nameTable } from './table-names.ts'

export interface RoundParts {
  readonly mappings: Mappings
  readonly extractors: Extractors
  /** Of event types that have none of their own. */
  readonly defaultMode: MappingMode
  readonly logger: Logger
  /** Makes a version of a mapping count, durably. @returns the mappings that changed with it. */
  readonly keep: (mapping: Mapping) => Promise<readonly Mapping[]>
}

/** All rows, with what could not become one. @throws Whatever `keep` throws. */
export async function mapRound(inputs: readonly MapInput[], parts: RoundParts): Promise<Harvest> {
  const harvest = new Harvest(inputs)
  const groups = groupRows(inputs)
  let waiting = [...groups.keys()].sort()
  while (waiting.length > 0) {
    const again = new Set<string>()
    for (const eventType of waiting) {
      const others = await mapType(eventType, groups.get(eventType)!, harvest, parts)
      // Of another type's rows that go to the same table, the columns are not yet what they have just become.
      for (const other of others) if (harvest.has(other)) again.add(other)
    }
    waiting = [...again].sort()
  }
  return harvest
}

/** @returns the event types whose mappings changed with this one. */
async function mapType(
  eventType: string,
  rows: readonly EventRows[],
  harvest: Harvest,
  parts: RoundParts,
): Promise<readonly string[]> {
  const { mappings, extractors, defaultMode, logger } = parts
  const present = presentOf(eventType, mappings)
  const mode = present && !present.usesDefaultMode ? present.mode : defaultMode
  if (present?.isDiscarded) return harvest.discard(eventType, rows)
  if (mode !== 'AUTO_MAP' && (present ?? { isForgotten: true }).isForgotten)
    return harvest.refuse(eventType, rows, 'unmapped_event_type')
  if (!present && mappings.isFullOfTables) return harvest.refuse(eventType, rows, 'too_many_tables')
  const opened = present && extractors.of(present)
  const fitted = fitRows(rows, {
    mapping: present,
    policy: new Policy(present, mode, present && mappings.fixedElsewhere(present)),
    opened,
    tableColumns: () => (present ? tableColumnsFor(mappings.all(), present) : noColumns),
  })
  const { mapping, others } = await advance(eventType, present, fitted, harvest, parts)
  if (mapping && fitted.opened.extractor !== opened?.extractor) extractors.keep(mapping, fitted.opened)
  harvest.take(eventType, { mapping, fitted, parts: rows })
  const misfits = fitted.faults.filter(({ fault }) => fault.code === 'internal').length
  if (misfits > 0) logger.error('events do not fit their own mapping', { eventType, count: misfits })
  return others
}

/** A mapping that was removed has lost its table where something else makes it now. */
function presentOf(eventType: string, mappings: Mappings): Mapping | undefined {
  const mapping = mappings.get(eventType)
  return mapping && mappings.isReserved(mapping.table) ? { ...mapping, table: '' } : mapping
}

/** The mapping that the fitted rows need, saved; undefined for a new event type of which no row could be made. */
async function advance(
  eventType: string,
  present: Mapping | undefined,
  { draft, parts }: Fitted,
  harvest: Harvest,
  { mappings, keep }: RoundParts,
): Promise<{ mapping: Mapping | undefined; others: readonly string[] }> {
  if (!draft || parts.every(({ rows }) => rows.event.length === 0)) return { mapping: present, others: [] }
  const table = present?.table || nameTable(eventType, mappings.tableNames())
  const mapping = draft.finish(eventType, table)
  if (mapping === present) return { mapping, others: [] }
  const others = await keep(mapping)
  for (const version of [mapping, ...others]) harvest.noteVersion(version)
  return { mapping, others: others.map((other) => other.eventType) }
}
