/**
 * What a protocol is: it speaks one client's wire format. Pure, bytes in and places of events out; no body is ever parsed.
 * The intake (`ingest.ts`) owns clock, ids, limits, the log and the connection, so that tables of examples test a protocol whole.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { RecordScanner } from '@millrace/json/records'
import type { EventBatch, EventFault } from '../batch.ts'
import type { MillraceError } from '../errors.ts'

export interface Protocol {
  readonly title: string
  readonly routes: readonly Route[]
  /** The key that the request brings; undefined where it brings none. Asked before the body is read. */
  key(head: RequestHead): string | undefined
  /** Looks at what can be known before the body is read. @throws MillraceError Nothing is read or stored. */
  admit(head: RequestHead): void
  /** An unreadable record costs only itself. @throws MillraceError, JsonFault Nothing is stored. */
  decode(request: IngestRequest): DecodedEvents
  /** Says what became of the request, in the words that this protocol's clients expect. */
  reply(outcome: Outcome): HttpReply
  /** Says why nothing became of it; with the id under which our own log tells more, where it is our fault. */
  refuse(error: MillraceError, requestId?: string): HttpReply
}

export interface Route {
  readonly methods: readonly string[]
  /** `:name` stands for one segment; runs of slashes count as one, and none at the end. */
  readonly path: string
}

export interface RequestHead {
  /** Segments of the path, decoded once. */
  readonly params: Readonly<Record<string, string | undefined>>
  readonly headers: IncomingHttpHeaders
}

export interface IngestRequest extends RequestHead {
  /** The body, decompressed. */
  readonly body: Buffer
  readonly scanner: RecordScanner
}

/** What is in a body. Events of `faults` are kept whole, as they came, for the restream queue. */
export type DecodedEvents = Pick<
  EventBatch,
  'types' | 'typeIndex' | 'ids' | 'times' | 'faults' | 'starts' | 'ends' | 'payload'
>

export interface Outcome {
  /** Events that are durable and on their way to a table. */
  readonly accepted: number
  /** Events that are durable but unreadable: the restream queue has them. */
  readonly restreamed: number
  /** Why; empty in the repeated answer to a repeated request. */
  readonly faults: readonly EventFault[]
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
