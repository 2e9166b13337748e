/** Settings (ALOOMA-63 to 65), kept and told again. Recipients get their digest; nothing is written to anybody's S3, and it says so. */
import { z } from 'zod'
import type { Caller } from '../../operations/operation.ts'
import type { MailDigest } from './alooma-port.ts'
import type { Kept, Value } from './kept.ts'
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
  awsBucketName: z.string().min(1),
  awsAccessKeyId: z.string().min(1),
  awsSecretAccessKey: z.string().min(1),
  saveMetadata: z.boolean().default(true),
  gzip: z.boolean().default(true),
  serverSideEncryption: z.boolean().default(true),
  filePrefix: z.string().nullish(),
})

export function settingsRoutes(on: On, { kept, port }: AloomaParts): void {
  on('GET', '/settings', 'settings:read', ({ caller }) => settingsOf(kept, caller))
  on('POST', '/settings/email-notifications', 'settings:write', async ({ caller, body }) => {
    const given = readBody(emailNotifications, body)
    await port.setMailDigest(caller, digestOf(given))
    return kept.put(caller, 'email-notifications', only, given)
  })
  on('POST', '/settings/s3-retention', 'settings:write', async ({ caller, body }) =>
    withState(await kept.put(caller, 's3-retention', only, readBody(s3Retention, body))),
  )
  on('DELETE', '/settings/s3-retention', 'settings:write', async ({ caller }) => {
    await kept.remove(caller, 's3-retention', only)
    return {}
  })
}

export async function settingsOf(kept: Kept, caller: Caller): Promise<Value> {
  const retention = await kept.get(caller, 's3-retention', only)
  return {
    emailNotifications: (await kept.get(caller, 'email-notifications', only)) ?? defaultNotifications,
    s3Retention: retention ? withState(retention) : null,
  }
}

/** Ours knows the least severity that is told, not each by itself. */
function digestOf(given: z.output<typeof emailNotifications>): MailDigest | null {
  const { digestInfo, digestWarning, digestError, digestFrequency, recipients } = given
  const severityMin = digestInfo ? 'info' : digestWarning ? 'warning' : digestError ? 'error' : null
  if (severityMin === null || recipients.length === 0) return null
  return { to: recipients, severityMin, every: digestFrequency === 'HOURLY' ? 'hourly' : 'daily' }
}

function withState(retention: Value): Value {
  return { ...retention, isRunning: false }
}
