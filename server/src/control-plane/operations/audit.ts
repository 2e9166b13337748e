/** The audit: who did what, newest first. */
import { listAudit } from '../store/audit.ts'
import type { Store } from '../store/store.ts'
import { operation, type Page } from './operation.ts'

export function auditOperations(store: Store) {
  return {
    list: operation('audit:read', (caller, { limit, after }: Page) =>
      listAudit(store.db, caller.workspace, { limit, before: after }),
    ),
  }
}
