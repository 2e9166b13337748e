/** How a workspace is doing: the books, how far behind, how much disk. */
import { hasCode } from '../../errors.ts'
import { type ToldIsolation, tellIsolation } from '../../isolation.ts'
import type { Books } from '../../rows.ts'
import type { DataPlane, PartitionReport } from '../data-plane.ts'
import { operation } from './operation.ts'

export function statusOperations(dataPlane: DataPlane) {
  return {
    get: operation('status:read', async (caller) => {
      const { partitions, ...status } = await dataPlane.status(caller.workspace)
      const isolation = await isolationOf(dataPlane, caller.workspace)
      return { ...status, partitions: partitions.map(judged), isolation }
    }),

    /** Recomputes the books from the log and the tables. */
    verify: operation('status:verify', (caller) => dataPlane.verify(caller.workspace)),
  }
}

/** Null where no code can run at all. */
async function isolationOf(dataPlane: DataPlane, workspace: string): Promise<ToldIsolation | null> {
  try {
    return tellIsolation(await dataPlane.transforms(workspace).isolation())
  } catch (error) {
    if (hasCode(error, 'sandbox_unavailable')) return null
    throw error
  }
}

function judged(report: PartitionReport) {
  return {
    ...report,
    /** Events that wait in the log. */
    lagEvents: Math.max(0, Number(report.log.end - report.position)),
    isBalanced: isBalanced(report.books),
  }
}

function isBalanced(books: Books): boolean {
  const { received, split, loaded, dropped, discarded, restreamed, duplicate } = books
  return received + split === loaded + dropped + discarded + restreamed + duplicate
}
