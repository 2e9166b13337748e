/** A mapping in a file, as `millrace mapping get --json` prints it. */
import type { Mapping } from '@millrace/client/mapping'
import { emptyMapping } from '@millrace/client/mappings'
import { usageError } from './failure.ts'
import { readJsonFile } from './json-file.ts'
import type { World } from './world.ts'

export interface NamedMapping {
  readonly eventType: string
  readonly mapping: Mapping
}

/** What it leaves out is as in a mapping of nothing; the server judges the rest. @throws CommandError */
export async function readMappingFile(world: World, file: string, eventType?: string): Promise<NamedMapping> {
  const value = await readJsonFile(world, file)
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    !('fields' in value) ||
    !Array.isArray(value.fields)
  )
    throw usageError(`${file} is no mapping`, 'It is an object with a list `fields`: millrace mapping get TYPE --json.')
  const {
    eventType: own,
    version: _,
    ...mapping
  } = value as unknown as Mapping & { eventType?: string; version?: number }
  const name = eventType ?? own
  if (name === undefined) throw usageError(`${file} does not say its event type`, 'Give it an "eventType".')
  return { eventType: name, mapping: { ...emptyMapping, ...mapping } }
}
