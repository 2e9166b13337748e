/** What patterns, harmonised dimensions and calculated measurements have in common: they are listed, made, changed and deleted alike. */
import { MillraceError } from '../../errors.ts'
import { keyOf } from '../../semantic/faults.ts'
import { type SemanticKind, semanticLimits } from '../../semantic/model.ts'
import type { Db } from '../store/schema.ts'
import {
  countObjects,
  deleteObject,
  findObject,
  insertObject,
  listObjects,
  type SemanticObjectRow,
  updateObject,
} from '../store/semantic.ts'
import { type Caller, notFound, operation, type Page } from './operation.ts'
import { changeLayer, type LayerNow, layerNow, type SemanticParts, type SemanticState } from './semantic-changes.ts'
import { refuseStale } from './version-tag.ts'

export type SemanticDraft<Definition> = { readonly name: string } & Definition

export type ShownObject<Definition> = SemanticDraft<Definition> &
  SemanticState & {
    readonly id: string
    /** Counts its changes, from 1. */
    readonly version: number
    /** ms since 1970 UTC. */
    readonly createdAt: number
    readonly updatedAt: number
  }

interface ObjectSettings<Definition extends object> {
  readonly kind: SemanticKind
  /** Checks what only the destination can tell. @throws MillraceError `invalid_request` with `fields`. */
  readonly check?: (caller: Caller, draft: SemanticDraft<Definition>) => Promise<void>
}

export function semanticObjectOperations<Definition extends object>(
  parts: SemanticParts,
  { kind, check = async () => {} }: ObjectSettings<Definition>,
) {
  const { store } = parts
  const noun = kind.replace('-', ' ')
  const rowIn = async (db: Db, { workspace }: Caller, id: string): Promise<SemanticObjectRow> => {
    const row = await findObject(db, workspace, kind, id)
    if (!row) throw notFound(noun)
    return row
  }
  const draftOf = ({ name, definition }: SemanticObjectRow) =>
    ({ ...(JSON.parse(definition) as Definition), name }) as SemanticDraft<Definition>
  const shown = (row: SemanticObjectRow, layer: LayerNow): ShownObject<Definition> => {
    const { id, version, createdAt, updatedAt } = row
    return { ...draftOf(row), id, version, createdAt, updatedAt, ...layer.stateOf(keyOf(kind, id)) }
  }
  const show = async (caller: Caller, id: string) =>
    shown(await rowIn(store.db, caller, id), await layerNow(parts, caller.workspace))

  const save = async (
    caller: Caller,
    id: string,
    ifMatch: string | undefined,
    draftFrom: (present: SemanticDraft<Definition>) => SemanticDraft<Definition>,
  ): Promise<ShownObject<Definition>> => {
    await check(caller, draftFrom(draftOf(await rowIn(store.db, caller, id))))
    await changeLayer(parts, caller, async (tx) => {
      const row = await rowIn(tx, caller, id)
      refuseStale(taggedPart(row), ifMatch)
      const { name, ...definition } = draftFrom(draftOf(row))
      const changed = { ...row, name, definition: JSON.stringify(definition) }
      await updateObject(tx, { ...changed, version: row.version + 1, updatedAt: store.now() })
      return { result: undefined, changed: [keyOf(kind, id)], audit: auditOf(caller, 'updated', changed) }
    })
    return show(caller, id)
  }
  const auditOf = ({ workspace: workspaceId }: Caller, action: string, row: SemanticObjectRow) => ({
    workspaceId,
    action: `${kind}.${action}`,
    object: row.id,
    detail: { name: row.name, ...auditedDefinition(row.definition) },
  })

  return {
    /** In the order in which they were made. */
    list: operation('semantic:read', async (caller, page: Page) => {
      const rows = await listObjects(store.db, caller.workspace, kind, page)
      if (rows.length === 0) return []
      const layer = await layerNow(parts, caller.workspace)
      return rows.map((row) => shown(row, layer))
    }),

    get: operation('semantic:read', show),

    /** @throws MillraceError `invalid_request` with `fields`; `conflict`: there are too many. */
    create: operation('semantic:write', async (caller, draft: SemanticDraft<Definition>) => {
      await check(caller, draft)
      const id = await changeLayer(parts, caller, async (tx) => {
        const now = store.now()
        const { count, lastId } = await countObjects(tx, caller.workspace)
        if (count >= semanticLimits.objectsMax) throw tooMany()
        const { name, ...definition } = draft
        const row: SemanticObjectRow = {
          workspaceId: caller.workspace,
          id: String(Math.max(now, Number(lastId ?? 0) + 1)),
          ...{ kind, name, version: 1, definition: JSON.stringify(definition), createdAt: now, updatedAt: now },
        }
        await insertObject(tx, row)
        return { result: row.id, changed: [keyOf(kind, row.id)], audit: auditOf(caller, 'created', row) }
      })
      return show(caller, id)
    }),

    /** All of it. @throws MillraceError as `create`; `conflict`: others would break; `precondition_failed`. */
    replace: operation(
      'semantic:write',
      (caller, id: string, draft: SemanticDraft<Definition>, ifMatch: string | undefined) =>
        save(caller, id, ifMatch, () => draft),
    ),

    /** What is given of it. @throws MillraceError as `replace`. */
    update: operation(
      'semantic:write',
      (caller, id: string, change: Partial<SemanticDraft<Definition>>, ifMatch: string | undefined) =>
        save(caller, id, ifMatch, (present) => ({ ...present, ...change })),
    ),

    /** @throws MillraceError `conflict`: others use it; they are named. */
    delete: operation('semantic:write', async (caller, id: string): Promise<void> => {
      await changeLayer(parts, caller, async (tx) => {
        const row = await rowIn(tx, caller, id)
        await deleteObject(tx, row)
        return { result: undefined, changed: [], audit: auditOf(caller, 'deleted', row) }
      })
    }),
  }
}

/** What the version tag of an object is made of: its state changes by itself, too. */
export function taggedPart({ id, version }: { readonly id: string; readonly version: number }) {
  return { id, version }
}

/** Lists of thousands of entries are told by their length. */
function auditedDefinition(definition: string): Record<string, unknown> {
  if (definition.length <= auditedCharsMax) return JSON.parse(definition) as Record<string, unknown>
  return { characters: definition.length }
}

const auditedCharsMax = 4_000

function tooMany(): MillraceError {
  return new MillraceError(
    'conflict',
    `A workspace has at most ${semanticLimits.objectsMax} patterns, harmonised dimensions and calculated measurements`,
  )
}
