/** Metadata as rows, a part at a time: all there is of a workspace, or what changed. The tables in its destination are filled from it. */
import type { InputType } from '../inputs.ts'
import type { MetadataChanges, MetadataKind, MetadataRow, MetadataSource } from '../metadata-tables.ts'
import {
  filledTo,
  forgetGone,
  listChanges,
  metadataRows,
  newestChange,
  setFilledTo,
  workspacesWithJobs,
} from './store/metadata.ts'
import type { Db } from './store/schema.ts'
import type { Store } from './store/store.ts'

type Types = Readonly<Record<string, InputType>>

const rowsInPart = 1_000
/** How long it is known what is gone: who asks for what changed since before that is told everything. */
const goneKnownMs = 30 * 24 * 3_600_000

export function openMetadataSource({ db, now }: Pick<Store, 'db' | 'now'>, types: Types): MetadataSource {
  const names = sourceTypes(types)
  return {
    async workspacesWithJobs() {
      await forgetGone(db, (now() - goneKnownMs) * 1_000)
      return workspacesWithJobs(db, names)
    },
    async filledTo(workspace, kind) {
      const filled = await filledTo(db, workspace, kind)
      return isKnown(filled, now()) ? filled : 0
    },
    setFilledTo: (workspace, kind, change) => setFilledTo(db, workspace, kind, change),
    newestChange: () => newestChange(db),
    changes: (workspace, kind, since, until) => changedParts(db, { workspace, kind, types: names }, since, until),
  }
}

/** Names of types that are sources. */
export function sourceTypes(types: Types): string[] {
  return Object.entries(types).flatMap(([name, { fetches }]) => (fetches ? [name] : []))
}

/** Whether it is still known what is gone since a change. Changes are numbered by µs since 1970 UTC. */
export function isKnown(change: number, now: number): boolean {
  return change >= (now - goneKnownMs) * 1_000
}

export interface Part {
  readonly workspace: string
  readonly kind: MetadataKind
  readonly types: readonly string[]
}

export async function* changedParts(
  db: Db,
  { workspace, kind, types }: Part,
  since: number,
  until: number,
): AsyncGenerator<MetadataChanges> {
  let behind = since
  for (;;) {
    const changes = await listChanges(db, workspace, kind, { since: behind, until, limit: rowsInPart })
    if (changes.length === 0) return
    behind = changes.at(-1)!.sequence
    const gone = changes.filter(({ isGone }) => isGone).map(({ id }) => id)
    const ids = changes.filter(({ isGone }) => !isGone).map(({ id }) => id)
    const wanted = { workspaceId: workspace, types, ids, limit: rowsInPart }
    const rows = ids.length === 0 ? [] : await metadataRows(db, kind, wanted)
    yield { rows: rows.map(({ row }) => row), gone }
  }
}

/** All there is, by id: what changes meanwhile is in it once, as it was or as it is. */
export async function* wholeParts(db: Db, { workspace, kind, types }: Part): AsyncGenerator<readonly MetadataRow[]> {
  let after: string | undefined
  for (;;) {
    const wanted = { workspaceId: workspace, types, limit: rowsInPart, ...(after !== undefined && { after }) }
    const rows = await metadataRows(db, kind, wanted)
    if (rows.length === 0) return
    after = rows.at(-1)!.id
    yield rows.map(({ row }) => row)
  }
}
