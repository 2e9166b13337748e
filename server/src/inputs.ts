/** What an input is to the parts that take events in: its type, declared once for API, command line and console, and a snapshot of it. */
import { z } from 'zod'
import type { Quota } from './quotas.ts'
import type { DateRange } from './sources.ts'

/** A kind of input: a protocol that its events arrive by, or a subscription that fetches them. */
export interface InputType {
  readonly title: string
  /** A data URL. */
  readonly icon?: string
  /** What an operator sets of an input of this type. */
  readonly settings: z.ZodObject
  /** What lets events in: a key that senders name (only its hash is kept), one that they sign with (kept readable), or none. */
  readonly keys: 'named' | 'signing' | 'none'
  /** Set where it is a source, which fetches in jobs: from where the last one ended or, by date, of a range of days. */
  readonly fetches?: {
    readonly isByDate: boolean
    /** Requests that a range takes, where that can be told beforehand; of settings without their secrets. */
    callsFor?(settings: Readonly<Record<string, unknown>>, range: DateRange): number | undefined
  }
  /** What senders are given in place of the key, where their clients expect something of their own; by name. */
  credentials?(input: InputSnapshot, key: string): Readonly<Record<string, string>>
}

/** The settings of a type that is sent to: those that every such input has, and its own. */
export function inputSettings<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject({ ...rateSettings, ...shape })
}

const rateSettings = {
  eventsPerSecondMax: z
    .number()
    .positive()
    .optional()
    .describe('Events a second that it takes; no limit where none is set'),
  bytesPerSecondMax: z
    .number()
    .positive()
    .optional()
    .describe('Bytes a second that it takes; no limit where none is set'),
}

export type RateSettings = z.output<z.ZodObject<typeof rateSettings>>

/** An input as the intake knows it: kept in memory, never a question to the metadata store. */
export interface InputSnapshot {
  readonly id: string
  readonly label: string
  /** Its name in the catalog. */
  readonly type: string
  /** Id of the workspace that the events belong to. */
  readonly workspace: string
  /** Of the workspace; undefined where it has none. */
  readonly quota?: Quota
  /** What the type's schema made of them, secrets included: never to be logged or shown. */
  readonly settings: Readonly<Record<string, unknown>>
}

/** A key that senders sign with. */
export interface SigningKey {
  readonly text: string
  readonly input: InputSnapshot
}

/** Which inputs let events in: enabled ones of workspaces that are not archived. */
export interface InputDirectory {
  /** The input that a key lets in, by the whole key as its sender gives it; undefined for every key that lets nothing in. */
  find(key: string): InputSnapshot | undefined
  /** Keys of all inputs of a type whose senders sign, oldest first. */
  signingKeys(type: string): readonly SigningKey[]
  /** All inputs of a type, oldest first. */
  ofType(type: string): readonly InputSnapshot[]
}

/** Also those that are switched off: somebody may ask a source for a range all the same. */
export interface SourceDirectory extends Pick<InputDirectory, 'ofType'> {
  /** As `ofType`, of inputs that are switched off in workspaces that are open; only of types that fetch. */
  offOfType(type: string): readonly InputSnapshot[]
}
