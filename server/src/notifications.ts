/**
 * The shapes of notifications: what somebody should know without having asked. Whoever notices something says so by a draft; drafts
 * of the same kind are grouped, kept, listed, and sent through the channels of the workspace.
 */

/** Weakest first. */
export const severities = ['info', 'warning', 'error'] as const
export type Severity = (typeof severities)[number]

/** What Millrace notices by itself, and in words. */
export const notificationTypes = {
  events_failed: 'Events could not go on',
  restream_full: 'The restream queue is full',
  pipeline_stopped: 'The pipeline stopped',
  workspace_unavailable: 'The workspace could not be opened',
  transform_paused: 'The code was paused',
  transform_unavailable: 'The code cannot be run',
  requests_refused: 'Requests were refused',
  values_changed: 'Values could not be stored as they came',
  scheduled_query_failed: 'A scheduled query failed',
  view_failed: 'A view could not be made',
  job_failed: 'A job failed',
  archive_failed: 'Raw events are not archived',
  archive_behind: 'The log waits for the archive',
  archive_lost: 'Events are missing in the archive',
  notifications_held_back: 'There were too many notifications',
  test: 'A test of a channel',
} as const
export type NotificationType = keyof typeof notificationTypes

export interface NotificationDraft {
  readonly severity: Severity
  /** One of {@link notificationTypes}, or a client's own. */
  readonly type: string
  /** Of a type of a client's own: in words. */
  readonly typeDescription?: string
  /** Drafts of the same type with the same subject are grouped. */
  readonly subject: string
  /** For a person; no contents of events, since whoever may read nothing else may read this. */
  readonly message: string
  readonly eventType?: string
  /** Label of an input. */
  readonly input?: string
  readonly cause?: NotificationCause
  /** How often it happened; 1 where it is missing. */
  readonly count?: number
}

/** Where to look further: the fingerprint of failures that are alike, the id or label of what it is about. */
export interface NotificationCause {
  readonly kind:
    | 'cluster'
    | 'transform'
    | 'input'
    | 'pipeline'
    | 'restream'
    | 'channel'
    | 'scheduled-query'
    | 'job'
    | 'archive'
    | 'view'
  readonly id: string
}

export interface Notification {
  readonly id: string
  readonly severity: Severity
  readonly type: string
  readonly typeDescription: string
  readonly message: string
  readonly eventType: string | null
  readonly input: string | null
  readonly cause: NotificationCause | null
  /** How often it happened, from `firstAt` to `lastAt` (ms since 1970 UTC). */
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
}

/** Says that something happened. Never throws and never waits. */
export type Notify = (workspace: string, draft: NotificationDraft) => void

export const digests = ['immediately', 'hourly', 'daily'] as const
/** When a channel is told: of each notification as it comes, or of all of an hour or a day (UTC) together. */
export type Digest = (typeof digests)[number]

/** A way to somebody. What is secret of it is in the clear here: it must not leave the process but to its target. */
export type ChannelTarget =
  | { readonly kind: 'email'; readonly to: readonly string[] }
  /** Signed as Standard Webhooks (https://www.standardwebhooks.com) has it; `secret` begins with `whsec_`. */
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string }
  /** An incoming webhook of Slack, or of what speaks like it. */
  | { readonly kind: 'slack'; readonly url: string }

export interface Channel {
  readonly workspace: string
  readonly id: string
  readonly label: string
  readonly severityMin: Severity
  readonly digest: Digest
  /** Up to when notifications were put into digests, ms since 1970 UTC. */
  readonly digestedAt: number
  readonly target: ChannelTarget
}

/** What is to be sent through a channel; kept until it was, or was given up. */
export interface Delivery {
  readonly id: string
  readonly workspace: string
  readonly channelId: string
  readonly notifications: readonly Notification[]
  /** How often it was tried in vain. */
  readonly attempts: number
  readonly createdAt: number
}

/** Where notifications, channels and what is to be sent are kept. */
export interface NotificationStore {
  /** Over those with the same ids. */
  save(workspace: string, notifications: readonly Notification[]): Promise<void>
  /** Removes those that last happened before `before`. */
  prune(before: number): Promise<void>
  /** Ascending, those that last happened after `after`, up to and including `until`. */
  between(workspace: string, after: number, until: number): Promise<readonly Notification[]>
  /** Types of which nothing is sent now. */
  mutedTypes(workspace: string, now: number): Promise<ReadonlySet<string>>
  /** Of all workspaces, those that are switched on. */
  channels(): Promise<readonly Channel[]>
  /** Undefined where it is gone or switched off. */
  channel(workspace: string, id: string): Promise<Channel | undefined>
  enqueue(delivery: Delivery, dueAt: number): Promise<void>
  digested(channel: Channel, at: number): Promise<void>
  /** Those that are due, of each channel the oldest, at most so many. */
  due(now: number, perChannelMax: number): Promise<readonly Delivery[]>
  delivered(delivery: Delivery, at: number): Promise<void>
  /** `retryAt` null: it is given up. */
  failed(delivery: Delivery, reason: string, at: number, retryAt: number | null): Promise<void>
}
