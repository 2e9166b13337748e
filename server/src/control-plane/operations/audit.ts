/** The audit: who did what, newest first. */
import { listAudit } from '../store/audit.ts'
import type { ChainHead } from '../store/audit-chain.ts'
import type { Store } from '../store/store.ts'
import { operation, type Page } from './operation.ts'

export function auditOperations(store: Store) {
  return {
    list: operation('audit:read', (caller, { limit, after }: Page) =>
      listAudit(store.db, caller.workspace, { limit, before: after }),
    ),

    /** Of all workspaces: rows are chained whatever they are about. */
    verify: operation('instance', (_caller, known?: ChainHead) => store.verifyAudit(known)),
  }
}
