/** What a source could be told to fetch, as its connector finds it. */

/** One of the things that a source can be told to fetch: a table, a report. */
export interface Resource {
  /** What the settings name it by. */
  readonly id: string
  readonly title: string
  readonly fields: readonly { readonly name: string; readonly type: string }[]
  /** Whether these settings may read it. */
  readonly available: boolean
  /** It comes whatever is chosen. */
  readonly required?: boolean
}
