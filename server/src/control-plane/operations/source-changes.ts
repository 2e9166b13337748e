/** How operations find sources, and change them: with one audit row, and the jobs told. */
import type { InputType } from '../../inputs.ts'
import type { DataPlane } from '../data-plane.ts'
import { findInput, type InputRow } from '../store/inputs.ts'
import type { Db, Tx } from '../store/schema.ts'
import { findSources, type SourceRow } from '../store/sources.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound } from './operation.ts'

export interface SourceParts {
  readonly store: Store
  readonly types: Readonly<Record<string, InputType>>
  readonly dataPlane: Pick<DataPlane, 'jobs'>
}

export type FoundSource = InputRow & { readonly isByDate: boolean }

type Work<T> = (
  tx: Tx,
  source: FoundSource,
  kept: SourceRow | undefined,
) => Promise<{ result: T; detail?: Record<string, unknown> }>

export interface SourceChanges {
  /** Names of the types that fetch. */
  readonly typeNames: readonly string[]
  isByDate(type: string): boolean
  /** @throws MillraceError `not_found`: no such input, or it does not fetch. */
  find(db: Db, caller: Pick<Caller, 'workspace'>, id: string): Promise<FoundSource>
  change<T>(caller: Caller, id: string, action: string, work: Work<T>): Promise<T>
}

export function openSourceChanges({ store, types, dataPlane: { jobs } }: SourceParts): SourceChanges {
  const typeNames = Object.entries(types).flatMap(([name, { fetches }]) => (fetches ? [name] : []))
  const isByDate = (type: string): boolean => types[type]?.fetches?.isByDate ?? false

  const find: SourceChanges['find'] = async (db, { workspace }, id) => {
    const input = await findInput(db, workspace, id)
    if (!input || !typeNames.includes(input.type)) throw notFound('source')
    return { ...input, isByDate: isByDate(input.type) }
  }

  return {
    typeNames,
    isByDate,
    find,
    async change(caller, id, action, work) {
      const result = await store.change(authorOf(caller), async (tx) => {
        const source = await find(tx, caller, id)
        const [kept] = await findSources(tx, caller.workspace, [id])
        const { result, detail = {} } = await work(tx, source, kept)
        return { result, audit: { workspaceId: caller.workspace, action: `source.${action}`, object: id, detail } }
      })
      jobs.wake()
      return result
    },
  }
}
