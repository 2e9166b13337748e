/** What a protocol of others is by which a workspace is managed: their paths and words, answered by the operations that our own API ends in. */
import type { Logger } from '../../telemetry.ts'
import type { Api } from '../api/app.ts'
import type { Operations } from '../operations/operations.ts'
import type { RateLimits } from '../rate-limits.ts'
import type { Store } from '../store/store.ts'

export interface ManagementProtocol {
  readonly title: string
  /** Declares its routes: each with a permission, hidden from our own description of the API. */
  routes(app: Api, parts: ManagementParts): void
}

export interface ManagementParts {
  /** For who calls and what is only this protocol's; everything else is an operation. */
  readonly store: Store
  readonly operations: Operations
  readonly rateLimits: RateLimits
  /** Whether browsers reach the server by TLS only. */
  readonly isSecure: boolean
  readonly logger: Logger
}
