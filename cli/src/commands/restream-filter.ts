/** Which entries of the restream queue a command means. */
import type { ConnectionOptions } from '../connection.ts'
import { usageError } from '../failure.ts'
import { formatNumberOf } from '../quantities.ts'

/** As the API takes it. */
export interface Filter {
  readonly fingerprint?: string
  readonly code?: string
  readonly eventType?: string
  readonly input?: string
}

export interface FilterOptions extends Omit<Filter, 'fingerprint'> {
  readonly cluster?: string
}

export type ChoiceOptions = ConnectionOptions & FilterOptions & { all?: true }
export type PageOptions = ConnectionOptions & { limit: number }

/** An empty choice means everything to the server; here somebody has to say so. */
export function choiceOf(options: ChoiceOptions, offsets: readonly string[]) {
  const filter = filterOf(options)
  if (options.all === undefined && offsets.length === 0 && Object.keys(filter).length === 0) {
    throw usageError(
      'Nothing says which entries',
      'Give offsets, --cluster, --code, --event-type or --input, or --all.',
    )
  }
  return { ...filter, ...(offsets.length > 0 && { offsets: [...offsets] }) }
}

export function describeChoice(filter: Filter, offsets: readonly string[]): string {
  const parts = Object.entries(filter).map(([name, value]) => `${names[name as keyof Filter]} ${value}`)
  const which = offsets.length > 0 ? formatNumberOf(offsets.length, 'event') : 'every entry of the queue'
  return [which, ...parts].join(' with ')
}

const names: Readonly<Record<keyof Filter, string>> = {
  fingerprint: 'the cluster',
  code: 'code',
  eventType: 'eventType',
  input: 'input',
}

export function filterOf({ cluster, code, eventType, input }: FilterOptions): Filter {
  return {
    ...(cluster !== undefined && { fingerprint: cluster }),
    ...(code !== undefined && { code }),
    ...(eventType !== undefined && { eventType }),
    ...(input !== undefined && { input }),
  }
}
