/**
 * Brings notifications to the channels of a workspace. What is to be sent is kept until it was sent: a restart goes on with it, and
 * what fails is tried again, ever more seldom, for about half a day. A target may therefore get the same twice, never silently nothing.
 */
import { newId } from '@millrace/event/id'
import {
  type Channel,
  type ChannelTarget,
  type Delivery,
  type Digest,
  type Notification,
  type NotificationStore,
  severities,
} from '../notifications.ts'
import type { Logger } from '../telemetry.ts'

/** What is sent through a channel at once. */
export interface OutgoingMessage {
  /** The same whenever it is tried. */
  readonly id: string
  readonly workspace: string
  /** Not empty. */
  readonly notifications: readonly Notification[]
}

/** @throws Error The reason, for a person; nothing of the target's secrets in it. */
export type Send = (target: ChannelTarget, message: OutgoingMessage, signal: AbortSignal) => Promise<void>

export interface Deliveries {
  /** Puts new notifications in the way of the channels that are told immediately. */
  announce(workspace: string, notifications: readonly Notification[]): Promise<void>
  /** Makes the digests that are due and begins to send what is due; to be called again and again. */
  tick(): Promise<void>
  /** Waits for what is being sent. */
  close(): Promise<void>
}

interface DeliveriesParts {
  readonly store: Omit<NotificationStore, 'save' | 'prune'>
  readonly send: Send
  readonly logger: Logger
  readonly now?: () => number
}

const retryFirstMs = 10_000
const retryLongestMs = 3_600_000
const attemptsMax = 20
/** Of one channel at once, so that one that is slow and far behind keeps no other waiting. */
const dueMax = 5
const digestMs: Readonly<Record<Exclude<Digest, 'immediately'>, number>> = { hourly: 3_600_000, daily: 24 * 3_600_000 }
/** Of one digest; those before them are left out. */
const digestNotificationsMax = 500

export function openDeliveries({ store, send, logger, now = Date.now }: DeliveriesParts): Deliveries {
  const stop = new AbortController()
  /** One at a time through each channel, so that a slow one holds up no other. */
  const underWay = new Map<string, Promise<void>>()

  const wantedBy = async (channel: Channel, notifications: readonly Notification[]) =>
    wanted(channel, notifications, await store.mutedTypes(channel.workspace, now()))
  const enqueue = (channel: Channel, id: string, notifications: readonly Notification[]) => {
    const { workspace, id: channelId } = channel
    const createdAt = now()
    return store.enqueue({ id, workspace, channelId, notifications, attempts: 0, createdAt }, createdAt)
  }

  const digest = async (channel: Channel): Promise<void> => {
    if (channel.digest === 'immediately') return
    const length = digestMs[channel.digest]
    const end = Math.floor(now() / length) * length
    if (end <= channel.digestedAt) return
    const notifications = await wantedBy(channel, await store.between(channel.workspace, channel.digestedAt, end))
    if (notifications.length > 0) {
      await enqueue(channel, `${channel.id}-${end}`, notifications.slice(-digestNotificationsMax))
    }
    await store.digested(channel, end)
  }

  const deliver = async (delivery: Delivery): Promise<void> => {
    const { workspace, channelId: channel, id, notifications, attempts } = delivery
    const found = await store.channel(workspace, channel)
    if (found === undefined) return store.failed(delivery, 'The channel is switched off', now(), null)
    try {
      await send(found.target, { id, workspace, notifications }, stop.signal)
    } catch (error) {
      if (stop.signal.aborted) return
      const reason = error instanceof Error ? error.message : String(error)
      const retryAt = attempts + 1 >= attemptsMax ? null : now() + retryMsOf(attempts)
      logger.warn('notification not delivered', {
        workspace,
        channel,
        attempts: attempts + 1,
        isGivenUp: retryAt === null,
      })
      return store.failed(delivery, reason, now(), retryAt)
    }
    await store.delivered(delivery, now())
  }
  const deliverAll = async (deliveries: readonly Delivery[]): Promise<void> => {
    for (const delivery of deliveries) if (!stop.signal.aborted) await deliver(delivery)
  }

  return {
    async announce(workspace, notifications) {
      for (const channel of await store.channels()) {
        if (channel.workspace !== workspace || channel.digest !== 'immediately') continue
        const those = await wantedBy(channel, notifications)
        if (those.length > 0) await enqueue(channel, newId(now()), those)
      }
    },
    async tick() {
      for (const channel of await store.channels()) await digest(channel)
      const due = Map.groupBy(await store.due(now(), dueMax), ({ workspace, channelId }) => `${workspace} ${channelId}`)
      for (const [channel, deliveries] of due) {
        if (underWay.has(channel)) continue
        const work = deliverAll(deliveries)
          .catch((error: unknown) => logger.warn('notifications are not delivered', { reason: error as Error }))
          .finally(() => underWay.delete(channel))
        underWay.set(channel, work)
      }
    },
    async close() {
      stop.abort()
      await Promise.all(underWay.values())
    },
  }
}

function wanted(
  { severityMin }: Channel,
  notifications: readonly Notification[],
  muted: ReadonlySet<string>,
): Notification[] {
  const least = severities.indexOf(severityMin)
  return notifications.filter(({ severity, type }) => severities.indexOf(severity) >= least && !muted.has(type))
}

function retryMsOf(attempts: number): number {
  return Math.min(retryLongestMs, retryFirstMs * 2 ** attempts)
}
