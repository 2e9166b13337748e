/** What the parts of a client are to each other, and to the place where it runs. */
import type { Emitter } from './emitter.ts'
import type { SdkError, SdkErrorCode, SdkErrorDetails } from './errors.ts'
import type { ExitHooks, Spool, SpoolEvents, SpoolFile } from './platform.ts'
import type { Settings } from './settings.ts'
import type {
  Client,
  ClientOptions,
  ClientStats,
  DebugLevel,
  DropReason,
  StoredEvent,
  TrackOptions,
  Transport,
  Verdict,
  Wire,
  WireRequest,
} from './types.ts'

export interface Contents {
  /** False: there is no room, they need another batch. */
  add(event: StoredEvent): boolean
  events(): readonly StoredEvent[]
  /** Takes the first `count` of them away, as contents of their own. */
  cut(count: number): Contents
  /** Lines as they are sent; undefined where the wire is to write them. */
  body?(): Uint8Array
  /** Memory behind the body for what is made of it, once they take no more events. */
  spare?(): Uint8Array
  /** Nobody needs them any more. */
  free?(): void
}

export interface Batch {
  readonly lane: string
  readonly contents: Contents
  /** It was read from the spool, and did not come by `track` just now. */
  readonly isRead: boolean
  count: number
  /** Of data, and what surrounds it. */
  bytes: number
  /** Of its events, where they are of one. */
  stream?: string | undefined
  /** When its first event came, by a clock that never jumps; -Infinity: it has waited enough. */
  at: number
  /** What of the spool holds an event too, by its place. */
  files: (SpoolFile | undefined)[]
  /** Batches that were part of this one. */
  parts: Batch[]
  /** All of its own events are answered for. */
  isSettled?: boolean
  /** Of its request, which is the same for each try: the server can tell a repeat by it. */
  id?: string
  request?: Prepared | undefined
  attempt: number
  startedAt: number
}

export interface Backlog {
  /** Events, those under way included. */
  readonly count: number
  /** Of these, what was read from the spool. */
  readonly readCount: number
  readonly bytes: number
  hasRoom(bytes: number): boolean
  /** Less than half of the room is taken. */
  readonly isHalfEmpty: boolean
  /** Into the lane's open batch, or into a new one. `at` -Infinity: it was read from the spool. */
  add(lane: string, event: StoredEvent, bytes: number, at: number, file?: SpoolFile): void
  /** Takes a batch of a lane that is due, the longest waiting lane first; any lane that has something where `isFlush`. */
  take(now: number, isFlush: boolean): Batch | undefined
  /** ms until a lane is due; Infinity where nothing waits. */
  dueIn(now: number): number
  /** Puts a batch back where it came from, in front. */
  putBack(batch: Batch): void
  /** It is no longer to be remembered. */
  settle(batch: Batch): void
  /** Takes the oldest event that waits. */
  shift(): Batch | undefined
  /** Everything that waits, in the order of its lanes. */
  items(): Batch[]
  /** A request may hold no more than so many events: learnt from the server. */
  limitBatch(events: number): void
}

export interface Delivery {
  /** Makes the request of a batch, once, so that a repeat carries the same bytes. The last one of a page has no time for gzip. */
  prepare(contents: Contents, batchId: string, isLast?: boolean): Promise<Prepared>
  /** Never throws. */
  send(prepared: Prepared, signal?: AbortSignal, isLast?: boolean): Promise<Verdict>
  /** The same of a request that is no batch. */
  dress(request: WireRequest): Promise<Prepared>
}

export interface Prepared extends Omit<WireRequest, 'body'> {
  readonly contents: Contents | undefined
  readonly body: string | Uint8Array | undefined
  /** As sent. */
  readonly bytes: number
}

export interface Keeper {
  /** Events that are answered for nowhere yet; those on disk alone left out. */
  readonly pending: number
  /** False: pause, or it was not taken. */
  take(event: StoredEvent, bytes: number): boolean
  settled(batch: Batch): void
  /** Resolves when there is room; at once where nothing is sent any more, as there will be none. */
  ready(): Promise<void>
  /** Resolves when all taken so far is settled, what was on disk too unless the server does not answer; at once where nothing is sent. */
  settledUpToNow(): Promise<void>
  /** Something changed that somebody may wait for. */
  look(): void
  /** Writes copies of what is in memory or under way to the spool, at once. */
  spoolRest(): { readonly spooled: number; readonly lost: readonly StoredEvent[] }
}

export interface Sender {
  /** Looks what is to be done. */
  wake(): void
  /** Cuts a pause of our own short; and until it is undone batches go out without waiting for company. */
  hurry(): () => void
  /** Whether it sends: not after the key was refused, nor after the end. */
  readonly isSending: boolean
  /** The server did not answer last time. */
  readonly isFailing: boolean
  /** Batches that were begun and are not answered for, whether a request is under way or they wait to be tried again. */
  readonly underWay: Set<Batch>
  /** Sends what fits into one request, while the page goes. */
  sendLast(): void
  /** Ends waits, and sends nothing more. */
  stop(): void
}

/** An event with its bytes, or why it is none. @throws SdkError `misuse`: the caller gave what no event can be made of. */
export type Draft = (
  type: string,
  data: unknown,
  options: TrackOptions | undefined,
) => readonly [StoredEvent, bytes: number] | 'filtered' | 'too-large'

/** What became of every event: the sum of its parts is what was taken. */
export type Counts = { -readonly [Name in keyof Omit<ClientStats, 'pending' | 'spooledNow'>]: ClientStats[Name] } & {
  dropped: Partial<Record<DropReason, number>>
}

export interface Core {
  readonly address: { readonly endpoint: string; readonly apiKey: string }
  readonly settings: Settings
  readonly wire: Wire
  readonly backlog: Backlog
  readonly counts: Counts
  readonly on: Emitter['on']
  readonly emit: Emitter['emit']
  /** From here to `draft`, each is made of the ones before. */
  delivery: Delivery
  spool: Spool | undefined
  keeper: Keeper
  sender: Sender
  draft: Draft
  debugLevel: DebugLevel
  /** Wall clock, for what is told. What is waited for goes by one that never jumps. */
  now(): number
  random(): number
  newId(): string
  newBatchId(): string
  drop(reason: DropReason, count: number, sample?: Partial<StoredEvent>): void
  report(error: SdkError): void
  /** Made by whoever has the class, so that there is one of it for users to compare with. Its time is now. */
  error(code: SdkErrorCode, message: string, details?: Partial<SdkErrorDetails>): SdkError
}

export type ExtraCalls = 'log' | 'logObject' | 'setBucket' | 'bucket' | 'putEvent' | 'putEvents'

export type Extras = (
  core: Core,
  client: Pick<Client, 'track' | 'flush'>,
  options: ClientOptions,
) => Pick<Client, ExtraCalls>

export interface Platform {
  readonly batchSize: number
  readonly batchBytes: number
  /** Where endpoint and key may come from beside the options. */
  readonly environment: { readonly endpoint?: string | undefined; readonly apiKey?: string | undefined }
  readonly transport: Transport
  /** Undefined where there is no gzip. `spare`: memory that it may use. */
  gzip?(body: string | Uint8Array, spare?: Uint8Array): Promise<Uint8Array>
  /** Undefined where they are not loaded. */
  readonly extras?: Extras | undefined
  /** Opens what keeps events in memory that are sent to Millrace; as objects where it is missing, and for other servers. */
  openContents?(settings: Settings): () => Contents
  /** What signs bodies by `authKey`; undefined where there is none. */
  sign?(options: ClientOptions): ClientOptions['sign']
  /** Bytes of a text in UTF-8; by an encoder where it is missing. */
  byteLength?(text: string): number
  /** Undefined where nothing can be kept. */
  openSpool?(options: ClientOptions, address: string, events: SpoolEvents): Spool | undefined
  /** Calls back when process or page are about to go; returns how to stop that. */
  watchExit?(hooks: ExitHooks, options: ClientOptions): () => void
  /** Keeps the process while somebody awaits the client, until it is undone; undefined where nothing ends by itself. */
  hold?(): () => void
}
