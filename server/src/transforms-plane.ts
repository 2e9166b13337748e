/** Answers what the control plane asks of users' code: it is loaded and run in processes of its own, live or tried out. */
import { newId } from '@millrace/event/id'
import type {
  RawEvent,
  TestSource,
  TransformDraft,
  WorkspaceTransforms,
} from './control-plane/data-plane-transforms.ts'
import { type LooseEvent, looseOfEntry, openDraft } from './drafts.ts'
import { dryRun } from './dry-run.ts'
import { MillraceError } from './errors.ts'
import type { RemoteGuests } from './guest-rpc.ts'
import type { MappingMode } from './mappings.ts'
import type { PipelineCalls } from './pipeline-rpc.ts'
import type { Sample, SampleFilter } from './samples.ts'
import type { Logger } from './telemetry.ts'
import { testRun } from './test-run.ts'
import { sandboxOf } from './transform/program.ts'
import type { Deployment, Diagnostic } from './transform.ts'
import type { Workspaces } from './workspaces.ts'

interface TransformsParts {
  readonly pipeline: PipelineCalls
  readonly guests: RemoteGuests
  readonly workspaces: Workspaces
  /** The newest version of a workspace's code. */
  readonly deployment: (workspace: string) => Promise<Deployment | undefined>
  readonly mappings: (workspace: string) => Promise<readonly unknown[]>
  readonly mappingMode: (workspace: string) => Promise<MappingMode>
  readonly logger: Logger
  readonly samples: (workspace: string, filter: SampleFilter, limit: number) => Promise<readonly Sample[]>
}

/** Of all events of a test run together. */
const testTimeoutMs = 60_000
/** Of failures that a test run is made of. */
const sourceBytesMax = 16 * 1024 * 1024

export function openTransforms(parts: TransformsParts): (workspace: string) => WorkspaceTransforms {
  const { pipeline, guests, workspaces, deployment: newest, mappings, mappingMode, logger } = parts
  const draftOf = async (workspace: string, code: TransformDraft | 'live', mapping?: Mapping) =>
    openDraft({
      deployment: code === 'live' ? await newest(workspace) : { ...code, version: 0 },
      mappings: () => mappings(workspace),
      mappingMode: await mappingMode(workspace),
      ...(mapping && { mapping }),
      reservedTables: async () =>
        (await pipeline.tables(workspace)).filter(({ isDerived }) => isDerived).map(({ name }) => name),
      guests,
    })
  /** All modules, called or not, those of one sandbox together. */
  const check = async (draft: TransformDraft): Promise<readonly Diagnostic[]> => {
    const found: Diagnostic[] = []
    for (const [sandbox, modules] of Map.groupBy(draft.modules, ({ language }) => sandboxOf[language])) {
      const order = draft.order.filter((name) => modules.some((module) => module.name === name))
      found.push(...(await guests.check({ ...draft, sandbox, modules, order })))
    }
    return found
  }

  return (workspace) => ({
    check: (modules, order, loadedWith) => check({ modules, order, ...loadedWith }),
    async deploy(deployment) {
      const { version } = await pipeline.transformState(workspace)
      if (version !== undefined && version > deployment.version) return
      await pipeline.deploy(workspace, deployment)
    },
    async resume() {
      const { state } = await pipeline.transformState(workspace)
      if (state !== 'paused') throw new MillraceError('conflict', 'The code is not paused')
      await pipeline.resumeTransform(workspace)
    },
    async state() {
      const { state, version, reason, printed } = await pipeline.transformState(workspace)
      return { state, version: version ?? null, reason: reason ?? null, isolation: await guests.isolation(), printed }
    },
    isolation: () => guests.isolation(),
    async test({ code, source, withMapping }) {
      const events = await eventsOf(workspace, source, parts)
      const draft = await draftOf(workspace, code)
      const signal = AbortSignal.timeout(testTimeoutMs)
      try {
        return await testRun(draft, events, { withMapping, signal })
      } catch (error) {
        throw error === signal.reason ? tookTooLong() : error
      } finally {
        draft.close()
      }
    },
    async dryRun({ code, mapping, filter }, { onProgress, signal }) {
      const draft = await draftOf(workspace, code, mapping)
      const queue = () => workspaces.get(workspace).restream // the workspace may be closed meanwhile, and its queue with it
      try {
        return await dryRun({
          draft,
          queue: { list: (...page) => queue().list(...page), waiting: (waiting) => queue().waiting(waiting) },
          filter,
          onProgress,
          signal,
        })
      } catch (reason) {
        if (!(reason instanceof MillraceError)) logger.error('a dry run failed', { workspace, reason: reason as Error })
        throw reason
      } finally {
        draft.close()
      }
    },
  })
}

type Mapping = { readonly eventType: string; readonly mapping: unknown }

async function eventsOf(
  workspace: string,
  source: TestSource,
  { workspaces, samples }: TransformsParts,
): Promise<LooseEvent[]> {
  if ('events' in source) return source.events.map(looseOfRaw)
  if ('samples' in source) {
    const { eventType, input, limit } = source.samples
    const found = await samples(workspace, { eventType }, input === undefined ? limit : 1_000)
    return found
      .filter(({ metadata }) => input === undefined || metadata.input_label === input)
      .slice(0, limit)
      .map(looseOfSample)
  }
  const page = { limit: source.limit, bytesMax: sourceBytesMax }
  const entries = workspaces.get(workspace).restream.list({ fingerprint: source.cluster }, page)
  if (entries.length === 0) throw new MillraceError('not_found', 'There is no such cluster of failures')
  return entries.map(looseOfEntry)
}

function tookTooLong(): MillraceError {
  return new MillraceError(
    'transform_timeout',
    `The code was not done with one event in ${testTimeoutMs / 1000} seconds`,
  )
}

const testInput = { id: 'test', label: 'test', type: 'native' }

function looseOfRaw({ eventType, raw, eventId, time, input, restreamCount = 0 }: RawEvent): LooseEvent {
  const now = Date.now()
  return {
    offset: 0n,
    id: eventId ?? newId(now),
    type: eventType,
    input: input === undefined ? testInput : { ...testInput, label: input },
    receivedAt: now,
    time: time ?? now,
    restreamCount,
    raw,
  }
}

function looseOfSample({ eventType, at, raw, metadata }: Sample): LooseEvent {
  const { input_id: id, input_label: label, input_type: type, restream_count: restreamCount } = metadata
  const input = { id, label, type }
  return { offset: 0n, id: metadata['@uuid'], type: eventType, input, receivedAt: at, time: at, restreamCount, raw }
}
