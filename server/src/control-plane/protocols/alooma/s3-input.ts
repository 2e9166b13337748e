/**
 * An input of type S3 (ALOOMA-72) as a source of files in a bucket: what Alooma's clients configure it with, in the words of the
 * connector. What they said stays as it was said; the settings are made of it anew whenever it changes.
 */
import { z } from 'zod'
import type { Value } from './kept.ts'
import { readBody, refused } from './route.ts'

/** The connector that reads files. */
const filesType = 'files'

const text = z.string().min(1)
const configuration = z.object({
  awsAccessKeyId: text,
  awsSecretAccessKey: text,
  awsBucketName: text,
  filePrefix: z.string().nullish(),
  loadFiles: z.enum(['all', 'new']).nullish(),
  /** JSON as text. */
  fileFormat: z.string().nullish(),
  /** Ours: Alooma had Amazon's alone. */
  endpoint: text.optional(),
  region: text.optional(),
  /** Of the rows; the input's name where there is none. */
  eventType: text.optional(),
})

const fileFormat = z.object({
  type: z.enum(['json', 'delimited', 'other']).default('json'),
  delimiter: z
    .string()
    .transform((given) => (given === '\\t' ? '\t' : given))
    .pipe(z.string().length(1))
    .optional(),
  quoteChar: z.string().max(1).optional(),
  escapeChar: z.string().optional(),
})

/** Whether an input was made by this protocol as one of a bucket, by what was said of it. */
export function isS3(type: string, said: Value): boolean {
  return type === filesType && typeof said['awsBucketName'] === 'string'
}

/**
 * Settings of the source. `said` has its secrets; `createdAt` is when the input was made, ms.
 * @throws MillraceError `invalid_request`: something is missing, or Millrace has nothing like it.
 */
export function settingsOfS3(name: string, said: Value, createdAt: number): Value {
  const {
    filePrefix,
    loadFiles,
    fileFormat: format,
    endpoint,
    region,
    eventType,
    ...aws
  } = readBody(configuration, said)
  return {
    s3: {
      bucket: aws.awsBucketName,
      prefix: filePrefix ?? '',
      accessKeyId: aws.awsAccessKeyId,
      secretAccessKey: aws.awsSecretAccessKey,
      ...(endpoint !== undefined && { endpoint }),
      ...(region !== undefined && { region }),
      ...(loadFiles === 'new' && { changedSince: new Date(createdAt).toISOString() }),
    },
    table: eventType ?? name,
    ...formatOf(format ?? '{}'),
  }
}

/** What is null is as the connector has it. `other` is told by the names of files; Alooma took each line as a text. */
function formatOf(json: string): Value {
  const { type, delimiter, quoteChar, escapeChar } = readBody(fileFormat, parsed(json))
  if (escapeChar !== undefined && escapeChar !== '' && escapeChar !== (quoteChar ?? '"'))
    throw refused('fileFormat: CSV is read with quotes that are doubled, not with an escapeChar of its own')
  if (type !== 'delimited') return { format: type === 'json' ? 'json' : 'auto', separator: null, quote: null }
  return { format: 'csv', separator: delimiter ?? null, quote: quoteChar || null }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    throw refused('fileFormat is a text that holds a JSON object')
  }
}
