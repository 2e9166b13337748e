/** What one look at the machine gave. */
export interface Check {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly found: string
  /** What to do; where the state is `ok` there is nothing. */
  readonly advice?: string
}
