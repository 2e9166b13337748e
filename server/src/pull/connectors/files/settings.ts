/** What an operator says about files, and what is remembered of each: one schema for the API, the form, the command line and the docs. */
import { isEventType } from '@millrace/event/event'
import { z } from 'zod'
import { secret } from '../../../settings.ts'
import { hasProof, sshLogin } from '../ssh/ssh-settings.ts'

export const formats = ['csv', 'tsv', 'json', 'ndjson', 'parquet', 'archive'] as const
export type Format = (typeof formats)[number]

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const
export type Encoding = (typeof encodings)[number]

const bucket = z
  .strictObject({
    endpoint: z
      .string()
      .regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i, 'Write http:// or https:// and a host')
      .optional()
      .describe('Address of the store, without the bucket; Amazon’s of the region where it is missing'),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'Like eu-central-1')
      .default('us-east-1'),
    bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, 'Is no name of a bucket'),
    prefix: z.string().max(500).default('').describe('Of the keys; names of files begin behind it'),
    changedSince: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Files that were changed before are passed over'),
    accessKeyId: z.string().min(1),
    secretAccessKey: secret('Belongs to the access key, which needs the right to list and to read'),
  })
  .describe('Bucket of S3, or of what speaks like it, instead of a folder')

export type BucketSettings = z.output<typeof bucket>

const sftp = z
  .strictObject({
    ...sshLogin,
    folder: z.string().min(1).default('.').describe('Names of files begin below it'),
  })
  .refine(hasProof, 'Give a password or a privateKey')
  .describe('Folder of a server that is reached by SFTP, instead of one of this machine')

export type SftpSettings = z.output<typeof sftp>

export const filesSettings = z
  .strictObject({
    folder: z
      .string()
      .refine((path) => !path.includes('\0'))
      .optional()
      .describe('Folder below the one that the operator allows (MILLRACE_FILES_ROOT); . is that folder itself'),
    pattern: z
      .string()
      .min(1)
      .max(1_000)
      .default('**/*')
      .describe('Which files in the folder or bucket: * and ? within a name, ** over folders, {csv,json} one of them'),
    url: z
      .string()
      .regex(/^https?:\/\/[^\s/?#]+\S*$/i, 'Write http:// or https://')
      .optional()
      .describe('Address of one file, instead of a folder'),
    s3: bucket.optional(),
    sftp: sftp.optional(),
    authorization: secret('Value of the Authorization header, for an address').optional(),
    table: z.string().refine(isEventType, 'Is no event type').describe('Event type of the rows'),
    format: z
      .enum(['auto', ...formats])
      .default('auto')
      .describe(
        'auto: by the name; .gz, .zst and .zip are looked into. archive: raw events of an archive, as they were',
      ),
    encoding: z
      .enum(['auto', ...encodings])
      .default('auto')
      .describe('auto: by the first bytes'),
    separator: z.string().length(1).optional().describe('Of CSV; found out where it is missing'),
    quote: z.string().length(1).default('"'),
    header: z
      .enum(['auto', 'yes', 'no'])
      .default('auto')
      .describe('Whether the first row of CSV has the names of columns'),
    columns: z.array(z.string().min(1)).min(1).optional().describe('Names of columns, instead of those in the file'),
    types: z
      .enum(['infer', 'text'])
      .default('infer')
      .describe('infer: values of CSV that look like numbers or true and false are such; text: all are texts'),
    unpackedBytesMax: z
      .int()
      .min(1)
      .default(16 * 1024 ** 3)
      .describe('More bytes than that in a packed file are a bomb'),
  })
  .refine(
    ({ folder, url, s3, sftp }) => [folder, url, s3, sftp].filter((place) => place !== undefined).length === 1,
    'Name one of folder, url, s3 and sftp',
  )

export type FilesSettings = z.output<typeof filesSettings>

/** Where in a file reading goes on. Offsets are bytes of its text as UTF-8, unpacked and without a byte order mark. */
const fileState = z.object({
  size: z.int(),
  /** When it was changed, or what its server calls its version; '' where nobody says. */
  version: z.string(),
  /** Of its first and last bytes: tells a file that grew from one that is another. */
  print: z.string(),
  /** Of an archive: how many of its files are done. */
  part: z.int(),
  offset: z.int(),
  /** Rows so far. */
  row: z.int(),
  /** Of CSV, once they are known. */
  columns: z.array(z.string()).optional(),
  separator: z.string().optional(),
  isDone: z.boolean(),
})

export type FileState = z.output<typeof fileState>

/** By the file's name, with / between folders. */
export const filesState = z.object({}).catchall(fileState)
