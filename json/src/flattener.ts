/**
 * What flattening is: of each message the members that are known by name, written under names of their own in an order of their own, and
 * behind them the members of one that is an object.
 *
 *   {"type":"track","properties":{"total":1},"userId":"u"}
 *   {"user_id":"u","total":1}
 */
export interface FlatLayout {
  /** At most 32, in the order they are written in. */
  readonly fields: readonly FlatField[]
  /** The field whose value is the token of a kind. The two that follow it are those that may be flattened; one that is null or flattened is not written. */
  readonly kindField: number
  /** The field by which a message is told to be like the one before. */
  readonly nameField: number
  /** The first of three, one behind the other, whose values are times. */
  readonly timeField: number
  /** At most 31. */
  readonly kinds: readonly FlatKind[]
  /** At most 31: names that no flattened member may have where their fields are there; without a field never. Up to 31 bytes each. */
  readonly taken: readonly { readonly name: string; readonly field: number | undefined }[]
}

export interface FlatKind {
  /** What stands for it in JSON. */
  readonly token: string
  readonly flattened: number
  /** A message of it is left where there are no members to flatten. */
  readonly isLeftWhereHollow: boolean
}

export interface FlatField {
  readonly key: string
  /** Undefined: its value is not written. Up to 32 bytes longer than the key, all of them together. */
  readonly writtenAs: string | undefined
}

/** All but the rows is good until the flattener is asked again: it is too much to be copied for nothing. Nothing is told of messages that were left. */
export interface FlatRows {
  /** The rows one after the other; memory of its own. */
  readonly rows: Buffer
  /** Where each row ends. One that ends where the one before does, or at 0, was left. */
  readonly ends: Uint32Array
  /** Start and end of each field's value in the body, for each message; both 0 where there is none. */
  readonly places: Uint32Array
  /** Three of each message, ms since 1970 UTC: NaN where there is none, -Infinity where it is null, Infinity unless written as JavaScript does. */
  readonly times: Float64Array
  /** Which of the layout's each message is. */
  readonly kinds: Uint32Array
  /** 1 where the value of `nameField` is there and is, byte for byte, that of the message before. */
  readonly repeats: Uint32Array
  /** Messages with a member that is no field, or is there twice, or has an escape in its key or in one that is flattened, or a taken name; or of no kind. */
  readonly leftCount: number
}

export interface Flattener {
  /** Of proved objects that begin at `starts`. `kind`: what all of them are, where it is not said by each. */
  flatten(body: Uint8Array, starts: Uint32Array, kind: number | undefined): FlatRows
}

/** Messages in a batch, and their rows. `recordEnds`: where the messages end that begin at `starts`. */
export interface FlatBatch extends FlatRows {
  readonly starts: Uint32Array
  readonly recordEnds: Uint32Array
  /** Of the array, its brackets included. */
  readonly arrayStart: number
  readonly arrayEnd: number
}

export interface BatchFlattener {
  /**
   * Of the messages in the array that is a member of the one object that `body` is, where all of it is proved at once: no message is
   * faulty, all else keeps to the same limits, and no key around them is written in another way. Undefined otherwise, whatever the reason.
   */
  flatten(body: Uint8Array): FlatBatch | undefined
}
