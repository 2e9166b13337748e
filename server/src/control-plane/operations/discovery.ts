/** What a source could be told to fetch: asked of the other side with the settings of a source, or of one that is none yet. */
import { MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import type { Resource } from '../../resources.ts'
import type { DataPlane } from '../data-plane.ts'
import { findInput } from '../store/inputs.ts'
import type { Store } from '../store/store.ts'
import { changeSettings, parseSettings, readSettings, type Settings } from './input-settings.ts'
import { authorOf, type Caller, notFound, operation } from './operation.ts'

export interface DiscoveryRequest {
  /** Of an input that is none yet. */
  readonly type?: string | undefined
  /** Id of a source: its own settings count where `settings` says nothing else. */
  readonly source?: string | undefined
  readonly settings?: Settings | undefined
}

interface DiscoveryParts {
  readonly store: Store
  readonly types: Readonly<Record<string, InputType>>
  readonly dataPlane: Pick<DataPlane, 'jobs'>
}

export function discoveryOperations({ store, types, dataPlane }: DiscoveryParts) {
  const wanted = async ({ workspace }: Caller, { type, source, settings = {} }: DiscoveryRequest) => {
    if (source === undefined) {
      if (type === undefined) throw invalid('type', 'Name a type, or a source')
      return { type, settings }
    }
    const input = await findInput(store.db, workspace, source)
    if (input === undefined || types[input.type]?.fetches === undefined) throw notFound('source')
    if (type !== undefined && type !== input.type) throw invalid('type', `The source is of type ${input.type}`)
    return { type: input.type, settings: changeSettings(await readSettings(store, input), settings) }
  }

  return {
    /**
     * Connects to the other side. Changes nothing there.
     * @throws MillraceError `invalid_request`: of the settings, which may be wrong for the other side only; `source_unavailable`,
     * `forbidden`, `not_found`.
     */
    discover: operation('inputs:write', async (caller, request: DiscoveryRequest): Promise<readonly Resource[]> => {
      const { type, settings } = await wanted(caller, request)
      const found = Object.hasOwn(types, type) ? types[type] : undefined
      if (found?.fetches === undefined) throw invalid('type', `${type} is no type of a source`)
      const parsed = parseSettings(found, settings)
      const object = request.source ?? type
      // Whose settings went where is of interest, whatever came of it.
      const audit = { workspaceId: caller.workspace, action: 'source.discovered', object, detail: { type } }
      await store.change(authorOf(caller), async () => ({ result: undefined, audit }))
      return dataPlane.jobs.discover(caller.workspace, type, parsed)
    }),
  }
}

function invalid(field: string, message: string): MillraceError {
  return new MillraceError('invalid_request', message, { fields: [{ field, message }] })
}
