/** What reading a table gives, and what it tells on the way. */
import type { PulledDraft } from '../../connector.ts'
import type { TableState } from './table-state.ts'

export interface TablePage {
  readonly drafts: PulledDraft[]
  readonly state: TableState
}

export interface ReadTools {
  /** In the ids of a full reading. */
  readonly run: string
  /** A row that is larger than any request was left out. */
  tooLarge(target: { readonly id: string }, row: string): void
  /** Values that JSON cannot say became null. */
  unsayable(target: { readonly id: string }, column: string, count: number): void
}
