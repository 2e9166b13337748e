/** What a workspace is set to: its mapping mode, the limits of its code, and whom notifications are sent to. */
import { bodyOf, type Client } from './client.ts'
import { listItems } from './lists.ts'
import type { MappingMode } from './mapping.ts'
import { getMappingMode } from './mappings.ts'
import type { components } from './openapi.ts'

export type NotificationChannel = components['schemas']['NotificationChannel']
export type NotificationMute = components['schemas']['NotificationMute']
export type TransformSettings = components['schemas']['TransformSettings']

export interface Settings {
  /** Of event types without one of their own. */
  readonly mappingMode: MappingMode
  readonly transforms: TransformSettings
  readonly channels: readonly NotificationChannel[]
  readonly mutes: readonly NotificationMute[]
}

/** @throws ClientError */
export async function getSettings(client: Client): Promise<Settings> {
  const [mappingMode, transforms, channels, mutes] = await Promise.all([
    getMappingMode(client),
    bodyOf(client.GET('/api/v1/transforms/settings')),
    getChannels(client),
    getMutes(client),
  ])
  return { mappingMode, transforms, channels, mutes }
}

/** @throws ClientError */
export function getChannels(client: Client): Promise<NotificationChannel[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/notification-channels', { params: { query } })))
}

/** @throws ClientError */
export function getMutes(client: Client): Promise<NotificationMute[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/notification-mutes', { params: { query } })))
}

export interface EmailNotifications {
  readonly to: readonly string[]
  /** `warning` where missing. */
  readonly severityMin?: NotificationChannel['severityMin']
  /** `daily` where missing. */
  readonly digest?: NotificationChannel['digest']
}

const emailLabel = 'E-mail'

/**
 * Notifications by e-mail: one channel, made or changed. null: none any more. Safe to repeat. The server needs
 * `MILLRACE_SMTP_URL`.
 * @throws ClientError `invalid_request`: no address.
 */
export async function setEmailNotifications(client: Client, wanted: EmailNotifications | null): Promise<void> {
  const present = (await getChannels(client)).find(({ label, target }) => label === emailLabel && isEmail(target))
  if (wanted === null) {
    if (present) await client.DELETE('/api/v1/notification-channels/{id}', { params: { path: { id: present.id } } })
    return
  }
  const { to, severityMin = 'warning', digest = 'daily' } = wanted
  const body = { label: emailLabel, target: { kind: 'email' as const, to: [...to] }, severityMin, digest }
  if (present === undefined) await bodyOf(client.POST('/api/v1/notification-channels', { body }))
  else await bodyOf(client.PATCH('/api/v1/notification-channels/{id}', { params: { path: { id: present.id } }, body }))
}

function isEmail({ kind }: NotificationChannel['target']): boolean {
  return kind === 'email'
}
