/** Users' code tried before it is deployed: on a few events, or on all that waits in the restream queue. Nothing is stored. */
import type { RestreamFilter } from '../../restream.ts'
import type { DataPlane } from '../data-plane.ts'
import type { TestSource, TransformDraft } from '../data-plane-transforms.ts'
import { assemble } from '../deployments.ts'
import { type Store, unlessFull } from '../store/store.ts'
import { newestVersion } from '../store/transforms.ts'
import { contentOf } from '../transform-content.ts'
import { type DryRun, openDryRuns } from './dry-runs.ts'
import { type CodeChange, changeCode } from './module-changes.ts'
import { authorOf, type Caller, demand, notFound, operation } from './operation.ts'

export interface Trial extends CodeChange {
  readonly source: TestSource
  /** Whether what the code makes of the events is also mapped to rows. */
  readonly withMapping: boolean
}

export interface DryRunAsked extends CodeChange {
  /** Instead of the mapping that its event type has. */
  readonly mapping?: { readonly eventType: string; readonly mapping: unknown } | undefined
  readonly filter: RestreamFilter
}

export function transformTrialOperations(store: Store, dataPlane: Pick<DataPlane, 'transforms'>) {
  const dryRuns = openDryRuns(store.now)

  /** A trial is in the audit before it runs: code may be tried in order to see what it can reach. */
  const announce = (caller: Caller, action: string, detail: Record<string, unknown>) =>
    unlessFull(
      store.change(authorOf(caller), async () => ({
        result: undefined,
        audit: { workspaceId: caller.workspace, action, object: 'transform', detail },
      })),
    )

  /** What is deployed, with the change made; whoever brings code of their own could have it tell the secrets. */
  const codeOf = async (caller: Caller, change: CodeChange): Promise<TransformDraft | 'live'> => {
    if (change.modules === undefined && change.order === undefined) return 'live'
    demand(caller, 'transforms:write')
    const row = await newestVersion(store.db, caller.workspace)
    const { content, texts } = changeCode(contentOf(row), (row?.version ?? 0) + 1, change)
    return assemble(store, caller.workspace, content, { texts })
  }

  return {
    /**
     * Runs what is deployed, or that with a change, on events that are given, were sampled, or failed.
     * @throws MillraceError `invalid_code`, `invalid_request`, `sandbox_unavailable`; `forbidden`: it needs `samples:read` to see
     * sampled events, `restream:read` to see failed ones.
     */
    test: operation('transforms:read', async (caller, { source, withMapping, ...change }: Trial) => {
      if ('samples' in source) demand(caller, 'samples:read')
      if ('cluster' in source) demand(caller, 'restream:read')
      const code = await codeOf(caller, change)
      await announce(caller, 'transform.tested', { source: Object.keys(source)[0], isDraft: code !== 'live' })
      return dataPlane.transforms(caller.workspace).test({ code, source, withMapping })
    }),

    /** Starts one. @throws MillraceError `conflict`: another one of this workspace is running; `invalid_request`. */
    startDryRun: operation(
      'restream:read',
      async (caller, { mapping, filter, ...change }: DryRunAsked): Promise<DryRun> => {
        const code = await codeOf(caller, change)
        dryRuns.refuseSecond(caller.workspace)
        const detail = { filter, isDraft: code !== 'live', ...(mapping && { eventType: mapping.eventType }) }
        await announce(caller, 'transform.dry_run', detail)
        return dryRuns.start(caller.workspace, (options) =>
          dataPlane.transforms(caller.workspace).dryRun({ code, filter, ...(mapping && { mapping }) }, options),
        )
      },
    ),

    /** The last few of the workspace, newest first. */
    dryRuns: operation('restream:read', async (caller): Promise<readonly DryRun[]> => dryRuns.list(caller.workspace)),

    dryRun: operation('restream:read', async (caller, id: string): Promise<DryRun> => {
      const run = dryRuns.get(caller.workspace, id)
      if (!run) throw notFound('dry run')
      return run
    }),

    /** Stops it if it is running, and forgets it. */
    deleteDryRun: operation('restream:read', async (caller, id: string) => {
      if (!dryRuns.get(caller.workspace, id)) throw notFound('dry run')
      await announce(caller, 'transform.dry_run_deleted', { id })
      dryRuns.delete(caller.workspace, id)
    }),
  }
}
