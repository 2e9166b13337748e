/** What was seen in the fields of one event type, as a tree: for people who arrange its mapping. */
import type { FieldPath } from './field-path.ts'

export interface EventTypeStatistics {
  /** Events that came, whatever became of them. */
  readonly count: number
  /** ms since 1970 UTC, as all times here: when the events were received. */
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  /** By name. */
  readonly fields: readonly FieldNode[]
}

export interface FieldNode {
  readonly name: string
  readonly path: FieldPath
  /** Values that are no null. Every one of a field with a column; of others only those in events that were looked at. */
  readonly count: number
  /** Whether all values were counted, since the field has had a column. */
  readonly isExact: boolean
  /** By type of column, how many of the values looked at would need it. */
  readonly types: Readonly<Record<string, number>>
  /** Some of the values, the newest last: texts as they are, all else as its JSON; at most 200 characters. */
  readonly samples: readonly string[]
  /** 0 where only fields below were seen. */
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  readonly fields: readonly FieldNode[]
}

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
