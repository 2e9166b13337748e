/** Our mappings as they are stored, read as far as this protocol tells of them. */
import { z } from 'zod'
import { type MappingMode, mappingModes } from '../../../mappings.ts'
import type { NativeMapping, NativeType } from './mapping-draft.ts'

const stored = z.looseObject({
  eventType: z.string(),
  version: z.number(),
  table: z.string(),
  mode: z.enum(mappingModes),
  usesDefaultMode: z.boolean().default(true),
  isDiscarded: z.boolean().default(false),
  isForgotten: z.boolean().default(false),
  fields: z.array(
    z.looseObject({
      path: z.array(z.string()),
      column: z.string(),
      type: z.string().transform((type) => type as NativeType),
      origin: z.enum(['auto', 'user']).default('auto'),
      nonNull: z.boolean().default(false),
      length: z.number().exactOptional(),
      truncate: z.boolean().exactOptional(),
      precision: z.number().exactOptional(),
      isWhole: z.boolean().exactOptional(),
      isMetadata: z.boolean().exactOptional(),
    }),
  ),
  discarded: z.array(z.array(z.string())).default([]),
})

export interface Around {
  readonly defaultMode: MappingMode
  readonly rowCount: number | null
}

/** Undefined for one that was removed. */
export function nativeMappingOf(mapping: unknown, { defaultMode, rowCount }: Around): NativeMapping | undefined {
  const { usesDefaultMode, isForgotten, mode, fields, ...rest } = stored.parse(mapping)
  if (isForgotten) return undefined
  return {
    eventType: rest.eventType,
    version: rest.version,
    table: rest.table,
    isDiscarded: rest.isDiscarded,
    discarded: rest.discarded,
    mode: usesDefaultMode ? undefined : mode,
    effectiveMode: usesDefaultMode ? defaultMode : mode,
    rowCount,
    fields: fields.map(({ path, column, type, origin, nonNull, length, truncate, precision, isWhole, isMetadata }) => ({
      path,
      column,
      type,
      nonNull,
      isAuto: origin === 'auto',
      ...(length !== undefined && { length }),
      ...(truncate !== undefined && { truncate }),
      ...(precision !== undefined && { precision }),
      ...(isWhole && { isWhole }),
      ...(isMetadata && { isMetadata }),
    })),
  }
}
