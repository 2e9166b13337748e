/** What was seen in the fields of one event type, as a tree: for people who arrange its mapping. */
import type { FieldNode } from '../mappings.ts'
import type { FieldPath } from './field-path.ts'

export type FieldRecord = Omit<FieldNode, 'name' | 'fields'>

export function treeOf(records: Iterable<FieldRecord>): FieldNode[] {
  const root = branch([])
  for (const record of records) {
    let at = root
    for (const [place, name] of record.path.entries()) {
      const next: Branch = at.below.get(name) ?? branch(record.path.slice(0, place + 1))
      at.below.set(name, next)
      at = next
    }
    at.record = record
  }
  return nodesOf(root)
}

interface Branch {
  record: FieldRecord
  readonly below: Map<string, Branch>
}

function branch(path: FieldPath): Branch {
  const record = { path, count: 0, isExact: false, types: {}, samples: [], firstSeenAt: 0, lastSeenAt: 0 }
  return { record, below: new Map() }
}

function nodesOf({ below }: Branch): FieldNode[] {
  const inOrder = [...below].sort(([left], [right]) => (left < right ? -1 : 1))
  return inOrder.map(([name, child]) => ({ name, ...child.record, fields: nodesOf(child) }))
}
