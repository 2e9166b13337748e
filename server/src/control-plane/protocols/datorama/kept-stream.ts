/** What is kept of a data stream beside its source, and of one that has none yet all there is. */
import { z } from 'zod'
import type { Caller } from '../../operations/operation.ts'
import type { Touch } from './history.ts'
import type { Attributes, Kept } from './kept.ts'

const by = z.object({ id: z.string(), email: z.string() }).nullable()
const touch = z.object({ at: z.number(), by })
const attributes = z.record(z.string(), z.unknown())

const keptStream = z.object({
  name: z.string(),
  /** That the source was given with the name. It differs where the name was taken. */
  label: z.string().nullable(),
  dataSourceName: z.string().nullable(),
  /** Counts where there is no source. */
  enabled: z.boolean(),
  /** What of the config is no setting of the source; all of it where there is none. */
  config: attributes,
  others: attributes,
  made: touch,
  changed: touch,
})

export type KeptStream = z.output<typeof keptStream>

export async function keptStreamOf(kept: Kept, caller: Caller, id: string): Promise<KeptStream | undefined> {
  const value = await kept.get(caller, 'stream', id)
  return value && keptStream.parse(value)
}

export async function allKeptStreams(kept: Kept, caller: Caller): Promise<ReadonlyMap<string, KeptStream>> {
  const all = await kept.all(caller, 'stream')
  return new Map([...all].map(([id, value]) => [id, keptStream.parse(value)]))
}

/** The config with its secrets in clear, to become settings of a source. */
export async function wholeConfigOf(kept: Kept, caller: Caller, id: string): Promise<Attributes> {
  const value = await kept.whole(caller, 'stream', id)
  return value === undefined ? {} : keptStream.parse(value).config
}

export function touchOf({ user: { id, email } }: Caller, at: number): Touch {
  return { at, by: { id, email } }
}
