/**
 * Bulk operations: something done to many sources, in one or many workspaces. Asking for one makes its items durable; they are done in the
 * background (`bulk-runs.ts`), each with the rights that whoever asked has by then. One is seen by who asked for it alone.
 */
import { newId } from '@millrace/event/id'
import { MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import type { RunState } from '../../scheduled-queries.ts'
import {
  type BulkItemRow,
  type BulkRow,
  cancelItems,
  countItems,
  deleteBulksBefore,
  findBulk,
  insertBulk,
  listBulks,
  listItems,
  openBulks,
  updateBulk,
} from '../store/bulk.ts'
import type { Db, ItemState } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { findToken } from '../store/tokens.ts'
import { type BulkKindName, bulkKinds } from './bulk-kinds.ts'
import type { BulkRuns } from './bulk-runs.ts'
import { type SelectedItem, type Selection, selectItems } from './bulk-selection.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'

type Parameters = Readonly<Record<string, unknown>>

export interface BulkRequest {
  /** Made by whoever asks, who may then ask again where no answer came: nothing is begun twice. */
  readonly id?: string | undefined
  readonly kind: BulkKindName
  /** Of all items; an item's own go before. */
  readonly parameters?: Parameters | undefined
  readonly sources: Selection
  /** Says of each item what would be done, and changes nothing. */
  readonly dryRun?: boolean | undefined
}

export interface ShownBulk extends Pick<BulkRow, 'id' | 'createdAt' | 'startedAt' | 'endedAt'> {
  readonly kind: BulkKindName
  readonly parameters: Parameters
  readonly isDryRun: boolean
  /** `FAILURE`: at least one item failed; the others are done. */
  readonly state: RunState
  readonly total: number
  /** Items that wait no more: succeeded, failed or cancelled. */
  readonly done: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  readonly elapsedMs: number
  /** By the pace so far; null where it cannot be told, and at the end. */
  readonly etaMs: number | null
}

export interface ShownItem {
  /** From 1, as they were given. */
  readonly position: number
  readonly workspace: string
  /** Id of the source. */
  readonly source: string
  /** When the operation was asked for; null where there was no such source. */
  readonly label: string | null
  /** Of the CSV. */
  readonly line: number | null
  readonly state: ItemState
  readonly error: { readonly code: string; readonly message: string } | null
  /** What was done, or would be, as the audit has it. */
  readonly detail: Parameters | null
}

interface BulkParts {
  readonly store: Store
  readonly types: Readonly<Record<string, InputType>>
  readonly runs: Pick<BulkRuns, 'wake'>
}

const openMax = 20
const dayMs = 24 * 3_600_000
const keptMs = 30 * dayMs

export function bulkOperations({ store, types, runs }: BulkParts) {
  const mine = async (db: Db, caller: Caller, id: string): Promise<BulkRow> => {
    const row = await findBulk(db, id)
    if (row?.userId !== caller.user.id) throw notFound('bulk operation')
    const tokenId = await boundToken(db, caller)
    if (tokenId !== undefined && row.tokenId !== tokenId) throw notFound('bulk operation')
    return row
  }

  return {
    /** Of the caller, newest first; ended ones are kept for 30 days. */
    list: operation('session', async (caller, { limit, after }: Page): Promise<ShownBulk[]> => {
      const tokenId = await boundToken(store.db, caller)
      const rows = await listBulks(store.db, caller.user.id, { before: after, limit, tokenId })
      return Promise.all(rows.map((row) => shownBulk(store, row)))
    }),

    get: operation('session', async (caller, id: string) => shownBulk(store, await mine(store.db, caller, id))),

    /**
     * @throws MillraceError `invalid_request`: parameters, lines of the CSV, too many items; `forbidden`: of a filter; `conflict`: too many
     * operations are under way. What is wrong with an item alone is told in its result.
     */
    start: operation('session', async (caller, request: BulkRequest): Promise<ShownBulk> => {
      const { kind, parameters = {}, sources: selection, dryRun = false } = request
      const chosen = { kind: bulkKinds[kind], given: parameters, selection }
      const repeated = await begunBefore(store, caller, request)
      if (repeated !== undefined) return shownBulk(store, repeated)
      const items = await selectItems({ store, types }, caller, chosen)
      const now = store.now()
      const row: BulkRow = {
        ...{
          id: request.id ?? newId(now),
          workspaceId: caller.workspace,
          kind,
          parameters: JSON.stringify(parameters),
        },
        ...{ isDryRun: dryRun ? 1 : 0, state: 'QUEUED' as const, userId: caller.user.id, tokenId: caller.tokenId },
        ...{ ip: caller.ip, requestId: caller.requestId, createdAt: now, startedAt: null, endedAt: null },
      }
      const begun = store.change(authorOf(caller), async (tx) => {
        const open = (await openBulks(tx)).filter(({ userId }) => userId === caller.user.id)
        if (open.length >= openMax) {
          throw new MillraceError('conflict', `Of one user ${openMax} bulk operations may be under way`)
        }
        await deleteBulksBefore(tx, now - keptMs)
        await insertBulk(
          tx,
          row,
          items.map((item, at) => itemRow(row.id, at + 1, item)),
        )
        const detail = { kind, items: items.length, isDryRun: dryRun }
        const workspaceId = caller.role === undefined ? null : caller.workspace
        return { result: undefined, audit: { workspaceId, action: 'bulk.started', object: row.id, detail } }
      })
      try {
        await begun
      } catch (error) {
        // The same request, twice at once.
        const other = await begunBefore(store, caller, request)
        if (other === undefined) throw error
        return shownBulk(store, other)
      }
      runs.wake()
      return shownBulk(store, row)
    }),

    /** In the order in which they were given. */
    results: operation(
      'session',
      async (caller, id: string, { state }: { state?: ItemState | undefined }, { limit, after }: Page) => {
        await mine(store.db, caller, id)
        return (await listItems(store.db, id, { after: Number(after ?? 0), limit, state })).map(shownItem)
      },
    ),

    /** What is done stays done. One that has ended stays as it is. */
    cancel: operation('session', async (caller, id: string): Promise<ShownBulk> => {
      await store.change(authorOf(caller), async (tx) => {
        const row = await mine(tx, caller, id)
        if (row.endedAt === null) {
          await cancelItems(tx, id)
          await updateBulk(tx, id, { state: 'CANCELLED', endedAt: store.now() })
        }
        return { result: undefined, audit: { workspaceId: row.workspaceId, action: 'bulk.cancelled', object: id } }
      })
      return shownBulk(store, await mine(store.db, caller, id))
    }),
  }
}

/**
 * The operation that a request began when it was made before.
 * @throws MillraceError `conflict`: the id is of another one; `invalid_request`: it is of another day, and would stand where nobody looks.
 */
async function begunBefore(
  store: Store,
  caller: Caller,
  { id, kind, parameters = {}, dryRun = false }: BulkRequest,
): Promise<BulkRow | undefined> {
  if (id === undefined) return undefined
  const row = await findBulk(store.db, id)
  if (row === undefined) {
    if (Math.abs(Number.parseInt(id.replace('-', '').slice(0, 12), 16) - store.now()) <= dayMs) return undefined
    const message = 'Its time is not now: take a fresh UUIDv7'
    throw new MillraceError('invalid_request', `id: ${message}`, { fields: [{ field: 'id', message }] })
  }
  const isSame =
    row.userId === caller.user.id &&
    row.workspaceId === caller.workspace &&
    row.kind === kind &&
    row.parameters === JSON.stringify(parameters) &&
    row.isDryRun === (dryRun ? 1 : 0)
  if (isSame) return row
  throw new MillraceError('conflict', 'The id is of another operation')
}

/** A token that may less than its user sees what it asked for itself. */
async function boundToken(db: Db, { tokenId }: Caller): Promise<string | undefined> {
  const token = tokenId === null ? undefined : await findToken(db, tokenId)
  return token && (token.workspaceId !== null || token.role !== null) ? token.id : undefined
}

async function shownBulk(store: Store, row: BulkRow): Promise<ShownBulk> {
  const { id, createdAt, startedAt, endedAt, state } = row
  const counts = await countItems(store.db, id)
  const { QUEUED: waiting = 0, SUCCESS: succeeded = 0, FAILURE: failed = 0, CANCELLED: cancelled = 0 } = counts
  const done = succeeded + failed + cancelled
  const elapsedMs = startedAt === null ? 0 : Math.max(0, (endedAt ?? store.now()) - startedAt)
  const etaMs = endedAt !== null || done === 0 ? null : Math.round((elapsedMs / done) * waiting)
  return {
    ...{ id, kind: row.kind as BulkKindName, isDryRun: row.isDryRun === 1, state, createdAt, startedAt, endedAt },
    parameters: JSON.parse(row.parameters) as Parameters,
    ...{ total: waiting + done, done, succeeded, failed, cancelled, elapsedMs, etaMs },
  }
}

function itemRow(bulkId: string, position: number, item: SelectedItem): BulkItemRow {
  const { workspaceId, sourceId, label, line, parameters, refusal } = item
  return {
    ...{ bulkId, position, workspaceId, sourceId, label, line, parameters: JSON.stringify(parameters), detail: null },
    state: refusal === undefined ? 'QUEUED' : 'FAILURE',
    errorCode: refusal === undefined ? null : 'conflict',
    errorMessage: refusal ?? null,
  }
}

function shownItem({ errorCode, errorMessage, detail, ...row }: BulkItemRow): ShownItem {
  return {
    ...{ position: row.position, workspace: row.workspaceId, source: row.sourceId, label: row.label, line: row.line },
    state: row.state,
    error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
    detail: detail === null ? null : (JSON.parse(detail) as Parameters),
  }
}
