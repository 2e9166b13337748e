/** Events: what `track` is given, and what is kept of it until it is answered for. */

/** A JSON value, as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Event types by name, each with the shape of its data: `createClient<{ order: { id: number } }>(…)`. */
export type EventMap = Record<string, object>

export interface TrackOptions {
  /** The event's id, kept over every repeat; made here where it is missing. 1 to 128 characters. */
  readonly id?: string
  /** When it happened; now where it is missing. */
  readonly time?: number | Date
  /** Another key to sign with, for protocols that sign each stream by its own. */
  readonly authKey?: string
}

/** An event before it is serialised. */
export interface EventRecord {
  readonly type: string
  readonly id: string
  /** ms since 1970 UTC. */
  readonly time: number
  readonly data: { readonly [key: string]: unknown }
}

/** An event as it is kept and sent. */
export interface StoredEvent {
  /** Event type, table or stream: one thing. */
  readonly stream: string
  readonly id: string
  /** ms since 1970 UTC. */
  readonly time: number
  /** JSON text of the data. */
  readonly data: string
  readonly authKey?: string
}

/** A backlog of your own: first in, first out in each stream. `getEvent` does not remove; `removeEvent` comes after the answer. */
export interface EventStorage {
  /** False: full. */
  addEvent(event: StoredEvent): boolean | Promise<boolean>
  getEvent(stream: string, max?: number, maxBytes?: number): StoredEvent[] | Promise<StoredEvent[]>
  removeEvent(stream: string, ids: readonly string[]): void | Promise<void>
  isEmpty(): boolean | Promise<boolean>
  /** Those that hold events already when the client is made. */
  streams?(): Iterable<string>
  close?(): Promise<void>
}
