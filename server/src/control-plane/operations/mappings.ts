/** Mappings as people set them: what of an event type goes to which columns, and what becomes of the rest. */
import type { Json } from '@millrace/event/event'
import type { MappingMode } from '../../mappings.ts'
import type { DataPlane } from '../data-plane.ts'
import { findMappingMode, putMappingMode } from '../store/mapping-modes.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound, operation } from './operation.ts'

export function mappingOperations(store: Store, dataPlane: DataPlane) {
  /** In the audit before it happens: the pipeline saves the version itself, between two batches. */
  const announce = (caller: Caller, action: string, eventType: string, detail: Record<string, Json> = {}) =>
    store.change(authorOf(caller), async () => ({
      result: undefined,
      audit: { workspaceId: caller.workspace, action, object: eventType, detail },
    }))

  return {
    /**
     * Makes the whole mapping what is given; in force for every event logged after it resolves.
     * @throws MillraceError `invalid_mapping` with `fields`: all that is wrong with it; nothing is changed.
     */
    set: operation('event-types:write', async (caller, eventType: string, change: unknown) => {
      await announce(caller, 'mapping.set', eventType)
      return dataPlane.mappings(caller.workspace).set(eventType, change)
    }),

    /** The table stays, with its rows; under AUTO_MAP new events bring the event type back. @throws MillraceError `not_found`. */
    forget: operation('event-types:write', async (caller, eventType: string): Promise<void> => {
      await announce(caller, 'mapping.forgotten', eventType)
      await dataPlane.mappings(caller.workspace).forget(eventType)
    }),

    /** Of event types that have no mode of their own. */
    mode: operation('event-types:read', async (caller) => ({
      mode: ((await findMappingMode(store.db, caller.workspace)) ?? 'AUTO_MAP') as MappingMode,
    })),

    setMode: operation('event-types:write', async (caller, mode: MappingMode) => {
      await store.change(authorOf(caller), async (tx) => {
        await putMappingMode(tx, caller.workspace, mode)
        const audit = {
          workspaceId: caller.workspace,
          action: 'mapping.mode',
          object: caller.workspace,
          detail: { mode },
        }
        return { result: undefined, audit }
      })
      await dataPlane.mappings(caller.workspace).setMode(mode)
      return { mode }
    }),

    /** What was seen in the fields of an event type, as a tree. @throws MillraceError `not_found`. */
    fields: operation('samples:read', async (caller, eventType: string) => {
      const statistics = await dataPlane.mappings(caller.workspace).statistics(eventType)
      if (statistics === undefined) throw notFound('event type')
      return statistics
    }),

    /** Begins to count anew. */
    clearFields: operation('event-types:write', async (caller, eventType: string): Promise<void> => {
      await announce(caller, 'mapping.statistics-cleared', eventType)
      await dataPlane.mappings(caller.workspace).clearStatistics(eventType)
    }),
  }
}
