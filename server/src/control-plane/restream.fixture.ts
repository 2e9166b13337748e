/** A restream queue for tests of the control plane, with one entry: it answers from memory, and notes what it is asked. */
import { MillraceError } from '../errors.ts'
import type { RestreamCluster, RestreamEntry, RestreamRun } from '../restream.ts'
import type { WorkspaceRestream } from './data-plane.ts'
import type { Asked } from './transforms.fixture.ts'

/** The one that every workspace has. */
const entry: RestreamEntry = {
  partition: 0,
  offset: 41n,
  eventId: 'e1',
  eventType: 'click',
  input: { id: 'i1', label: 'native', type: 'native' },
  receivedAt: 1_700_000_000_000,
  time: 1_700_000_000_000,
  stage: 'map',
  code: 'number_range',
  message: 'The number 1e400 is out of range',
  restreamCount: 0,
  firstFailedAt: 1_700_000_001_000,
  failedAt: 1_700_000_001_000,
  attempts: 1,
  fingerprint: '0123456789abcdef',
  isSent: false,
  raw: Buffer.from('{"n":1e400}'),
}

/** Of the entry above. */
const cluster: RestreamCluster = {
  fingerprint: entry.fingerprint,
  stage: 'map',
  code: 'number_range',
  pattern: 'The number <n> is out of range',
  message: entry.message,
  count: 1,
  bytes: 11,
  sent: 0,
  eventTypes: [{ name: 'click', count: 1 }],
  inputs: [{ name: 'native', count: 1 }],
  firstFailedAt: entry.failedAt,
  lastFailedAt: entry.failedAt,
  timeline: [{ hour: 1_699_999_200_000, count: 1 }],
  examples: [entry.offset],
}

const run: RestreamRun = {
  id: 1,
  filter: {},
  state: 'RUNNING',
  total: 1,
  sent: 0,
  startedAt: 1_700_000_002_000,
  endedAt: null,
  rate: null,
  etaMs: null,
  error: null,
}

function runOf(id: number): RestreamRun {
  if (id === run.id) return run
  throw new MillraceError('not_found', 'There is no such run')
}

export function fakeRestream(workspace: string, asked: Asked[]): WorkspaceRestream {
  return {
    async list(filter, page) {
      asked.push({ method: 'restream.list', workspace, argument: { filter, page } })
      return page.after === undefined || page.after < entry.offset ? [entry] : []
    },
    get: async (offset) => (offset === entry.offset ? entry : undefined),
    clusters: async ({ after }) => (after === undefined ? [cluster] : []),
    cluster: async (fingerprint) => (fingerprint === cluster.fingerprint ? cluster : undefined),
    waiting: async () => ({ count: 1, end: entry.offset + 1n }),
    async purge(filter, end) {
      asked.push({ method: 'restream.purge', workspace, argument: { filter, end } })
      return { events: 1 }
    },
    async startRun(filter, limits) {
      asked.push({ method: 'restream.startRun', workspace, argument: { filter, limits } })
      return { ...run, filter, ...limits }
    },
    async stopRun(id) {
      asked.push({ method: 'restream.stopRun', workspace, argument: id })
      return { ...runOf(id), state: 'STOPPED', endedAt: 1_700_000_003_000 }
    },
    run: async (id) => runOf(id),
    runs: async ({ before }) => (before === undefined ? [run] : []),
  }
}
