/**
 * Data streams, as sources: made, replaced, changed, removed. One that is said without what its source needs is kept, and becomes a
 * source, under the same number, as soon as its config says it.
 */
import { isDeepStrictEqual } from 'node:util'
import { newId } from '@millrace/event/id'
import { hasCode } from '../../../errors.ts'
import { type Caller, notFound } from '../../operations/operation.ts'
import { unmasked } from '../masking.ts'
import { refused } from './bodies.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import type { NativeSource } from './datorama-port.ts'
import type { Attributes } from './kept.ts'
import { allKeptStreams, type KeptStream, keptStreamOf, touchOf, wholeConfigOf } from './kept-stream.ts'
import type { SaidStream } from './read-stream.ts'
import { scheduleOf } from './retrieval-period.ts'
import { kindNamed, refuseOtherKind, split } from './source-kinds.ts'
import { eventTypeOf, type KnownStream, nameOf } from './stream-shape.ts'
import { openStreamSources, type Wanted } from './stream-sources.ts'

export interface Streams {
  list(caller: Caller): Promise<KnownStream[]>
  /** @throws MillraceError `not_found`. */
  get(caller: Caller, id: string): Promise<KnownStream>
  create(caller: Caller, said: SaidStream): Promise<KnownStream>
  /** What is not said is cleared; a source stays, since there would be nothing to run. */
  replace(caller: Caller, id: string, said: SaidStream): Promise<KnownStream>
  patch(caller: Caller, id: string, said: SaidStream): Promise<KnownStream>
  /** What it was. */
  remove(caller: Caller, id: string): Promise<KnownStream>
}

export function openStreams(parts: DatoramaParts): Streams {
  const { port, kept, numbers, now } = parts
  const { makeSource, changeSource } = openStreamSources(port)

  const known = async (caller: Caller, id: string): Promise<KnownStream> => {
    const source = await port.source(caller, id).catch(undefinedWhereMissing)
    const keptStream = await keptStreamOf(kept, caller, id)
    if (source === undefined && (keptStream === undefined || keptStream.label !== null)) throw notFound('data stream')
    const eventType = eventTypeOf(source)
    const mapping = eventType === undefined ? undefined : await port.mapping(caller, eventType)
    const title = source && (await port.sourceKinds(caller)).find(({ type }) => type === source.type)?.title
    return { id, workspace: caller.workspace, source, kept: keptStream, title, mapping }
  }

  const settle = async (caller: Caller, stream: KnownStream | undefined, wanted: Wanted): Promise<KnownStream> => {
    const kinds = await port.sourceKinds(caller)
    const kind = stream?.source
      ? kinds.find(({ type }) => type === stream.source!.type)
      : kindNamed(kinds, wanted.dataSourceName, wanted.config)
    if (stream?.source && wanted.dataSourceName !== null) refuseOtherKind(kinds, kind, wanted.dataSourceName)
    const periodOf = (said: Attributes) => scheduleOf(said, kind ?? { isByDate: true })
    const periodBefore = stream?.source ? periodOf(stream.kept?.others ?? {}) : null
    periodOf(wanted.others) // before anything is changed: it may be refused
    const before = stream?.kept
    const secret = stream !== undefined && stream.source === undefined
    const whole = secret
      ? (unmasked(wanted.config ?? {}, await wholeConfigOf(kept, caller, stream.id)) as Attributes)
      : wanted.config
    const { settings, extras } = split(kind, whole ?? {})

    let id = stream?.id ?? newId(now())
    let others = wanted.others
    let label: string | null = null
    let source: NativeSource | undefined = stream?.source
    if (source !== undefined) label = await changeSource(caller, stream!, wanted, settings)
    else if (kind !== undefined && Object.keys(settings).length > 0) {
      source = await makeSource(caller, kind, wanted, settings)
      label = source.label
    }
    if (source !== undefined && source.id !== id) {
      if (stream !== undefined) {
        others = unmasked(others, (await kept.whole(caller, 'stream', id))?.['others']) as Attributes
        await numbers.move('stream', caller.workspace, id, source.id)
        await kept.remove(caller, 'stream', id)
      }
      id = source.id
    }
    if (source !== undefined && !isDeepStrictEqual(periodOf(wanted.others), periodBefore))
      await port.schedule(caller, id, periodOf(wanted.others))
    const touch = touchOf(caller, now())
    await kept.put(caller, 'stream', id, {
      name: wanted.name,
      label,
      dataSourceName: wanted.dataSourceName ?? kind?.title ?? null,
      enabled: wanted.enabled,
      config: wanted.config === undefined ? (before?.config ?? {}) : extras,
      others,
      made: before?.made ?? (stream?.source ? { at: stream.source.createdAt, by: null } : touch),
      changed: touch,
    } satisfies KeptStream)
    return known(caller, id)
  }

  return {
    async list(caller) {
      const [sources, keptStreams, mappings, kinds] = await Promise.all([
        port.sources(caller),
        allKeptStreams(kept, caller),
        port.mappings(caller),
        port.sourceKinds(caller),
      ])
      const byType = new Map(mappings.map((mapping) => [mapping.eventType, mapping]))
      const titles = new Map(kinds.map(({ type, title }) => [type, title]))
      const { workspace } = caller
      const running = sources.map((source): KnownStream => {
        const mapping = byType.get(eventTypeOf(source) ?? '')
        return {
          id: source.id,
          workspace,
          source,
          kept: keptStreams.get(source.id),
          title: titles.get(source.type),
          mapping,
        }
      })
      const others = [...keptStreams].flatMap(([id, stream]): KnownStream[] =>
        stream.label === null
          ? [{ id, workspace, source: undefined, kept: stream, title: undefined, mapping: undefined }]
          : [],
      )
      return [...running, ...others].toSorted((one, other) => (one.id < other.id ? -1 : 1))
    },
    get: known,
    create(caller, { name, dataSourceName = null, enabled = true, config = {}, others }) {
      if (name === undefined) throw refused('name: a data stream needs one')
      return settle(caller, undefined, { name, dataSourceName, enabled, config, others, isWhole: true })
    },
    async replace(caller, id, { name, dataSourceName, enabled, config, others }) {
      const stream = await known(caller, id)
      if (name === undefined) throw refused('name: a data stream needs one; PATCH changes less than all')
      return settle(caller, stream, {
        name,
        dataSourceName: dataSourceName ?? (stream.source ? (stream.kept?.dataSourceName ?? null) : null),
        enabled: enabled ?? true,
        config: config ?? (stream.source ? undefined : {}),
        others,
        isWhole: true,
      })
    },
    async patch(caller, id, said) {
      const stream = await known(caller, id)
      const before = stream.kept
      return settle(caller, stream, {
        name: said.name ?? nameOf(stream),
        dataSourceName: said.dataSourceName === undefined ? (before?.dataSourceName ?? null) : said.dataSourceName,
        enabled: said.enabled ?? stream.source?.isRunning ?? before?.enabled ?? true,
        config: said.config && { ...before?.config, ...said.config },
        others: { ...before?.others, ...said.others },
        isWhole: false,
      })
    },
    async remove(caller, id) {
      const stream = await known(caller, id)
      if (stream.source !== undefined) await port.removeSource(caller, id)
      await kept.remove(caller, 'stream', id)
      return stream
    },
  }
}

function undefinedWhereMissing(error: unknown): undefined {
  if (hasCode(error, 'not_found')) return undefined
  throw error
}
