/** What the intake knows of an input: a snapshot kept in memory, never a question to the metadata store. */

export interface InputSnapshot {
  readonly id: string
  readonly label: string
  readonly type: string
  /** Id of the workspace that the events belong to. */
  readonly workspace: string
}

/** The input that a key lets in, by the whole key as its sender gives it; undefined for every key that lets nothing in. */
export type FindInput = (key: string) => InputSnapshot | undefined
