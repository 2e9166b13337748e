/** What a workspace is set to: its name and mapping mode, the limits that hold, and whom notifications are sent to. */
import { bodyOf, type Client } from './client.ts'
import { listItems } from './lists.ts'
import type { MappingMode } from './mapping.ts'
import type { components } from './openapi.ts'

export type NotificationChannel = components['schemas']['NotificationChannel']
export type NotificationMute = components['schemas']['NotificationMute']

export type WorkspaceSettings = components['schemas']['WorkspaceSettings']

export interface Settings extends WorkspaceSettings {
  readonly channels: readonly NotificationChannel[]
  readonly mutes: readonly NotificationMute[]
}

/** @throws ClientError */
export async function getSettings(client: Client): Promise<Settings> {
  const [settings, channels, mutes] = await Promise.all([
    bodyOf(client.GET('/api/v1/settings')),
    getChannels(client),
    getMutes(client),
  ])
  return { ...settings, channels, mutes }
}

export interface SettingsChange {
  /** Of the workspace. */
  readonly name?: string
  /** Of event types without one of their own. */
  readonly mappingMode?: MappingMode
}

/** Changes what is given, all of it or nothing. Safe to repeat. @throws ClientError `forbidden`: that takes an admin. */
export function updateSettings(client: Client, change: SettingsChange): Promise<WorkspaceSettings> {
  return bodyOf(client.PATCH('/api/v1/settings', { body: { ...change } }))
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
