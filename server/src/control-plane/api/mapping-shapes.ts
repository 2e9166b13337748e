/** The shapes of mappings and of what was seen in fields, as the API takes and tells them. */
import { z } from 'zod'
import { type EventTypeStatistics, type FieldNode, mappingModes } from '../../mappings.ts'

export const mode = z
  .enum(mappingModes)
  .describe('What becomes of fields without a column: they get one; their events are set aside; they are dropped')

export const mappedField = z
  .strictObject({
    path: z.array(z.string()).describe('Keys, from the outside in'),
    column: z.string().optional().describe('Absent: the field has no column'),
    type: z.string().optional().describe('BOOLEAN, BIGINT, DOUBLE, DECIMAL, TIMESTAMP, DATE, VARCHAR or JSON'),
    isDiscarded: z.boolean().optional().describe('Dropped in every mode, with all below it that has no entry'),
    nonNull: z.boolean().optional(),
    length: z.number().int().optional().describe('Characters of a VARCHAR'),
    truncate: z.boolean().optional().describe('Longer texts are cut; otherwise their events are set aside'),
    precision: z.number().int().optional(),
    scale: z.number().int().optional(),
    isWhole: z.boolean().optional().describe('Of a JSON column: takes an object whole, rather than by its members'),
    isMetadata: z
      .boolean()
      .optional()
      .describe('What is known of the event, not its data: the path is `_metadata` and a name, such as `@uuid`'),
    origin: z.enum(['auto', 'user']).optional().describe('auto: events may widen the column'),
  })
  .meta({ id: 'MappedField' })
export const mappingChange = z
  .strictObject({
    mode: z
      .string()
      .optional()
      .describe(`${mappingModes.join(', ')}; absent: the workspace's mode counts`),
    usesDefaultMode: z.boolean().optional(),
    isDiscarded: z.boolean().optional().describe('All its events are discarded'),
    table: z.string().optional(),
    onConflict: z.string().optional().describe('widen, restream or null: of a value that does not fit its column'),
    primaryKey: z.array(z.string()).optional().describe('Columns by which a newer row replaces an older one'),
    fields: z.array(mappedField),
  })
  .meta({ id: 'MappingChange' })

const path = z.array(z.string())
const column = { path, column: z.string(), type: z.string().describe('Of the column: VARCHAR, DECIMAL(38,2)') }
const kept = {
  ...column,
  seen: z.record(z.string(), z.unknown()).optional().describe('What the column may hold; the mapper’s own'),
}

const { isDiscarded: _, scale: __, ...heldField } = mappedField.shape
/** What the mapper keeps: that of an earlier version of Millrace says less. */
export const storedMapping = z
  .looseObject({
    eventType: z.string(),
    version: z.number().int(),
    table: z.string().describe('Empty until the first rows name it'),
    mode: z.enum(mappingModes).describe('Counts unless `usesDefaultMode`'),
    usesDefaultMode: z.boolean().optional().describe('Whether the workspace’s mode counts; absent: it does'),
    isDiscarded: z.boolean().optional(),
    isForgotten: z.boolean().optional().describe('Whether it was removed'),
    onConflict: z.enum(['widen', 'restream', 'null']).optional().describe('Absent: widen'),
    primaryKey: z.array(z.string()).optional(),
    fields: z.array(z.looseObject({ ...heldField, ...kept })).describe('In the order of the table’s columns'),
    discarded: z.array(path).optional().describe('Fields that are discarded, with all below them that has no column'),
    retired: z
      .array(z.looseObject({ ...kept, table: z.string() }))
      .optional()
      .describe('Columns that no field fills any more'),
    formerTables: z.array(z.string()).optional(),
    isFull: z.boolean().optional().describe('Whether there were more fields than columns'),
  })
  .meta({ id: 'Mapping' })

export type ToldMapping = z.output<typeof storedMapping>

const count = z.number().int()
const moment = count.describe('ms since 1970 UTC: when the event was received')

const seenField: z.ZodType<FieldNode> = z
  .object({
    name: z.string(),
    path: path.describe('Keys, from the outside in'),
    count: count.describe('Values that are no null: all of a field with a column, of others those that were looked at'),
    isExact: z.boolean().describe('Whether all were counted'),
    types: z.record(z.string(), count).describe('How many of the values looked at need which type of column'),
    samples: z.array(z.string()).describe('The newest last; at most 200 characters of each'),
    firstSeenAt: moment.describe('ms since 1970 UTC; 0 where only fields below were seen'),
    lastSeenAt: moment,
    get fields() {
      return z.array(seenField).describe('Those below, by name')
    },
  })
  .meta({ id: 'SeenField' })

export const seenFields: z.ZodType<EventTypeStatistics> = z
  .object({
    count: count.describe('Events that came, whatever became of them'),
    firstSeenAt: moment,
    lastSeenAt: moment,
    fields: z.array(seenField).describe('By name'),
  })
  .meta({ id: 'SeenFields' })
