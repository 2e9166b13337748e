/** Sources, bound to the operations of inputs and sources: an input says what it is, a source what it does. */
import type { Input } from '../../operations/inputs.ts'
import type { Operations } from '../../operations/operations.ts'
import type { ShownSource } from '../../operations/sources.ts'
import type { DatoramaPort, NativeSource } from './datorama-port.ts'
import { everything } from './every-page.ts'

type SourcePort = Pick<
  DatoramaPort,
  'sourceKinds' | 'sources' | 'source' | 'createSource' | 'changeSource' | 'setRunning' | 'schedule' | 'removeSource'
>

export function bindSources({ inputs, sources }: Operations): SourcePort {
  return {
    async sourceKinds(caller) {
      const types = await inputs.types(caller)
      return types.flatMap(({ name, title, settings, fetches }) =>
        fetches === undefined
          ? []
          : [{ type: name, title, settings: Object.keys(settings.shape), isByDate: fetches.isByDate }],
      )
    },
    async sources(caller) {
      const all = await everything(
        (page) => sources.list(caller, page),
        ({ id }) => id,
      )
      if (all.length === 0) return []
      const byId = new Map(
        (
          await everything(
            (page) => inputs.list(caller, page),
            ({ id }) => id,
          )
        ).map((input) => [input.id, input]),
      )
      return all.flatMap((source) => {
        const input = byId.get(source.id)
        return input === undefined ? [] : [nativeOf(source, input)]
      })
    },
    source: async (caller, id) => nativeOf(await sources.get(caller, id), await inputs.get(caller, id)),
    async createSource(caller, draft) {
      const { input } = await inputs.create(caller, draft)
      return nativeOf(await sources.get(caller, input.id), input)
    },
    async changeSource(caller, id, change) {
      await inputs.update(caller, id, change)
    },
    async setRunning(caller, id, isRunning) {
      await inputs.update(caller, id, { isEnabled: isRunning })
      if (isRunning) await sources.resume(caller, id)
    },
    async schedule(caller, id, schedule) {
      await sources.schedule(caller, id, schedule)
    },
    removeSource: (caller, id) => inputs.delete(caller, id),
  }
}

function nativeOf(source: ShownSource, { settings }: Input): NativeSource {
  const { id, label, type, createdAt, disabledAt, pausedAt, lastJob } = source
  return { id, label, type, settings, createdAt, isRunning: disabledAt === null && pausedAt === null, lastJob }
}
