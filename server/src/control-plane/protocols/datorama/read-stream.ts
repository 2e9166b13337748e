/** A data stream as a client says it: what Millrace has words for, and the rest, which is kept as it is. */
import { z } from 'zod'
import { anyObject, readBody } from './bodies.ts'
import { isForbidden } from './forbidden-names.ts'
import { historyFields } from './history.ts'
import type { Attributes } from './kept.ts'

export interface SaidStream {
  readonly name: string | undefined
  /** Number of the workspace. */
  readonly workspaceId: number | undefined
  /** Null: none any more. */
  readonly dataSourceName: string | null | undefined
  readonly enabled: boolean | undefined
  readonly config: Attributes | undefined
  readonly others: Attributes
}

/** For reading only: what a client sends back of them is not looked at. */
const readOnly: readonly string[] = [
  ...historyFields,
  ...['id', 'dataSourceId', 'sourceDisplayName', 'hasData', 'lastUpdate', 'lastRunStatus', 'lastRowsRetrieved'],
  ...['processedRows', 'lastDataDate'],
]

const stream = z.looseObject(
  {
    name: z
      .string()
      .trim()
      .min(1, 'is empty')
      .max(128)
      .regex(/^[^\p{Cc}]*$/u, 'has control characters')
      .optional(),
    workspaceId: z.coerce.number().int().positive().nullish(),
    dataSourceName: z.string().trim().min(1).max(128).nullish(),
    enabled: z.boolean().nullish(),
    config: anyObject.nullish(),
  },
  'has to be an object',
)

/** @throws MillraceError `invalid_request`: names what is wrong with it. */
export function readStream(body: unknown): SaidStream {
  const { name, workspaceId, dataSourceName, enabled, config, ...others } = readBody(stream, body)
  return {
    name,
    workspaceId: workspaceId ?? undefined,
    dataSourceName,
    enabled: enabled ?? undefined,
    config: config === undefined || config === null ? undefined : withoutMapping(config),
    others: Object.fromEntries(
      Object.entries(others).filter(([key]) => !readOnly.includes(key) && !isForbidden('stream', key)),
    ),
  }
}

/** It is told as part of the config, and set by calls of its own. */
function withoutMapping({ mapping: _, ...config }: Attributes): Attributes {
  return config
}
