/** Users' code and mapping tried out, a draft of either or what is in force: nothing is stored, nothing is loaded. */
import type { Arrival } from './arrivals.ts'
import type { EventBatch } from './batch.ts'
import { type Mapped, type Mapper, openMapper } from './map/mapper.ts'
import type { Mapping } from './map/mapping.ts'
import type { MappingChange } from './map/mapping-change/change.ts'
import type { MappingMode } from './mappings.ts'
import { failuresOf, mapWhole } from './outcomes.ts'
import type { Failure, RestreamEntry } from './restream.ts'
import { type Logger, silentLogger } from './telemetry.ts'
import { openCodeEngine, type Transformed } from './transform/code-engine.ts'
import type { GuestOpener } from './transform/program.ts'
import type { Deployment } from './transform.ts'

export interface Draft {
  /** What users' code makes of events; of the first of them, where that is much. @throws MillraceError `invalid_code`, `sandbox_unavailable`, `sandbox_refused`. */
  transform(arrivals: readonly Arrival[], signal: AbortSignal): Promise<Transformed>
  /** What the mapping makes of that; versions of it that this needs are remembered for the next call. */
  map(transformed: Transformed): Promise<Mapped>
  /** Of an event type as it is in force; undefined where it has none. */
  mappingOf(eventType: string): Mapping | undefined
  close(): void
}

export interface DraftSettings {
  /** Undefined: no code, events go on as they are. */
  readonly deployment: Deployment | undefined
  /** All of the workspace, as they are stored. Asked where something is mapped: to read a thousand of them takes seconds. */
  readonly mappings: () => Promise<readonly unknown[]>
  /** Of event types that have none of their own. */
  readonly mappingMode: MappingMode
  /** Instead of the one that is in force. */
  readonly mapping?: { readonly eventType: string; readonly mapping: unknown }
  /** That scheduled queries make. Asked where something is mapped. */
  readonly reservedTables?: () => Promise<readonly string[]>
  readonly guests: GuestOpener
}

/** @throws MillraceError `invalid_mapping`. */
export async function openDraft({
  deployment,
  mappings,
  mappingMode,
  mapping,
  reservedTables = async () => [],
  guests,
}: DraftSettings): Promise<Draft> {
  const quiet: Logger = silentLogger
  const before = new Map<string, Mapping>()
  const openOwnMapper = async (): Promise<Mapper> => {
    const stored = await mappings()
    for (const one of stored as readonly Mapping[]) before.set(one.eventType, one)
    const mapper = openMapper({
      mappings: stored,
      defaultMode: mappingMode,
      save: async () => {},
      reservedTables: await reservedTables(),
      logger: quiet,
    })
    if (mapping) await mapper.set(mapping.eventType, mapping.mapping as MappingChange)
    return mapper
  }
  let mapper = mapping && (await openOwnMapper())
  const engine = openCodeEngine({ guests, logger: quiet, pauses: false })
  engine.deploy(deployment)
  return {
    transform: (arrivals, signal) => engine.run(arrivals, signal),
    async map({ inputs }) {
      mapper ??= await openOwnMapper()
      return mapWhole(mapper, inputs)
    },
    mappingOf: (eventType) => before.get(eventType),
    close: () => engine.close(),
  }
}

/** An event by itself, as if it had arrived. */
export interface LooseEvent {
  readonly offset: bigint
  readonly id: string
  readonly type: string
  readonly input: EventBatch['input']
  /** ms since 1970 UTC, as is `time`. */
  readonly receivedAt: number
  readonly time: number
  /** How often it was sent through again, this time included. */
  readonly restreamCount: number
  readonly raw: Uint8Array
  /** Why the intake could not read it. */
  readonly fault?: { readonly code: string; readonly message: string }
}

/** An entry of the restream queue, as it would come if it were sent again now. */
export function looseOfEntry(entry: RestreamEntry): LooseEvent {
  const { offset, eventId: id, eventType: type, input, receivedAt, time, restreamCount, raw } = entry
  const { stage, code, message } = entry
  const fault = stage === 'ingest' ? { fault: { code, message } } : {}
  return { offset, id, type, input, receivedAt, time, restreamCount: restreamCount + 1, raw, ...fault }
}

export function arrivalOfOne(event: LooseEvent): Arrival {
  const { offset, id, type, input, receivedAt, time, restreamCount, raw, fault } = event
  const batch: EventBatch = {
    input,
    receivedAt,
    idBase: new Uint8Array(16),
    types: [type],
    ids: [id],
    times: [time],
    ...(fault && { faults: [{ index: 0, ...fault }] }),
    ...(restreamCount > 0 && { resent: [{ offset: `${offset}`, count: restreamCount, receivedAt }] }),
    starts: Uint32Array.of(0),
    ends: Uint32Array.of(raw.length),
    payload: raw,
  }
  return { batch, firstOffset: offset, duplicates: new Set(), skip: new Set(fault ? [0] : []) }
}

/** What would be set aside, in no order. */
export function failuresIn(arrivals: readonly Arrival[], transformed: Transformed, mapped: Mapped): Failure[] {
  return failuresOf(0, { arrivals, transformed, mapped })
}
