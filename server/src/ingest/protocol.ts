/**
 * What a protocol is: it speaks one client's wire format. Pure, bytes in and places of events out.
 * The intake (`ingest.ts`) owns clock, ids, limits, the log and the connection, so that tables of examples test a protocol whole.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { RecordScanner } from '@millrace/json/records'
import type { EventBatch, EventFault } from '../batch.ts'
import type { MillraceError } from '../errors.ts'
import type { InputSnapshot, InputType, SigningKey } from '../inputs.ts'

export interface Protocol extends InputType {
  readonly routes: readonly Route[]
  /** Pages send by it, from origins that the input's `allowedOrigins` name. */
  readonly isForPages?: boolean
  /** Events that one request may hold; {@link limits.requestEventsMax} where it does not say. */
  readonly requestEventsMax?: number
  /** Bytes that a body may have, as sent and unpacked; {@link limits.requestBytesMax} where it does not say. */
  readonly requestBytesMax?: number
  /**
   * Finds the input before the body is read. Undefined where only the body tells: then `decode` finds it, or nothing is stored.
   * @throws MillraceError Nothing is read or stored.
   */
  authenticate(head: RequestHead, access: Access): InputSnapshot | undefined
  /** Looks at what else can be known before the body is read. @throws MillraceError Nothing is read or stored. */
  admit?(head: RequestHead, input: InputSnapshot | undefined): void
  /** Looks at the body as it was sent, before it is unpacked: signatures are over that. @throws MillraceError Nothing is stored. */
  verify?(request: RequestHead & { readonly sent: Buffer }, access: Access, input: InputSnapshot | undefined): void
  /** An unreadable record costs only itself. May change the body. @throws MillraceError, JsonFault Nothing is stored. */
  decode(request: IngestRequest): DecodedRequest
  /** Says what became of the request, in the words that this protocol's clients expect. */
  reply(outcome: Outcome): HttpReply
  /** Says why nothing became of it; with the id under which our own log tells more, where it is our fault. */
  refuse(error: MillraceError, requestId?: string): HttpReply
}

export interface Route {
  readonly methods: readonly string[]
  /** `:name` stands for one segment, `*` for all that nobody else has; runs of slashes count as one, and none at the end. */
  readonly path: string
  /** Where several protocols share a path: whether this one means the request. One that nobody means is not the intake's. */
  accepts?(head: RequestHead): boolean
}

/** Inputs of the protocol's own type. */
export interface Access {
  /** ms since 1970 UTC. */
  readonly now: number
  /** The input that a key lets in. @throws MillraceError `unauthenticated`; `forbidden`: it is of another type. */
  byKey(key: string | undefined): InputSnapshot
  /** Keys of inputs whose senders sign, oldest input first. */
  signingKeys(): readonly SigningKey[]
  /** Oldest first. */
  inputs(): readonly InputSnapshot[]
}

export interface RequestHead {
  readonly method: string
  /** Of the route, as its protocol wrote it. */
  readonly route: string
  /** Segments of the path, decoded once. */
  readonly params: Readonly<Record<string, string | undefined>>
  /** What follows the first `?` of the URL, as it came. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
}

export interface IngestRequest extends RequestHead {
  /** The body, decompressed; joined of its pieces, if they are several, by whoever asks for it. */
  readonly body: Buffer
  /** The same, for who does not ask for `body`: the pieces in which it came. */
  readonly pieces: readonly Uint8Array[]
  readonly scanner: RecordScanner
  readonly access: Access
  /** What `authenticate` found. */
  readonly input: InputSnapshot | undefined
}

/** What is in a body. Events of `faults` are kept whole, as they came, for the restream queue. */
export type DecodedEvents = Pick<
  EventBatch,
  'types' | 'typeIndex' | 'ids' | 'times' | 'faults' | 'notes' | 'starts' | 'ends' | 'payload'
>

/**
 * What a request asks for: events to be stored, or nothing but an answer where it has none. `payload` lies in the body, or in memory
 * of its own, which is given back once it is stored.
 */
export interface DecodedRequest extends DecodedEvents {
  /** Whose events they are, where the body tells. */
  readonly input?: InputSnapshot
  /** Same key, same request: it is stored once. Beside the header of that name, for protocols whose clients do not send one. */
  readonly idempotencyKey?: string
  /** The key is a digest of what the request holds: it need not be asked whether other events came under it. */
  readonly isKeyDigest?: boolean
  /** The bucket that the events are values of, made on first sight. Its event type counts instead of `types`. */
  readonly bucket?: Bucket
  /** Answers this request instead of the protocol's own `reply`. */
  readonly reply?: (outcome: Outcome) => HttpReply
}

export interface Bucket {
  readonly key: string
  /** Names the bucket, or gives it another name. */
  readonly name?: string
}

export interface Outcome {
  /** Events that are durable and on their way to a table. */
  readonly accepted: number
  /** Events that are durable but unreadable: the restream queue has them. */
  readonly restreamed: number
  /** Events that were stored before, by their ids. */
  readonly duplicates: number
  /** Why, by the events' places in the request; empty in the repeated answer to a repeated request. */
  readonly faults: readonly EventFault[]
  /** The request's bucket was made by this request. */
  readonly isNewBucket: boolean
}

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}
