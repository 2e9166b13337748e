/** For tests: what a workspace shows of itself, made up. */
import type { LiveEvent } from '../live.ts'
import type { Sample } from '../samples.ts'
import type { WorkspaceObservations } from './data-plane.ts'

const metadata = {
  '@uuid': 'e1',
  '@timestamp': '2023-11-14T22:13:20.000Z',
  event_type: 'click',
  input_label: 'native',
  input_type: 'native',
  input_id: 'i1',
  restream_count: 0,
}

/** The one sample that there is. */
export const sample: Sample = {
  eventType: 'click',
  status: 'number_range',
  message: 'The number 1e400 is out of range',
  at: 1_700_000_000_000,
  raw: Buffer.from('{"n":1e400}'),
  metadata,
}

const liveEvent: LiveEvent = {
  stage: 'ingested',
  receivedAt: 1_700_000_000_000,
  eventType: 'click',
  input: 'native',
  status: 'VALID',
  message: null,
  raw: Buffer.from('{"n":1}'),
  isWhole: true,
  metadata,
}

/** Who watches gets one event, and word of three more, and then nothing. */
export function fakeObservations(
  workspace: string,
  asked: { method: string; workspace: string; argument?: unknown }[],
): WorkspaceObservations {
  return {
    async metrics(argument) {
      asked.push({ method: 'observations.metrics', workspace, argument })
      return argument.names.map((name) => ({ name, points: [{ at: 1_700_000_040_000, value: 1.5 }] }))
    },
    async samples({ eventType, statuses }) {
      const isMeant = (eventType ?? sample.eventType) === sample.eventType
      return isMeant && (statuses ?? [sample.status]).includes(sample.status) ? [sample] : []
    },
    sampleCounts: async () => [{ eventType: sample.eventType, status: sample.status, count: 1 }],
    async notify(argument) {
      asked.push({ method: 'observations.notify', workspace, argument })
    },
    async testChannel({ target, label }) {
      asked.push({ method: 'observations.testChannel', workspace, argument: target })
      return label.includes('broken') ? 'nobody there' : null
    },
    watch(listener) {
      asked.push({ method: 'observations.watch', workspace, argument: listener.filter })
      setImmediate(() => {
        listener.onEvents([liveEvent], 3)
        listener.onClosed()
      })
      return () => {}
    },
  }
}
