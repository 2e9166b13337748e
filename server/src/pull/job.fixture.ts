/** For tests of jobs: a store in memory, a log that can be told to fail, and a connector made of a generator. */
import { z } from 'zod'
import type { InputSnapshot } from '../inputs.ts'
import { secret } from '../settings.ts'
import type { Job, SourceState } from '../sources.ts'
import type { Connector, ConnectorContext, Page } from './connector.ts'
import type { JobParts } from './job.ts'
import type { ReceivedEvents } from './subscriber.ts'

export const job: Job = {
  workspace: 'default',
  id: 'job-1',
  source: 'input-1',
  state: 'QUEUED',
  range: null,
  queuedAt: 1,
  pages: 0,
  rowCount: 0,
  rowsLoaded: 0,
  attempts: 0,
  idleStarts: 0,
  isBackFill: false,
  calls: 0,
  landing: null,
}

export const input: InputSnapshot = {
  id: 'input-1',
  label: 'shop',
  type: 'numbers',
  workspace: 'default',
  settings: { password: 'correct horse' },
}

export type Read = (state: SourceState, context: ConnectorContext) => AsyncIterable<Page<SourceState>>

export function connectorOf(read: Read): Connector {
  return {
    title: 'Numbers',
    settings: z.strictObject({ password: secret('For the test').optional() }),
    state: z.looseObject({}),
    isByDate: true,
    read: (_, state, context) => read(state as SourceState, context),
  }
}

/** A page of one row for each number. */
export function pageOf(numbers: readonly number[], state: SourceState): Page<SourceState> {
  return { drafts: numbers.map((n) => ({ type: 'number', id: `n${n}`, data: { n } })), state }
}

/** What happened, in its order, and what is kept. */
export function openKept(begin: SourceState = {}) {
  const told: string[] = []
  const kept = {
    state: begin,
    rows: new Map<string, unknown>(),
    pages: 0,
    rowCount: 0,
    attempts: 0,
    settings: {} as object,
  }
  const store: JobParts['store'] = {
    stateOf: async () => kept.state,
    async pageDone({ state, pages, rowCount }) {
      told.push(`state ${JSON.stringify(state)}`)
      Object.assign(kept, { state, pages, rowCount })
    },
    progressed: async () => {},
    landed: async () => {},
    async triedAgain(attempts) {
      kept.attempts = attempts
    },
    async saveSettings(change) {
      Object.assign(kept.settings, change)
    },
  }
  const take = async (_: InputSnapshot, { ids = [], starts, ends, payload }: ReceivedEvents) => {
    let accepted = 0
    for (const [index, start] of starts.entries()) {
      const id = ids[index] ?? `own ${kept.rows.size}`
      if (!kept.rows.has(id)) accepted++
      kept.rows.set(id, JSON.parse(Buffer.from(payload.subarray(start, ends[index])).toString()))
    }
    told.push(`rows ${ids.join(' ')}`)
    return { accepted, restreamed: 0 }
  }
  return { told, kept, store, take }
}
