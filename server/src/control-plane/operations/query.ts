/** Questions to the workspace's destination, in its SQL. */
import type { DataPlane } from '../data-plane.ts'
import { type Store, unlessFull } from '../store/store.ts'
import { authorOf, type Caller, operation } from './operation.ts'

const timeoutMs = 30_000
/** Of a statement's text, in the audit. */
const auditedCharsMax = 1_000

export interface Question {
  readonly sql: string
  readonly parameters?: readonly (string | number | boolean | null)[] | undefined
  /** Rows at most. */
  readonly limit: number
}

export function queryOperations(store: Store, dataPlane: DataPlane) {
  const announce = (caller: Caller, sql: string) =>
    store.change(authorOf(caller), async () => ({
      result: undefined,
      audit: {
        workspaceId: caller.workspace,
        action: 'query.run',
        object: 'destination',
        detail: { sql: sql.slice(0, auditedCharsMax).toWellFormed() },
      },
    }))

  return {
    /** One read-only statement. @throws MillraceError `invalid_sql`, `query_refused`, `query_timeout`, `query_too_large`. */
    run: operation('query:run', async (caller, { sql, parameters = [], limit }: Question) => {
      await unlessFull(announce(caller, sql))
      return dataPlane.query(caller.workspace, { sql, parameters, rowsMax: limit, timeoutMs })
    }),
  }
}
