/** The sources behind data streams: made and changed as a stream is said to be. */
import { hasCode } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import type { DatoramaPort, SourceKind } from './datorama-port.ts'
import type { Attributes } from './kept.ts'
import { type KnownStream, nameOf } from './stream-shape.ts'

/** What a stream is to be. */
export interface Wanted {
  readonly name: string
  readonly dataSourceName: string | null
  readonly enabled: boolean
  /** Undefined: as it is. */
  readonly config: Attributes | undefined
  /** What of the config is not said is cleared. */
  readonly isWhole: boolean
  readonly others: Attributes
}

const labelsMax = 1_000

export function openStreamSources(port: DatoramaPort) {
  /** Under the name, or one like it where that is taken: here several streams may have one name. */
  const withLabel = async <T>(name: string, work: (label: string) => Promise<T>): Promise<T> => {
    for (let number = 1; ; number++) {
      try {
        const end = number === 1 ? '' : ` (${number})`
        return await work(name.slice(0, 128 - end.length) + end)
      } catch (error) {
        if (!hasCode(error, 'conflict') || number === labelsMax) throw error
      }
    }
  }

  const makeSource = async (caller: Caller, kind: SourceKind, { name, enabled }: Wanted, settings: Attributes) => {
    const source = await withLabel(name, (label) => port.createSource(caller, { label, type: kind.type, settings }))
    if (!enabled) await port.setRunning(caller, source.id, false)
    return source
  }

  /** Changes of a source only what differs. */
  const changeSource = async (caller: Caller, stream: KnownStream, wanted: Wanted, settings: Attributes) => {
    const source = stream.source!
    const cleared = wanted.isWhole && wanted.config !== undefined ? Object.keys(source.settings) : []
    const change = { ...Object.fromEntries(cleared.map((name) => [name, null])), ...settings }
    if (Object.keys(change).length > 0) await port.changeSource(caller, source.id, { settings: change })
    const isRenamed = wanted.name !== nameOf(stream)
    const label = isRenamed
      ? await withLabel(wanted.name, async (label) => {
          await port.changeSource(caller, source.id, { label })
          return label
        })
      : source.label
    if (wanted.enabled !== source.isRunning) await port.setRunning(caller, source.id, wanted.enabled)
    return label
  }

  return { makeSource, changeSource }
}
