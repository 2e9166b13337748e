/** The names on a simulated disk: what stands under each, and which of them outlive a loss of power. */
import type { SimFile } from './sim-disk-file.ts'

export type Entry = SimFile | 'folder'

/** What paths hold after a change of names; undefined: nothing. */
type Change = [path: string, entry: Entry | undefined]

export class SimNames {
  readonly #now: Map<string, Entry>
  #durable: Map<string, Entry>
  /** Since their folder was synced. */
  #pending: { readonly folder: string; readonly changes: readonly Change[] }[] = []

  constructor(entries: ReadonlyMap<string, Entry> = new Map()) {
    this.#now = new Map(entries)
    this.#durable = new Map(entries)
  }

  get(path: string): Entry | undefined {
    return this.#now.get(path)
  }

  entries(): Iterable<[string, Entry]> {
    return this.#now
  }

  change(path: string, changes: readonly Change[]): void {
    apply(this.#now, changes)
    this.#pending.push({ folder: folderOf(path), changes })
  }

  sync(folder: string): void {
    for (const pending of this.#pending) if (pending.folder === folder) apply(this.#durable, pending.changes)
    this.#pending = this.#pending.filter((pending) => pending.folder !== folder)
  }

  /** What is left when power goes: of the changes that were not synced those that chance leaves. */
  survivors(random: () => number): Map<string, Entry> {
    for (const { changes } of this.#pending) if (random() < 0.5) apply(this.#durable, changes)
    const files = new Map<SimFile, SimFile>()
    const left = new Map<string, Entry>()
    for (const [path, entry] of [...this.#durable].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!isReachable(path, left)) continue
      if (entry !== 'folder' && !files.has(entry)) files.set(entry, entry.survivor(random))
      left.set(path, entry === 'folder' ? entry : files.get(entry)!)
    }
    return left
  }
}

export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}

function apply(entries: Map<string, Entry>, changes: readonly Change[]): void {
  for (const [path, entry] of changes) {
    if (entry === undefined) entries.delete(path)
    else entries.set(path, entry)
  }
}

function isReachable(path: string, left: ReadonlyMap<string, Entry>): boolean {
  const folder = folderOf(path)
  return folder === '' || left.get(folder) === 'folder'
}
