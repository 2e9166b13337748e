/**
 * Does bulk operations, item by item, a few of each in turn. What is done to a source and that its item is done are one transaction, so an
 * operation that a crash interrupts goes on where it was, and does nothing twice.
 */
import { type ErrorCode, hasCode, MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import { lookRepeatedly } from '../../repeated-look.ts'
import type { Logger } from '../../telemetry.ts'
import type { DataPlane } from '../data-plane.ts'
import {
  type BulkItemRow,
  type BulkRow,
  countItems,
  findBulk,
  type ItemOutcome,
  listItems,
  openBulks,
  settleItem,
  updateBulk,
} from '../store/bulk.ts'
import { findInput } from '../store/inputs.ts'
import type { AuditEntry, Store } from '../store/store.ts'
import { type BulkKindName, bulkKinds, checkParameters, type ItemOperations } from './bulk-kinds.ts'
import { mergeParameters } from './bulk-selection.ts'
import { callerNow } from './callers.ts'
import type { InputKeys } from './input-keys.ts'
import { inputOperations } from './inputs.ts'
import { jobOperations } from './jobs.ts'
import { forbidden, notFound } from './operation.ts'
import { sourceOperations } from './sources.ts'

export interface BulkRuns {
  /** An operation is new: begins with it at once. */
  wake(): void
  /** Resolves when the item under way is done; the others wait for the next start. */
  close(): Promise<void>
}

interface BulkRunParts {
  readonly store: Store
  readonly inputKeys: InputKeys
  readonly types: Readonly<Record<string, InputType>>
  readonly dataPlane: DataPlane
  readonly logger: Logger
}

const itemsInTurn = 50
/** Reading the keys again takes time with the number of inputs; what was changed counts this much later at most. */
const refreshedEveryMs = 1_000
const detailCharsMax = 8_000

export function openBulkRuns({ store, inputKeys, types, dataPlane, logger }: BulkRunParts): BulkRuns {
  const { db } = store
  let isClosed = false
  let isStale = false
  let areJobsNew = false
  let refreshedAt = performance.now()

  /** What has changed counts now, once for many items. A start reads it anyhow. */
  const refresh = async () => {
    refreshedAt = performance.now()
    if (isClosed) return
    if (isStale) {
      isStale = false
      await inputKeys.refresh()
    }
    if (areJobsNew) {
      areJobsNew = false
      dataPlane.jobs.wake()
    }
  }
  const deferred: InputKeys = {
    ...inputKeys,
    async refresh() {
      isStale = true
    },
  }
  const wakeLater = () => {
    areJobsNew = true
  }
  const quiet: DataPlane = { ...dataPlane, jobs: { ...dataPlane.jobs, wake: wakeLater } }
  const operationsOn = (store: Store): ItemOperations => ({
    inputs: inputOperations({ store, inputKeys: deferred, types, dataPlane }),
    sources: sourceOperations({ store, types, dataPlane: quiet }),
    jobs: jobOperations(store, quiet),
  })

  async function look(): Promise<void> {
    for (let open = await openBulks(db); open.length > 0 && !isClosed; open = await openBulks(db)) {
      for (const bulk of open) await runSome(bulk)
    }
    await refresh()
  }

  async function runSome(bulk: BulkRow): Promise<void> {
    if (bulk.state === 'QUEUED') await updateBulk(db, bulk.id, { state: 'RUNNING', startedAt: store.now() })
    const items = await listItems(db, bulk.id, { after: 0, limit: itemsInTurn, state: 'QUEUED' })
    const unchanged: Settled[] = []
    try {
      for (const item of items) {
        if (isClosed) return
        const outcome = await runItem(bulk, item)
        if (outcome !== undefined) unchanged.push({ item, outcome })
        if (performance.now() - refreshedAt > refreshedEveryMs) await refresh()
        await new Promise((resolve) => setImmediate(resolve)) // others are answered in between
      }
    } finally {
      await settleAll(unchanged)
    }
    if (items.length === 0) await end(bulk)
  }

  async function end({ id }: BulkRow): Promise<void> {
    await refresh()
    const { FAILURE: failures = 0 } = await countItems(db, id)
    if ((await findBulk(db, id))?.state === 'CANCELLED') return
    await updateBulk(db, id, { state: failures > 0 ? 'FAILURE' : 'SUCCESS', endedAt: store.now() })
  }

  /** Of items for which nothing was changed: a crash before this tries them again, which does no harm. */
  async function settleAll(settled: readonly Settled[]): Promise<void> {
    if (settled.length === 0) return
    await db.transaction().execute(async (tx) => {
      for (const { item, outcome } of settled) await settleItem(tx, item, outcome)
    })
  }

  /** @returns what became of it, where that is not kept yet. */
  async function runItem(bulk: BulkRow, item: BulkItemRow): Promise<ItemOutcome | undefined> {
    let isSettled = false
    const own: Store = {
      ...store,
      change: (author, work) =>
        store.change(author, async (tx) => {
          const { result, audit } = await work(tx)
          if (bulk.isDryRun === 1) throw new Rehearsed(audit)
          if (!(await settleItem(tx, item, done(audit)))) throw new Overtaken()
          isSettled = true
          return { result, audit: { ...audit, detail: { ...audit.detail, bulk: bulk.id } } }
        }),
    }
    try {
      await perform(operationsOn(own), bulk, item)
      return isSettled ? undefined : done(undefined)
    } catch (error) {
      if (error instanceof Overtaken) return undefined
      return error instanceof Rehearsed ? done(error.audit) : failure(item, error)
    }
  }

  async function perform(operations: ItemOperations, bulk: BulkRow, item: BulkItemRow): Promise<void> {
    const kind = bulkKinds[bulk.kind as BulkKindName]
    const caller = await callerNow(store, bulk, item.workspaceId)
    if (caller.role === undefined) {
      throw forbidden(`There is no workspace ${item.workspaceId}, or you may not do that there`)
    }
    const source = await findInput(db, item.workspaceId, item.sourceId)
    const type = source && types[source.type]
    if (!source || !type?.fetches) throw notFound('source')
    const parameters = checkParameters(
      kind,
      mergeParameters(
        JSON.parse(bulk.parameters) as Record<string, unknown>,
        JSON.parse(item.parameters) as Record<string, unknown>,
      ),
    )
    await kind.run(operations, caller, { source, type, position: item.position }, parameters)
  }

  /** A full disk passes: it is tried again with the next look. */
  function failure(item: BulkItemRow, error: unknown): ItemOutcome {
    if (hasCode(error, 'storage_full')) throw error
    const isOurs = error instanceof MillraceError
    if (!isOurs) logger.error('an item of a bulk operation failed', { bulk: item.bulkId, reason: error as Error })
    const code: ErrorCode = isOurs ? error.code : 'internal'
    const message = isOurs ? error.message : 'It failed for a reason of the server'
    return { state: 'FAILURE', errorCode: code, errorMessage: message, detail: null }
  }

  const { wake, close } = lookRepeatedly(look, {
    everyMs: 1_000,
    onFailure: (reason) => logger.warn('a bulk operation waits', { reason }),
  })
  return {
    wake,
    close() {
      isClosed = true
      return close()
    },
  }
}

interface Settled {
  readonly item: BulkItemRow
  readonly outcome: ItemOutcome
}

/** A dry run ends the transaction by this, so that nothing of it stays. */
class Rehearsed extends Error {
  readonly audit: AuditEntry

  constructor(audit: AuditEntry) {
    super('A dry run changes nothing')
    this.audit = audit
  }
}

/** The operation was cancelled meanwhile: what was done to the item is undone. */
class Overtaken extends Error {}

function done(audit: AuditEntry | undefined): ItemOutcome {
  const text = audit && JSON.stringify({ action: audit.action, ...audit.detail })
  const detail = text === undefined || text.length > detailCharsMax ? null : text
  return { state: 'SUCCESS', errorCode: null, errorMessage: null, detail }
}
