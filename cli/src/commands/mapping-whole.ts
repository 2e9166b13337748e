/** `millrace mapping get`, `set` and `mode`. */
import { type Mapping, type MappingMode, withMode } from '@millrace/client/mapping'
import { getMapping, getMappingMode, setMapping, setMappingMode } from '@millrace/client/mappings'
import { type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { readMappingFile } from '../mapping-file.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import type { Run } from './command.ts'

export const modes = ['AUTO_MAP', 'STRICT', 'FLEXIBLE', 'default'] as const

export interface ModeOptions extends ConnectionOptions {
  readonly eventType?: string
}

export async function get(
  { world, output }: Run,
  { at, ...options }: ConnectionOptions & { at?: number },
  eventType: string,
): Promise<void> {
  const mapping = await getMapping(await connect(world, options), eventType, at)
  output.show([{ eventType, ...mapping }], () => renderMapping(mapping))
}

export async function set(
  { world, output }: Run,
  options: ConnectionOptions,
  name: string,
  file: string,
): Promise<void> {
  const { eventType, mapping } = await readMappingFile(world, file, name)
  const made = await setMapping(await connect(world, options), eventType, mapping)
  output.show([{ eventType, ...made }], () => `Version ${made.version} of the mapping of ${printable(eventType)}.`)
}

export async function mode(
  { world, output }: Run,
  { eventType, ...options }: ModeOptions,
  wanted: (typeof modes)[number] | undefined,
): Promise<void> {
  if (wanted !== undefined && !modes.includes(wanted))
    throw usageError(`There is no mode ${JSON.stringify(wanted)}`, `Modes are ${modes.join(', ')}.`)
  const client = await connect(world, options)
  if (eventType === undefined) {
    if (wanted === 'default') throw usageError('default is a mode of event types', 'Add --event-type NAME.')
    if (wanted !== undefined) await setMappingMode(client, wanted)
    const mode = wanted ?? (await getMappingMode(client))
    return output.show([{ mode }], () => `Event types without a mode of their own: ${described(mode)}.`)
  }
  const before = await getMapping(client, eventType)
  const change = wanted === undefined ? undefined : withMode(before, wanted === 'default' ? null : wanted)
  const { mapping } = change === undefined ? { mapping: before } : await setMapping(client, eventType, change)
  const { usesDefaultMode } = mapping
  const mode = usesDefaultMode ? await getMappingMode(client) : mapping.mode
  const whose = usesDefaultMode ? ', as the workspace has it' : ''
  output.show([{ eventType, mode, usesDefaultMode }], () => `${printable(eventType)}: ${described(mode)}${whose}.`)
}

const meanings: Readonly<Record<MappingMode, string>> = {
  AUTO_MAP: 'new fields get columns',
  STRICT: 'events with new fields are set aside',
  FLEXIBLE: 'new fields are dropped',
}

function described(mode: MappingMode): string {
  return `${mode} (${meanings[mode]})`
}

function renderMapping({ table, mode, usesDefaultMode, isDiscarded, onConflict, primaryKey, fields }: Mapping): string {
  const facts = [
    ['table', table === '' ? 'none yet' : printable(table)],
    ['mode', usesDefaultMode ? 'that of the workspace' : described(mode)],
    ['conflict', onConflict],
    ...(primaryKey.length > 0 ? [['key', primaryKey.join(', ')]] : []),
    ...(isDiscarded ? [['events', 'all discarded']] : []),
  ]
  const rows = fields.map((field) => [
    field.path.join('.'),
    field.isDiscarded ? 'discarded' : field.column,
    typeOf(field),
    field.origin === 'user' ? 'by hand' : field.origin,
  ])
  const head = facts.map(([name = '', text = '']) => `${name.padEnd(10)}${text}`).join('\n')
  return rows.length === 0 ? head : `${head}\n\n${renderTable(['field', 'column', 'type', 'chosen'], rows)}`
}

function typeOf({ type, length, truncate, precision, scale, nonNull }: Mapping['fields'][number]): string | undefined {
  if (type === undefined) return undefined
  const digits = type === 'DECIMAL' && precision !== undefined ? `(${precision},${scale ?? 0})` : ''
  const chars = length === undefined ? '' : `(${length}${truncate ? ', cut' : ''})`
  return `${type}${digits}${chars}${nonNull ? ' not null' : ''}`
}
