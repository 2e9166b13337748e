/** Settings (ALOOMA-63 to 65), kept and told again. Recipients get their digest, raw events go to the bucket. */
import { z } from 'zod'
import type { Caller } from '../../operations/operation.ts'
import { mask } from '../masking.ts'
import type { AloomaPort, MailDigest } from './alooma-port.ts'
import type { Value } from './kept.ts'
import { type AloomaParts, type On, readBody } from './route.ts'

const only = 'workspace'

const emailNotifications = z.object({
  digestInfo: z.boolean().default(true),
  digestWarning: z.boolean().default(true),
  digestError: z.boolean().default(true),
  digestFrequency: z.enum(['DAILY', 'HOURLY']).default('DAILY'),
  recipientsChanged: z.boolean().default(false),
  recipients: z
    .array(z.string().regex(/^[^\s@]+@[^\s@]+$/, 'has to be an e-mail address'))
    .max(50)
    .default([]),
})
const defaultNotifications = emailNotifications.parse({})

const s3Retention = z.object({
  awsBucketName: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/, 'is no name of a bucket'),
  awsAccessKeyId: z.string().min(1).max(256),
  awsSecretAccessKey: z.string().min(1).max(1_000),
  saveMetadata: z.boolean().default(true),
  gzip: z.boolean().default(true),
  serverSideEncryption: z.boolean().default(true),
  filePrefix: z.string().max(500).nullish(),
})

export function settingsRoutes(on: On, parts: AloomaParts): void {
  const { kept, port } = parts
  on('GET', '/settings', 'settings:read', ({ caller }) => settingsOf(parts, caller))
  on('POST', '/settings/email-notifications', 'settings:write', async ({ caller, body }) => {
    const given = readBody(emailNotifications, body)
    await port.setMailDigest(caller, digestOf(given))
    return kept.put(caller, 'email-notifications', only, given)
  })
  on('POST', '/settings/s3-retention', 'settings:write', async ({ caller, body }) => {
    const given = readBody(s3Retention, body)
    await port.setRetention(caller, retentionOf(given))
    return withState(port, caller, await kept.put(caller, 's3-retention', only, given))
  })
  /** An archive that was set otherwise is none of this protocol's. */
  on('DELETE', '/settings/s3-retention', 'settings:write', async ({ caller }) => {
    if (await kept.get(caller, 's3-retention', only)) await port.setRetention(caller, null)
    await kept.remove(caller, 's3-retention', only)
    return {}
  })
}

export async function settingsOf({ kept, port }: Pick<AloomaParts, 'kept' | 'port'>, caller: Caller): Promise<Value> {
  const retention = await kept.get(caller, 's3-retention', only)
  return {
    emailNotifications: (await kept.get(caller, 'email-notifications', only)) ?? defaultNotifications,
    s3Retention: retention ? await withState(port, caller, retention) : null,
  }
}

/** Ours knows the least severity that is told, not each by itself. */
function digestOf(given: z.output<typeof emailNotifications>): MailDigest | null {
  const { digestInfo, digestWarning, digestError, digestFrequency, recipients } = given
  const severityMin = digestInfo ? 'info' : digestWarning ? 'warning' : digestError ? 'error' : null
  if (severityMin === null || recipients.length === 0) return null
  return { to: recipients, severityMin, every: digestFrequency === 'HOURLY' ? 'hourly' : 'daily' }
}

function retentionOf({ awsBucketName: bucket, awsAccessKeyId: accessKeyId, ...rest }: z.output<typeof s3Retention>) {
  const { awsSecretAccessKey: secretAccessKey, serverSideEncryption, filePrefix } = rest
  return {
    ...{ bucket, accessKeyId, serverSideEncryption, prefix: filePrefix ?? '' },
    ...(secretAccessKey !== mask && { secretAccessKey }),
  }
}

async function withState(port: AloomaPort, caller: Caller, retention: Value): Promise<Value> {
  return { ...retention, ...(await port.retention(caller)) }
}
