/**
 * Makes notifications of what happens: drafts with the same type and subject within ten minutes are one with a count. However much
 * goes wrong at once, a workspace gets only so many in that time; of the rest one notification tells the number.
 */
import { newId } from '@millrace/event/id'
import {
  type Notification,
  type NotificationDraft,
  type NotificationStore,
  type Notify,
  notificationTypes,
} from '../notifications.ts'
import type { Logger } from '../telemetry.ts'

export interface Notifications {
  notify: Notify
  /** Keeps what was noticed since the last time, and tells `onNew` of what is new. Repeats what could not be kept. */
  flush(): Promise<void>
}

interface NotificationsParts {
  readonly store: Pick<NotificationStore, 'save' | 'prune'>
  /** Told of notifications that are new, once they are kept. */
  readonly onNew: (workspace: string, notifications: readonly Notification[]) => Promise<void>
  readonly logger: Logger
  /** ms since 1970 UTC. */
  readonly now?: () => number
}

const groupMs = 10 * 60_000
/** Of one workspace within `groupMs`. */
const groupsMax = 50 // twice as many where they are errors
const keptDays = 30
const pruneIntervalMs = 3_600_000

interface Group {
  notification: Notification
  isNew: boolean
  isChanged: boolean
}

export function openNotifications({ store, onNew, logger, now = Date.now }: NotificationsParts): Notifications {
  /** By workspace, then by type and subject. */
  const groups = new Map<string, Map<string, Group>>()
  let prunedAt = 0
  let flushing: Promise<void> | undefined

  const groupsOf = (workspace: string): Map<string, Group> => {
    const found = groups.get(workspace) ?? new Map<string, Group>()
    groups.set(workspace, found)
    return found
  }
  const count = (workspace: string, draft: NotificationDraft): void => {
    const own = groupsOf(workspace)
    const key = JSON.stringify([draft.type, draft.subject])
    const group = own.get(key)
    const at = now()
    if (group !== undefined && at - group.notification.firstAt < groupMs) {
      const { notification } = group
      group.notification = {
        ...notification,
        message: draft.message,
        count: notification.count + (draft.count ?? 1),
        lastAt: at,
      }
      group.isChanged = true
      return
    }
    const isHeldBack = draft.type === heldBack.type
    const max = draft.severity === 'error' ? 2 * groupsMax : groupsMax
    if (!isHeldBack && countOpen(own, at) >= max) {
      count(workspace, heldBack)
      return
    }
    if (group?.isChanged || group?.isNew) own.set(`${key} ${group.notification.id}`, group) // it is still to be kept
    own.set(key, { notification: notificationOf(draft, at), isNew: true, isChanged: true })
  }

  const flush = async (): Promise<void> => {
    for (const [workspace, own] of groups) {
      await keep(workspace, own, { store, onNew })
      for (const [key, { notification, isChanged }] of own)
        if (!isChanged && now() - notification.firstAt >= groupMs) own.delete(key)
    }
    if (now() - prunedAt < pruneIntervalMs) return
    prunedAt = now()
    await store.prune(now() - keptDays * 24 * 3_600_000)
  }

  return {
    notify: count,
    async flush() {
      await flushing // what was noticed meanwhile may not be part of it
      flushing ??= flush()
        .catch((error: unknown) => logger.warn('notifications are not kept', { reason: error as Error }))
        .finally(() => {
          flushing = undefined
        })
      await flushing
    },
  }
}

/** Saves what changed, and tells of what is new; all of it again the next time where that fails. */
async function keep(
  workspace: string,
  own: ReadonlyMap<string, Group>,
  { store, onNew }: Pick<NotificationsParts, 'store' | 'onNew'>,
): Promise<void> {
  const changed = [...own.values()].filter(({ isChanged }) => isChanged)
  if (changed.length === 0) return
  const fresh = changed.filter(({ isNew }) => isNew)
  const saved = changed.map(({ notification }) => notification)
  const told = fresh.map(({ notification }) => notification)
  for (const group of changed) group.isChanged = false
  try {
    await store.save(workspace, saved)
    if (told.length > 0) await onNew(workspace, told)
    for (const group of fresh) group.isNew = false
  } catch (error) {
    for (const group of changed) group.isChanged = true
    throw error
  }
}

const heldBack: NotificationDraft = {
  severity: 'warning',
  type: 'notifications_held_back',
  subject: '',
  message: `More than ${groupsMax} different things happened within ten minutes; this counts those not told of`,
}

function countOpen(own: ReadonlyMap<string, Group>, at: number): number {
  return own.values().reduce((sum, { notification }) => sum + (at - notification.firstAt < groupMs ? 1 : 0), 0)
}

function notificationOf(draft: NotificationDraft, at: number): Notification {
  const { severity, type, typeDescription, message, eventType, input, cause, count = 1 } = draft
  const known: Readonly<Record<string, string>> = notificationTypes
  return {
    id: newId(at),
    severity,
    type,
    typeDescription: typeDescription ?? (Object.hasOwn(known, type) ? known[type]! : type),
    message,
    eventType: eventType ?? null,
    input: input ?? null,
    cause: cause ?? null,
    count,
    firstAt: at,
    lastAt: at,
  }
}
