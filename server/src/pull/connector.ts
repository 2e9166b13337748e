/**
 * What a connector is: code that fetches, page by page, what a source has for a range of dates or since the last time. It appends
 * nothing and saves nothing by itself: a job does, and a page's state becomes the source's only when the page's events are durable.
 */
import type { EventDraft } from '@millrace/event/event'
import type { z } from 'zod'
import { MillraceError } from '../errors.ts'
import type { Outbound } from '../outbound.ts'
import type { Resource } from '../resources.ts'
import type { DateRange, KeyMember, RawMetadata } from '../sources.ts'
import type { Logger } from '../telemetry.ts'

export type { DateRange, KeyMember, RawMetadata, Resource }

export interface Connector<S extends z.ZodObject = z.ZodObject, T extends z.ZodObject = z.ZodObject> {
  readonly title: string
  /** A picture of 24 pixels or more, as a data URL. */
  readonly icon?: string
  /** What an operator sets: one schema for API, form, command line and reference. Secrets are marked by `secret()`. */
  readonly settings: S
  /**
   * Where the next run goes on; what it makes of `{}` is where the first one begins. The job of a range has a state of its own, which
   * begins there too.
   */
  readonly state: T
  /** Whether a job may have a range of dates; one without goes on from the state of the source. */
  readonly isByDate: boolean
  /** Requests that a range takes, where that can be told beforehand; of settings without their secrets. Else earlier jobs tell it. */
  callsFor?(settings: Readonly<Record<string, unknown>>, range: DateRange): number | undefined
  /**
   * Pages, in order. Reading ends by itself, or throws: from the last page's state it is tried again, up to three times, unless the
   * error is a {@link NotRetryable} or a MillraceError that is not retryable. A `finally` of it runs however it ends.
   */
  read(settings: z.output<S>, state: z.output<T>, context: ConnectorContext): AsyncIterable<Page<z.output<T>>>
  /** What the settings could choose from; absent where there is nothing to choose. Fails as `read` does. */
  discover?(settings: z.output<S>, context: DiscoveryContext): Promise<readonly Resource[]>
}

/** What looking needs: no job is under way. */
export type DiscoveryContext = Pick<ConnectorContext, 'http' | 'outbound' | 'log' | 'signal' | 'filesRoot'>

/** A draft whose data is JSON already where it comes from. */
export interface PulledDraft extends EventDraft {
  /** That JSON on one line, its end included: taken instead of `data`, and proved as what senders send is. */
  readonly line?: Buffer
  /** Day that it is of, `YYYY-MM-DD`, where the job has a range. Without it a member that in all rows is a day of the range says it. */
  readonly day?: string
}

/** Very many rows without an object for each: their data as lines of JSON, and what else is known of them by columns. */
export interface PackedRows {
  /** Event type of all rows, or of each. */
  readonly type: string | readonly string[]
  /**
   * A value of JSON on each line, the line break included; no line is blank. It stays as it is once it is given, until the page is
   * {@link Page.done}.
   */
  readonly payload: Buffer
  /** How many rows there are. */
  readonly count: number
  /**
   * Where each row's line ends, its line break included: only where whoever wrote them knows that each is an object of JSON within the
   * limits of an event. They are not looked through again then.
   */
  readonly ends?: Uint32Array
  /** As those of drafts, for each row; all of these where they are known at all. */
  readonly ids?: readonly (string | undefined)[]
  /** ms since 1970 UTC. */
  readonly times?: readonly (number | undefined)[]
  /** `YYYY-MM-DD`. */
  readonly days?: readonly (string | undefined)[]
}

export interface Page<T> {
  readonly drafts: readonly PulledDraft[]
  /** The same rows, taken instead of the drafts, which are then made only for who asks for them: `packedPage` makes such a page. */
  readonly packed?: PackedRows
  /** Told when nobody needs its rows any more, so that their memory may be used for other pages; not where the page has failed. */
  readonly done?: () => void
  /** Where to go on behind these drafts. Members that it leaves out stay as they are, so that resources do not erase each other's. */
  readonly state: Partial<T>
  /** The page as it was retrieved, kept for download; where it is absent, lines of JSON are made of the drafts. */
  readonly raw?: {
    readonly name: string
    readonly contentType: string
    readonly bytes: Uint8Array
    /** Kept beside it, such as what was asked for; at most 64 KiB of JSON. Never a secret. */
    readonly metadata?: RawMetadata
  }
}

export interface ConnectorContext {
  /** Both ends included, `YYYY-MM-DD`; undefined in a job without. */
  readonly range: DateRange | undefined
  readonly http: ConnectorHttp
  /** Where else than by HTTP it may connect to: every connection asks it. */
  readonly outbound: Outbound
  /** How far it is; numbers may be unknown. */
  progress(loaded: number | undefined, total: number | undefined, message?: string): void
  /** Lines of the job's log, which can be read while it runs; what is a secret of the settings is left out of them. */
  readonly log: Logger
  /**
   * What tells the rows of an event type apart, said before the first of them: newer ones then replace older ones. An event type that is
   * mapped already, by people or by its events, stays as it is. Absent where nothing is kept.
   */
  declareKey?(eventType: string, key: readonly KeyMember[]): Promise<void>
  /** Saves settings that changed on the way, such as a refreshed token. */
  saveSettings(change: Readonly<Record<string, unknown>>): Promise<void>
  /** The folder below which local files may be read (MILLRACE_FILES_ROOT); none may where it is absent or empty. */
  readonly filesRoot?: string
  /** Aborted where the job is cancelled or the server stops. */
  readonly signal: AbortSignal
}

/** HTTP as connectors are given it: retries with back-off, `Retry-After`, limits shared per credential, guarded addresses. */
export interface ConnectorHttp {
  /**
   * Answers of 429 and 5xx, and connections that fail, are tried again, then thrown; all others, those of 4xx too, are returned.
   * @throws NotRetryable, MillraceError `source_unavailable`, `forbidden`; the signal's reason.
   */
  request(url: string, options?: HttpOptions): Promise<HttpAnswer>
}

export interface HttpOptions {
  readonly method?: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** A pause that the other side asks for is kept by all requests that name the same one, of all jobs of the workspace. */
  readonly credential?: string
  /** Bytes as they were sent: a range of something compressed cannot be decompressed. */
  readonly isRaw?: boolean
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Decompressed; at most 64 MiB. */
  readonly bytes: Uint8Array
  /** @throws MillraceError `source_unavailable`: it is no JSON. */
  json(): unknown
  text(): string
}

/** What no repeat helps: a wrong password, a refresh token that has expired, a table that is gone. */
export class NotRetryable extends Error {}

/** What a repeat may help: the other side does not answer, or not well. */
export function sourceUnavailable(
  message: string,
  details: { cause?: unknown; retryAfterSeconds?: number } = {},
): MillraceError {
  return new MillraceError('source_unavailable', message, details)
}
