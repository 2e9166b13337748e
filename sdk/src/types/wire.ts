/** How requests are made and sent: the protocol of a server, and the way to it. */
import type { StoredEvent } from './events.ts'

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** What a server said. */
export interface WireAnswer {
  readonly status: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** Sends one request. @throws whatever kept it from an answer: it is tried again. */
export type Transport = (
  request: Omit<WireRequest, 'body'> & { readonly body: string | Uint8Array | undefined },
  options: {
    readonly timeoutMs: number
    readonly signal?: AbortSignal | undefined
    readonly isLast?: boolean | undefined
  },
) => Promise<WireAnswer>

/** What an answer means for the events of a batch. */
export type Verdict =
  | {
      readonly kind: 'acknowledged'
      readonly status: number
      readonly duplicates?: number | undefined
      /** Events that the server keeps aside, by their place in the batch. */
      readonly rejected?: readonly { readonly index: number; readonly message: string }[] | undefined
    }
  /** The same again later. Without a status there was no answer. */
  | {
      readonly kind: 'retry'
      readonly message: string
      readonly status?: number
      readonly retryAfterMs?: number | undefined
    }
  /** In two halves. */
  | { readonly kind: 'too-large'; readonly message: string; readonly status: number }
  /** The key lets nothing in: keep everything, send nothing more. */
  | { readonly kind: 'unauthorized'; readonly message: string; readonly status: number }
  /** Never. */
  | { readonly kind: 'refused'; readonly message: string; readonly status: number }

/** One server's way to take events. Pure. */
export interface Wire {
  /** Events that may share a batch have the same one. */
  lane(event: StoredEvent): string
  encode(events: readonly StoredEvent[], batchId: string): WireRequest
  judge(answer: WireAnswer, events: readonly StoredEvent[]): Verdict
  /** Whether bodies may be compressed. */
  readonly canCompress: boolean
  /** Tells the server a bucket's name, where it wants to know. The name may be empty. */
  nameBucket?(key: string, name: string): WireRequest | undefined
}

export type WireFactory = (address: { readonly endpoint: string; readonly apiKey: string }) => Wire
