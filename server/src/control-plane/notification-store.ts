/** What the stage that watches keeps in the metadata store: notifications, and what is to be sent of them. */
import type { Channel, ChannelTarget, Delivery, Notification, NotificationStore } from '../notifications.ts'
import {
  activeChannels,
  type ChannelRow,
  type DeliveryRow,
  deleteDelivery,
  dueDeliveries,
  findChannel,
  insertDelivery,
  postponeDelivery,
  updateChannel,
} from './store/notification-channels.ts'
import {
  deleteNotificationsBefore,
  mutedTypes,
  notificationsBetween,
  saveNotifications,
} from './store/notifications.ts'
import type { SecretPlace } from './store/secrets.ts'
import type { Store } from './store/store.ts'

/** Of one digest. */
const betweenMax = 5_000

export function openNotificationStore(store: Store): NotificationStore {
  const { db } = store
  return {
    save: (workspace, notifications) => saveNotifications(db, workspace, notifications),
    prune: (before) => deleteNotificationsBefore(db, before),
    between: (workspace, after, until) => notificationsBetween(db, workspace, { after, until, limit: betweenMax }),
    mutedTypes: (workspace, now) => mutedTypes(db, workspace, now),
    channels: async () => Promise.all((await activeChannels(db)).map((row) => readChannel(store, row))),
    async channel(workspace, id) {
      const row = await findChannel(db, workspace, id)
      return row === undefined || row.disabledAt !== null ? undefined : readChannel(store, row)
    },
    enqueue: ({ workspace: workspaceId, notifications, ...delivery }, dueAt) =>
      insertDelivery(db, { ...delivery, workspaceId, notifications: JSON.stringify(notifications), dueAt }),
    digested: ({ workspace, id }, digestedAt) => updateChannel(db, workspace, id, { digestedAt }),
    due: async (now, perChannelMax) => (await dueDeliveries(db, now, perChannelMax)).map(deliveryOf),
    async delivered(delivery, lastDeliveredAt) {
      await deleteDelivery(db, placeOf(delivery))
      await updateChannel(db, delivery.workspace, delivery.channelId, { lastDeliveredAt, lastError: null })
    },
    async failed(delivery, lastError, lastFailedAt, retryAt) {
      const { workspace, channelId, attempts } = delivery
      const givenUp = (await findChannel(db, workspace, channelId))?.givenUp ?? 0
      await updateChannel(db, workspace, channelId, {
        lastError,
        lastFailedAt,
        givenUp: retryAt === null ? givenUp + 1 : givenUp,
      })
      if (retryAt === null) await deleteDelivery(db, placeOf(delivery))
      else await postponeDelivery(db, placeOf(delivery), { attempts: attempts + 1, dueAt: retryAt })
    },
  }
}

/** With what is secret of it. */
export async function readChannel(store: Store, row: ChannelRow): Promise<Channel> {
  const { workspaceId: workspace, id, label, severityMin, digest, digestedAt } = row
  const secret = await store.readSecret(placeOfChannelSecret(row))
  const secrets = secret === undefined ? {} : (JSON.parse(secret.toString()) as Record<string, string>)
  const target = { kind: row.kind, ...JSON.parse(row.target), ...secrets } as ChannelTarget
  return { workspace, id, label, severityMin, digest, digestedAt, target }
}

export function placeOfChannelSecret({ workspaceId, id }: Pick<ChannelRow, 'workspaceId' | 'id'>): SecretPlace {
  return { workspaceId, type: 'notification-channel', id }
}

function placeOf({ workspace, id }: Delivery): Pick<DeliveryRow, 'workspaceId' | 'id'> {
  return { workspaceId: workspace, id }
}

function deliveryOf({
  workspaceId: workspace,
  id,
  channelId,
  notifications,
  attempts,
  createdAt,
}: DeliveryRow): Delivery {
  return {
    id,
    workspace,
    channelId,
    notifications: JSON.parse(notifications) as Notification[],
    attempts,
    createdAt,
  }
}
