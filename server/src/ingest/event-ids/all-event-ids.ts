/** The event ids of all workspaces: each opened once, those that are there at the start before anything is let in. */
import type { Logger } from '../../telemetry.ts'
import type { Clock } from '../clock.ts'
import type { DecodedEvents } from '../protocol.ts'
import { type Admission, type EventIds, type EventIdsParts, type IdBounds, openEventIds } from './event-ids.ts'

/** What a workspace has that its ids need. */
export type IdPlace = Pick<EventIdsParts, 'folder' | 'logStatus' | 'readLog'>

export interface AllEventIds {
  /** As {@link EventIds.admit}. */
  admit(workspace: string, inputId: string, events: DecodedEvents): Promise<Admission>
  /** Of a workspace that is closed; when it is opened again, its ids are read again. Safe to repeat. */
  closeOne(workspace: string): Promise<void>
  close(): Promise<void>
}

interface AllEventIdsParts {
  /** Those that are open at the start. */
  readonly workspaces: readonly string[]
  place(workspace: string): IdPlace
  readonly bounds: IdBounds
  readonly clock: Clock
  readonly logger: Logger
}

export async function openAllEventIds(parts: AllEventIdsParts): Promise<AllEventIds> {
  const { place, bounds, clock, logger } = parts
  const opened = new Map<string, Promise<EventIds>>()
  const open = (workspace: string): Promise<EventIds> => {
    const known = opened.get(workspace)
    if (known !== undefined) return known
    const opening = openEventIds({ ...place(workspace), bounds, clock, logger })
    opened.set(workspace, opening)
    opening.catch(() => opened.delete(workspace))
    return opening
  }
  for (const workspace of parts.workspaces) await open(workspace)
  return {
    async admit(workspace, inputId, events) {
      return (await open(workspace)).admit(inputId, events)
    },
    async closeOne(workspace) {
      const opening = opened.get(workspace)
      opened.delete(workspace)
      await (await opening)?.close()
    },
    async close() {
      for (const opening of opened.values()) await opening.then((ids) => ids.close())
    },
  }
}
