/** Several changes of one object, in one transaction, told by one row of the audit. */
import type { AuditEntry, Author } from './audit.ts'

interface Told {
  readonly author: Author
  readonly entry: AuditEntry
}

/** In the order in which objects were first changed. */
export function openMergedAudit() {
  const rows = new Map<string, Told>()
  return {
    add(author: Author, entry: AuditEntry): void {
      const key = JSON.stringify([entry.workspaceId, kindOf(entry), entry.object])
      const before = rows.get(key)
      rows.set(key, before === undefined ? { author, entry } : { author, entry: merged(before.entry, entry) })
    },
    rows: (): readonly Told[] => [...rows.values()],
  }
}

/** Names of different things may be the same. A source is an input. */
function kindOf({ action }: AuditEntry): string {
  const kind = action.split('.')[0]!
  return kind === 'source' ? 'input' : kind
}

/** What the first one did counts, but for an end; `also` names the others. */
function merged(before: AuditEntry, next: AuditEntry): AuditEntry {
  const [action, other] = next.action.endsWith('.deleted') ? [next.action, before.action] : [before.action, next.action]
  const { also = [], ...detail } = before.detail ?? {}
  const others = other === action ? (also as string[]) : [...new Set([...(also as string[]), other])]
  return { ...before, action, detail: { ...detail, ...next.detail, ...(others.length > 0 && { also: others }) } }
}
