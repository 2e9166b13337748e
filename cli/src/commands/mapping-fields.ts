/** `millrace mapping fields`: what was seen in the fields of an event type. */
import { clearFields, getFields, type SeenField } from '@millrace/client/event-types'
import { findField, type Mapping } from '@millrace/client/mapping'
import { getMapping } from '@millrace/client/mappings'
import { type ConnectionOptions, connect } from '../connection.ts'
import { printable } from '../output.ts'
import { formatCount } from '../quantities.ts'
import { renderTable } from '../table.ts'
import type { Run } from './command.ts'

export async function fields(
  { world, output }: Run,
  { clear, ...options }: ConnectionOptions & { clear?: true },
  eventType: string,
): Promise<void> {
  const client = await connect(world, options)
  if (clear) {
    await clearFields(client, eventType)
    return output.show([{ cleared: eventType }], () => `The fields of ${printable(eventType)} are counted anew.`)
  }
  const seen = await getFields(client, eventType)
  const mapping = await getMapping(client, eventType).catch(() => undefined)
  const records = seen.fields.flatMap(withThoseBelow).map((field) => recordOf(field, mapping))
  output.show(records, () => {
    if (records.length === 0) return 'Nothing was seen yet.'
    const rows = records.map(({ path, count, isExact, types, column, samples }) => [
      path.join('.'),
      `${isExact ? '' : '≥ '}${formatCount(count)}`,
      Object.keys(types).join(', '),
      column,
      samples.at(-1),
    ])
    const head = `${formatCount(seen.count)} events of ${printable(eventType)}`
    return `${head}\n\n${renderTable(['field', 'values', 'types', 'column', 'last value'], rows)}`
  })
}

function recordOf({ path, count, isExact, types, samples, firstSeenAt, lastSeenAt }: SeenField, mapping?: Mapping) {
  const mapped = mapping && findField(mapping, path)
  const column = mapped?.isDiscarded ? 'discarded' : (mapped?.column ?? null)
  const times = { firstSeenAt: timeOf(firstSeenAt), lastSeenAt: timeOf(lastSeenAt) }
  return { path, count, isExact, types, column, samples, ...times }
}

/** Fields that are objects alone have no values of their own. */
function withThoseBelow(field: SeenField): SeenField[] {
  const below = field.fields.flatMap(withThoseBelow)
  return field.count === 0 ? below : [field, ...below]
}

function timeOf(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString()
}
