/** Notifications: what somebody should know. They are listed, muted by type, and made by clients that have something to say. */
import { newId } from '@millrace/event/id'
import { MillraceError } from '../../errors.ts'
import type { NotificationDraft } from '../../notifications.ts'
import type { DataPlane } from '../data-plane.ts'
import {
  deleteMute,
  findMute,
  insertMute,
  listMutes,
  notificationsAfter,
  notificationsBetween,
} from '../store/notifications.ts'
import type { Store } from '../store/store.ts'
import { authorOf, notFound, operation, type Page } from './operation.ts'

const mutesMax = 200
/** Of those who ask without pages. */
const notificationsMax = 5_000

export function notificationOperations(store: Store, dataPlane: Pick<DataPlane, 'observations'>) {
  return {
    /** Ascending by when they last happened, from `since` (ms since 1970 UTC, inclusive) on; a page begins after `lastAt:id`. */
    list: operation('notifications:read', (caller, { since }: { since: number }, { limit, after }: Page) => {
      const [lastAt, id] = after === undefined ? [since - 1, '~'] : splitKey(after)
      return notificationsAfter(store.db, caller.workspace, { lastAt, id, limit })
    }),

    /** All of them since a time, up to 5,000, ascending. */
    since: operation('notifications:read', (caller, since: number) =>
      notificationsBetween(store.db, caller.workspace, {
        after: since - 1,
        until: store.now(),
        limit: notificationsMax,
      }),
    ),

    /** Says something to the workspace; what was said a moment ago already counts up. */
    publish: operation('notifications:write', async (caller, draft: NotificationDraft) => {
      const { type, severity } = draft
      await store.change(authorOf(caller), async () => ({
        result: undefined,
        audit: {
          workspaceId: caller.workspace,
          action: 'notification.published',
          object: type,
          detail: { severity },
        },
      }))
      await dataPlane.observations(caller.workspace).notify(draft)
    }),

    mutes: operation('notifications:read', (caller, page: Page) => listMutes(store.db, caller.workspace, page)),

    /** Nothing is sent of this type until then, or for good; it is listed all the same. @throws MillraceError `conflict`. */
    mute: operation('notifications:write', (caller, { type, until }: { type: string; until: number | null }) =>
      store.change(authorOf(caller), async (tx) => {
        const { workspace: workspaceId } = caller
        if ((await listMutes(tx, workspaceId, { limit: mutesMax })).length >= mutesMax) throw tooManyMutes()
        const now = store.now()
        const row = { workspaceId, id: newId(now), type, until, createdAt: now }
        await insertMute(tx, row)
        return {
          result: row,
          audit: { workspaceId, action: 'notification-mute.created', object: row.id, detail: { type, until } },
        }
      }),
    ),

    unmute: operation('notifications:write', (caller, id: string) =>
      store.change(authorOf(caller), async (tx) => {
        const { workspace: workspaceId } = caller
        const mute = await findMute(tx, workspaceId, id)
        if (!mute) throw notFound('mute')
        await deleteMute(tx, workspaceId, id)
        const audit = { workspaceId, action: 'notification-mute.deleted', object: id, detail: { type: mute.type } }
        return { result: undefined, audit }
      }),
    ),
  }
}

/** Where a list goes on after a notification. */
export function keyOfNotification({ lastAt, id }: { lastAt: number; id: string }): string {
  return `${lastAt}:${id}`
}

function splitKey(key: string): [lastAt: number, id: string] {
  const at = key.indexOf(':')
  return [Number(key.slice(0, at)), key.slice(at + 1)]
}

function tooManyMutes(): MillraceError {
  return new MillraceError('conflict', `A workspace has ${mutesMax} mutes at most`, {
    hint: 'Delete those that ended.',
  })
}
