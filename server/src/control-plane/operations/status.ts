/** How a workspace is doing: the books, how far behind, how much disk. */
import type { Books } from '../../rows.ts'
import type { DataPlane, PartitionReport } from '../data-plane.ts'
import { operation } from './operation.ts'

export function statusOperations(dataPlane: DataPlane) {
  return {
    get: operation('status:read', async (caller) => {
      const { partitions, ...status } = await dataPlane.status(caller.workspace)
      return { ...status, partitions: partitions.map(judged) }
    }),

    /** Recomputes the books from the log and the tables. */
    verify: operation('status:verify', (caller) => dataPlane.verify(caller.workspace)),
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
