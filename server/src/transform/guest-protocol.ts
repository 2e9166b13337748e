/**
 * What a sandbox's process and its supervisor say to each other, over the process's standard input and output. Nothing but frames of
 * text crosses the border; what comes out of a guest is hostile and is checked before it is believed.
 *
 *   frame   u32 length of head, u32 length of body (little endian), head (JSON, UTF-8), body (UTF-8)
 *
 *   supervisor → guest
 *     load   head LoadRequest, no body. Answer: `loaded` or `refused`. Once, first.
 *     run    head RunRequest, body: one line a event, its JSON object; no line holds a line feed or carriage return.
 *            Answer: `ran`; before it, where `careful`, a `began` frame for each event as it is begun.
 *   guest → supervisor
 *     ready    head `{"kind":"ready"}`: the process is up and may be loaded (sent once, unasked)
 *     loaded   head `{"kind":"loaded"}`
 *     refused  head `{"kind":"refused","diagnostics":[…]}`: the code cannot be used
 *     began    head `{"kind":"began","index":n}`
 *     ran      head RunAnswer, body: one line a output event, its JSON object without `_metadata`
 */
import type { Diagnostic, TransformFault, TransformLimits } from '../transform.ts'

export interface LoadRequest {
  readonly kind: 'load'
  /** Code that the guest's language runs as it is, line for line the user's. */
  readonly modules: readonly { readonly name: string; readonly code: string }[]
  /** Modules whose `transform` is called in turn. */
  readonly order: readonly string[]
  readonly secrets: Readonly<Record<string, string>>
  readonly lookups: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly limits: TransformLimits
}

export interface RunRequest {
  readonly kind: 'run'
  /** One event at a time, each announced before it is begun and held to `limits.eventMs` by itself, so that a culprit can be named. */
  readonly careful: boolean
  readonly inputs: readonly { readonly id: string; readonly label: string; readonly type: string }[]
  readonly types: readonly string[]
  /**
   * For each event: id, which of `inputs`, which of `types`, received at and time (ms since 1970 UTC), restream count, parent's id or 0.
   * Neighbours that differ in their ids alone may be told at once.
   */
  readonly events: readonly (readonly [string, number, number, number, number, number, string | 0] | EventRun)[]
}

/**
 * So many events that were sent by nobody before and were not split off. The id of event i is the text and `first + i` as 8 hexadecimal
 * digits, modulo 2^32.
 */
export type EventRun = readonly [
  count: number,
  idText: string,
  first: number,
  input: number,
  type: number,
  receivedAt: number,
  time: number,
]

export interface RunAnswer {
  readonly kind: 'ran'
  /**
   * For each event how many outputs it became: 0 where the code dropped it, -1 where it has a fault.
   * Where each became one, how many events there are.
   */
  readonly counts: number | readonly number[]
  /**
   * For each output: its event type where the code changed it, or 0; its time (ms since 1970 UTC) where the code changed it, or 0.
   * Where it changed none of them, how many outputs there are.
   */
  readonly outputs: number | readonly (readonly [string | 0, number | 0])[]
  readonly faults: readonly ({ readonly index: number } & TransformFault)[]
  /** What the code printed, cut at `limits.printedBytesMax`. */
  readonly printed: string
}

export type GuestRequest = LoadRequest | RunRequest
export type GuestAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'began'; readonly index: number }
  | RunAnswer
