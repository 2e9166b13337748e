/** What the failures of a batch are about, few enough to be told of one by one. */
import type { NotificationDraft } from '../notifications.ts'
import type { ObservedFailure } from './observed-batch.ts'

/** Failures of one event type for one reason. */
export interface FailureKind {
  /** Of the cluster that they belong to in the restream queue. */
  readonly fingerprint: string
  readonly stage: string
  readonly code: string
  /** The message without the values in it. */
  readonly pattern: string
  readonly eventType: string
  /** Label of the first one's input. */
  readonly input: string
  readonly count: number
}

type ReasonOf = (failure: ObservedFailure) => { readonly fingerprint: string; readonly pattern: string }

/** Of one batch; of further ones the restream queue tells. */
const kindsMax = 50

/** Failures alike in stage, code, subject and event type are taken for one kind, that of the first of them. */
export function kindsOf(failures: readonly ObservedFailure[], reasonOf: ReasonOf): FailureKind[] {
  const alike = Map.groupBy(failures, ({ stage, code, subject, eventType }) =>
    [stage, code, subject ?? '', eventType].join('\0'),
  )
  return [...alike.values()].slice(0, kindsMax).map((those) => {
    const [first] = those as [ObservedFailure]
    const { stage, code, eventType, input } = first
    const { fingerprint, pattern } = reasonOf(first)
    return { fingerprint, stage, code, pattern, eventType, input: input.label, count: those.length }
  })
}

/** One notification for each cluster and event type. */
export function draftOf({
  fingerprint,
  stage,
  code,
  pattern,
  eventType,
  input,
  count,
}: FailureKind): NotificationDraft {
  return {
    severity: stage === 'transform' ? 'error' : 'warning', // whoever wrote the code can put it right
    type: 'events_failed',
    subject: `${fingerprint} ${eventType}`,
    message: `Events of the type ${JSON.stringify(eventType)} wait in the restream queue (stage ${stage}, ${code}): ${pattern}`,
    eventType,
    input,
    cause: { kind: 'cluster', id: fingerprint },
    count,
  }
}
