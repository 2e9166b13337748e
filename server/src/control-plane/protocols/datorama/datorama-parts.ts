/** What the routes of the protocol work with. */
import type { DatoramaPort } from './datorama-port.ts'
import type { Kept } from './kept.ts'
import type { Numbers } from './numbers.ts'

export interface DatoramaParts {
  readonly port: DatoramaPort
  readonly kept: Kept
  readonly numbers: Numbers
  readonly now: () => number
}
