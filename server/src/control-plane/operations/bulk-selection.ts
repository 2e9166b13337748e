/** Which sources a bulk operation is about: a list of ids, a filter, or a CSV, made into items once and for all. */
import { MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import type { RunState } from '../../scheduled-queries.ts'
import { mayRole } from '../permissions.ts'
import { filterSources, findInputsAnywhere, placeKey } from '../store/source-filter.ts'
import type { Store } from '../store/store.ts'
import { workspacesOfUser } from '../store/workspaces.ts'
import { readBulkCsv, refuseLines } from './bulk-csv.ts'
import { type BulkKind, checkParameters } from './bulk-kinds.ts'
import { callerNow } from './callers.ts'
import { type Caller, forbidden } from './operation.ts'

export const bulkItemsMax = 10_000

type Parameters = Readonly<Record<string, unknown>>

export type Selection =
  | { readonly ids: readonly (string | SelectedSource)[] }
  | { readonly filter: SelectionFilter }
  | { readonly csv: string }

interface SelectedSource {
  readonly id: string
  /** The caller's where missing. */
  readonly workspace?: string | undefined
  /** Over those of the operation. */
  readonly parameters?: Parameters | undefined
}

interface SelectionFilter {
  /** The caller's alone where missing; `all`: those in which the caller may do it. */
  readonly workspaces?: 'all' | readonly string[] | undefined
  /** All where missing. */
  readonly types?: readonly string[] | undefined
  /** `*` stands for any text, `?` for one character. */
  readonly label?: string | undefined
  readonly isEnabled?: boolean | undefined
  readonly lastJob?: RunState | 'NONE' | undefined
}

export interface SelectedItem {
  readonly workspaceId: string
  readonly sourceId: string
  readonly label: string | null
  readonly line: number | null
  /** Its own alone. */
  readonly parameters: Parameters
  /** Why it is not even tried. */
  readonly refusal: string | undefined
}

interface SelectionParts {
  readonly store: Store
  readonly types: Readonly<Record<string, InputType>>
}

/**
 * @param given parameters of the operation
 * @throws MillraceError `invalid_request`: parameters, lines of the CSV, or too many items; `forbidden`: a filter names a workspace in
 * which the caller may not do it, or there is no item in one where they may.
 */
export async function selectItems(
  parts: SelectionParts,
  caller: Caller,
  { kind, given, selection }: { kind: BulkKind; given: Parameters; selection: Selection },
): Promise<SelectedItem[]> {
  const listed = await listItems(parts, caller, kind, selection)
  if (listed.length > bulkItemsMax) {
    const message = `A bulk operation has at most ${bulkItemsMax} sources`
    throw new MillraceError('invalid_request', message, { fields: [{ field: 'sources', message }] })
  }
  refuseParameters(kind, given, listed)
  const reached = await refuseStrangers(parts.store, caller, kind, listed)
  const inputs = await findInputsAnywhere(
    parts.store.db,
    listed.filter(({ workspaceId }) => reached.has(workspaceId)), // nobody learns what is in others
  )
  const firsts = new Map<string, number>()
  return listed.map((item, at) => {
    const place = placeKey(item)
    const key = kind.mayRepeat ? `${place}\n${JSON.stringify(item.parameters)}` : place
    const first = firsts.get(key)
    if (first === undefined) firsts.set(key, at + 1)
    const refusal = first === undefined ? undefined : `It is item ${first} already`
    return { ...item, label: inputs.get(place)?.label ?? null, refusal }
  })
}

type Listed = Omit<SelectedItem, 'label' | 'refusal'>

async function listItems(
  parts: SelectionParts,
  caller: Caller,
  kind: BulkKind,
  selection: Selection,
): Promise<Listed[]> {
  if ('csv' in selection) return csvItems(caller, kind, selection.csv)
  if ('filter' in selection) return filteredItems(parts, caller, kind, selection.filter)
  return selection.ids.map((one) => {
    const { id, workspace = caller.workspace, parameters = {} } = typeof one === 'string' ? { id: one } : one
    return { workspaceId: workspace, sourceId: id, line: null, parameters }
  })
}

function csvItems({ workspace }: Caller, kind: BulkKind, csv: string): Listed[] {
  const rows = readBulkCsv(csv, (name) => name === 'source' || name === 'workspace' || kind.isColumn(name))
  refuseLines(rows.filter(({ cells }) => !cells['source']).map(({ line }) => ({ line, message: 'it names no source' })))
  return rows.map(({ line, cells: { source = '', workspace: workspaceId = workspace, ...cells } }) => {
    return { workspaceId, sourceId: source, line, parameters: kind.ofCells(cells) }
  })
}

async function filteredItems(
  { store, types }: SelectionParts,
  caller: Caller,
  kind: BulkKind,
  { workspaces = [caller.workspace], types: wanted, ...filter }: SelectionFilter,
): Promise<Listed[]> {
  const sourceTypes = Object.entries(types).flatMap(([name, { fetches }]) => (fetches ? [name] : []))
  const among = wanted === undefined ? sourceTypes : sourceTypes.filter((name) => wanted.includes(name))
  const ids = workspaces === 'all' ? await workspacesOf(store, caller) : workspaces
  const editable: string[] = []
  for (const id of ids) {
    if (await mayIn(store, caller, id, kind)) editable.push(id)
    else if (workspaces !== 'all') throw forbidden(`There is no workspace ${id}, or you may not do that there`)
  }
  if (editable.length === 0 || among.length === 0) return []
  const found = await filterSources(store.db, { workspaces: editable, types: among, ...filter }, bulkItemsMax + 1)
  return found.map(({ workspaceId, id }) => ({ workspaceId, sourceId: id, line: null, parameters: {} }))
}

/**
 * Who may do it in none of the workspaces is told so at once; where in some, the items of the others are.
 * @returns those in which the caller may do it.
 */
async function refuseStrangers(
  store: Store,
  caller: Caller,
  kind: BulkKind,
  items: readonly Listed[],
): Promise<ReadonlySet<string>> {
  const ids = new Set(items.map(({ workspaceId }) => workspaceId))
  const reached = new Set<string>()
  for (const id of ids) if (await mayIn(store, caller, id, kind)) reached.add(id)
  if (reached.size > 0 || (ids.size === 0 && (await mayIn(store, caller, caller.workspace, kind)))) return reached
  throw forbidden(`You may not do that to sources here: it needs the permission ${kind.permission}`)
}

async function mayIn(store: Store, caller: Caller, id: string, { permission }: BulkKind): Promise<boolean> {
  const asker = { ...caller, userId: caller.user.id }
  const role = id === caller.workspace ? caller.role : (await callerNow(store, asker, id)).role
  return role !== undefined && mayRole(role, permission)
}

async function workspacesOf(store: Store, { user }: Caller): Promise<string[]> {
  const all = await workspacesOfUser(store.db, user.id, { limit: 10_000 })
  return all.filter(({ archivedAt }) => archivedAt === null).map(({ id }) => id)
}

/** Nothing is begun where the parameters of one item are no parameters. */
function refuseParameters(kind: BulkKind, given: Parameters, items: readonly Listed[]): void {
  if (items.every(({ parameters }) => Object.keys(parameters).length === 0)) {
    checkParameters(kind, given)
    return
  }
  const checked = new Set<string>()
  const problems = items.flatMap(({ parameters, line }, at) => {
    const key = JSON.stringify(parameters)
    if (checked.has(key)) return []
    try {
      checkParameters(kind, mergeParameters(given, parameters))
      checked.add(key)
      return []
    } catch (error) {
      return [{ line, at, error: error as MillraceError }]
    }
  })
  refuseLines(problems.flatMap(({ line, error }) => (line === null ? [] : [{ line, message: error.message }])))
  const [first] = problems
  if (first === undefined) return
  const message = `sources.ids.${first.at}: ${first.error.message}`
  throw new MillraceError('invalid_request', message, { fields: [{ field: `sources.ids.${first.at}`, message }] })
}

/** An item's over the operation's; of settings each one. */
export function mergeParameters(given: Parameters, own: Parameters): Parameters {
  const settings = { ...(given['settings'] as Parameters), ...(own['settings'] as Parameters) }
  return { ...given, ...own, ...(Object.keys(settings).length > 0 && { settings }) }
}
