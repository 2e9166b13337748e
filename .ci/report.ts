/** What vitest's JSON reporter writes, as far as it is read here. */
export interface Report {
  readonly testResults: readonly FileReport[]
}

export interface FileReport {
  /** The file's path, absolute. */
  readonly name: string
  readonly status: string
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
}
