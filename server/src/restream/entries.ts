/** An entry of the queue as a row of its file, and back. */
import type { SQLInputValue } from 'node:sqlite'
import type { Failure, RestreamEntry } from '../restream.ts'

/** In the order of {@link rowOf}. */
export const insertEntry = `INSERT OR REPLACE INTO entries (
    partition, offset, event_id, event_type, input_id, input_label, input_type, received_at, time, stage, code, message,
    mapping_version, transform_version, subject, restream_count, first_failed_at, failed_at, fingerprint, raw, days, attempt
  ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export function rowOf(
  failure: Failure,
  { fingerprint, failedAt, firstFailedAt }: Pick<RestreamEntry, 'fingerprint' | 'failedAt' | 'firstFailedAt'>,
): SQLInputValue[] {
  const { input } = failure
  return [
    failure.partition,
    failure.offset,
    failure.eventId,
    failure.eventType,
    input.id,
    input.label,
    input.type,
    failure.receivedAt,
    failure.time,
    failure.stage,
    failure.code,
    failure.message,
    failure.mappingVersion ?? null,
    failure.transformVersion ?? null,
    failure.subject ?? null,
    failure.restreamCount,
    firstFailedAt,
    failedAt,
    fingerprint,
    failure.raw,
    failure.fetchedFor?.days ?? null,
    failure.fetchedFor?.attempt ?? null,
  ]
}

export function entryOf(row: Record<string, unknown>): RestreamEntry {
  const number = (name: string) => Number(row[name])
  const text = (name: string) => row[name] as string
  const restreamCount = number('restream_count')
  return {
    partition: number('partition'),
    offset: row['offset'] as bigint,
    eventId: text('event_id'),
    eventType: text('event_type'),
    input: { id: text('input_id'), label: text('input_label'), type: text('input_type') },
    receivedAt: number('received_at'),
    time: number('time'),
    stage: text('stage') as RestreamEntry['stage'],
    code: text('code'),
    message: text('message'),
    ...(row['mapping_version'] === null ? {} : { mappingVersion: number('mapping_version') }),
    ...(row['transform_version'] === null ? {} : { transformVersion: number('transform_version') }),
    ...(row['subject'] === null ? {} : { subject: text('subject') }),
    ...(row['days'] === null ? {} : { fetchedFor: { days: text('days'), attempt: text('attempt') } }),
    restreamCount,
    firstFailedAt: number('first_failed_at'),
    failedAt: number('failed_at'),
    attempts: restreamCount + 1,
    fingerprint: text('fingerprint'),
    isSent: row['sent_at'] !== null,
    raw: row['raw'] as Uint8Array,
  }
}
