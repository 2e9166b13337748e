/**
 * What connectors say of keys: an event type that nobody has mapped yet gets the primary key that its source names, so that newer rows
 * replace older ones. What people or events have made already stays as it is.
 */
import { hasCode } from './errors.ts'
import { nameColumns } from './map/column-names.ts'
import type { PipelineCalls } from './pipeline-rpc.ts'
import type { DeclareKey } from './sources.ts'

interface DeclaredKeysParts {
  readonly pipeline: Pick<PipelineCalls, 'setMapping'>
  readonly mappingMode: (workspace: string) => Promise<string>
  readonly mappings: (workspace: string) => Promise<readonly { readonly eventType: string }[]>
  /** In the audit, before it happens. */
  readonly announce: (
    workspace: string,
    source: string,
    eventType: string,
    primaryKey: readonly string[],
  ) => Promise<void>
}

export function openDeclaredKeys({ pipeline, mappingMode, mappings, announce }: DeclaredKeysParts): DeclareKey {
  return async ({ workspace, source }, eventType, key) => {
    // Elsewhere people alone say what becomes columns.
    if ((await mappingMode(workspace)) !== 'AUTO_MAP') return 'kept'
    if ((await mappings(workspace)).some((one) => one.eventType === eventType)) return 'kept'
    const named = nameColumns(
      key.map(({ name }) => [name]),
      [],
    )
    const columnOf = (name: string) => named.find(({ path }) => path[0] === name)!.column
    const fields = key.map(({ name, type }) => ({
      path: [name],
      column: columnOf(name),
      type,
      origin: 'auto' as const,
    }))
    const primaryKey = fields.map(({ column }) => column)
    await announce(workspace, source, eventType, primaryKey)
    try {
      await pipeline.setMapping(workspace, eventType, { primaryKey, fields })
      return 'declared'
    } catch (error) {
      // The table is there, and has rows that were written by another key.
      if (hasCode(error, 'invalid_mapping')) return 'kept'
      throw error
    }
  }
}
