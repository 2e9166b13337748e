/** Replacing rows of sources, from the log's side and the destination's: events that belong together, their end, and what became of it. */
import { newIdBase } from '@millrace/event/id'
import { type EventBatch, encodeBatch } from './batch.ts'
import type { InputSnapshot } from './inputs.ts'
import type { PipelineCalls } from './pipeline-rpc.ts'
import type { FetchedEvents, Replacements } from './pull/job-landing.ts'
import type { Watching } from './watching.ts'
import type { Workspaces } from './workspaces.ts'

interface ReplacementParts {
  readonly workspaces: Pick<Workspaces, 'append' | 'get'>
  readonly pipeline: Pick<PipelineCalls, 'replaced' | 'undivided'>
  readonly counters: Pick<Watching['counters'], 'ingested'>
  /** Rows that take the place of others were taken in, too. */
  readonly usage: { add(workspace: string, events: number, bytes: number): void }
}

/** The end of a replacement is an event of no type, which becomes nothing. */
const nothing = {
  types: [''],
  starts: Uint32Array.of(0),
  ends: Uint32Array.of(2),
  payload: Buffer.from('{}'),
}

export function openReplacements({ workspaces, pipeline, counters, usage }: ReplacementParts): Replacements {
  const append = (input: InputSnapshot, events: FetchedEvents, replacement: EventBatch['replacement']) => {
    const { id, label, type, workspace } = input
    const receivedAt = Date.now()
    const batch = { input: { id, label, type }, receivedAt, idBase: newIdBase(receivedAt), ...events }
    const body = encodeBatch({ ...batch, ...(replacement && { replacement }) })
    return workspaces.append(workspace, { count: events.starts.length, body })
  }
  return {
    // Not by way of the intake: an id that was stored before is what is to be replaced, not a repeat.
    async append(input, events, replacement) {
      await append(input, events, replacement)
      const unreadable = events.faults?.length ?? 0
      usage.add(input.workspace, events.starts.length, events.payload.length)
      counters.ingested({
        ...{ workspace: input.workspace, input: input.label, unreadable },
        ...{ events: events.starts.length - unreadable, bytes: events.payload.length },
      })
    },
    end: async (input, replacement) => (await append(input, nothing, replacement)) + 1n,
    async done(workspace, attempt, end) {
      if (workspaces.get(workspace).position < end) return undefined
      return (await pipeline.replaced(workspace, attempt)) ?? null
    },
    undivided: (workspace, source, range) => pipeline.undivided(workspace, source, range),
  }
}
