/** Channels: whom notifications are sent to, and how. Addresses of webhooks are secrets, since they let in whoever knows them. */
import { randomBytes } from 'node:crypto'
import { newId } from '@millrace/event/id'
import { MillraceError } from '../../errors.ts'
import type { ChannelTarget, Digest, Severity } from '../../notifications.ts'
import type { DataPlane } from '../data-plane.ts'
import { placeOfChannelSecret, readChannel } from '../notification-store.ts'
import {
  type ChannelRow,
  countChannels,
  countDeliveries,
  deleteChannel,
  findChannel,
  insertChannel,
  listChannels,
  updateChannel,
} from '../store/notification-channels.ts'
import type { Db, Tx } from '../store/schema.ts'
import { deleteSecret } from '../store/secrets.ts'
import type { Store } from '../store/store.ts'
import { authorOf, type Caller, notFound, operation, type Page } from './operation.ts'

export interface ShownChannel
  extends Pick<
    ChannelRow,
    | 'id'
    | 'label'
    | 'severityMin'
    | 'digest'
    | 'createdAt'
    | 'disabledAt'
    | 'lastDeliveredAt'
    | 'lastFailedAt'
    | 'lastError'
    | 'givenUp'
  > {
  /** Of an address only its host. */
  readonly target:
    | { readonly kind: 'email'; readonly to: string[] }
    | { readonly kind: 'webhook' | 'slack'; readonly host: string }
  /** What is to be sent yet. */
  readonly waiting: number
}

/** A target as somebody names it; a webhook's secret is made here. */
export type TargetDraft =
  | Extract<ChannelTarget, { kind: 'email' | 'slack' }>
  | Omit<Extract<ChannelTarget, { kind: 'webhook' }>, 'secret'>

export interface ChannelDraft {
  readonly label: string
  readonly target: TargetDraft
  readonly severityMin: Severity
  readonly digest: Digest
}

export interface ChannelChange {
  readonly label?: string | undefined
  /** Of the same kind. */
  readonly target?: TargetDraft | undefined
  readonly severityMin?: Severity | undefined
  readonly digest?: Digest | undefined
  readonly isEnabled?: boolean | undefined
}

const channelsMax = 100

export function notificationChannelOperations(store: Store, dataPlane: Pick<DataPlane, 'observations'>) {
  const changeChannel = <T>(
    caller: Caller,
    id: string,
    action: string,
    work: (tx: Tx, channel: ChannelRow) => Promise<{ result: T; detail?: Record<string, unknown> }>,
  ): Promise<T> =>
    store.change(authorOf(caller), async (tx) => {
      const channel = await findChannel(tx, caller.workspace, id)
      if (!channel) throw notFound('channel')
      const { result, detail } = await work(tx, channel)
      return { result, audit: { workspaceId: caller.workspace, action, object: id, ...(detail && { detail }) } }
    })

  return {
    list: operation('notifications:read', async (caller, page: Page) => {
      const rows = await listChannels(store.db, caller.workspace, page)
      return Promise.all(rows.map((row) => shown(store.db, row)))
    }),

    get: operation('notifications:read', (caller, id: string) => oneChannel(store.db, caller.workspace, id)),

    /** A webhook's signing secret is told once, here. @throws MillraceError `conflict`: there are too many. */
    create: operation('notifications:write', (caller, { label, target, severityMin, digest }: ChannelDraft) =>
      store.change(authorOf(caller), async (tx) => {
        const { workspace: workspaceId } = caller
        if ((await countChannels(tx, workspaceId)) >= channelsMax) throw tooMany()
        const now = store.now()
        const signingSecret = target.kind === 'webhook' ? `whsec_${randomBytes(24).toString('base64')}` : null
        const row: ChannelRow = {
          workspaceId,
          id: newId(now),
          label,
          kind: target.kind,
          target: openPartOf(target),
          severityMin,
          digest,
          createdAt: now,
          disabledAt: null,
          digestedAt: now,
          lastDeliveredAt: null,
          lastFailedAt: null,
          lastError: null,
          givenUp: 0,
        }
        await insertChannel(tx, row)
        await keepSecret(store, tx, row, target, signingSecret)
        const audit = {
          workspaceId,
          action: 'notification-channel.created',
          object: row.id,
          detail: { label, kind: target.kind, severityMin, digest },
        }
        return { result: { channel: await shown(tx, row), signingSecret }, audit }
      }),
    ),

    /** @throws MillraceError `invalid_request`: the target is of another kind. */
    update: operation('notifications:write', (caller, id: string, { isEnabled, target, ...change }: ChannelChange) =>
      changeChannel(caller, id, 'notification-channel.updated', async (tx, channel) => {
        const disabledAt = isEnabled === undefined ? channel.disabledAt : isEnabled ? null : store.now()
        if (target) await changeTarget(store, tx, channel, target)
        const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
        const isResumed = channel.disabledAt !== null && disabledAt === null
        await updateChannel(tx, caller.workspace, id, {
          ...given,
          disabledAt,
          ...(target && { target: openPartOf(target) }),
          ...((change.digest !== undefined || isResumed) && { digestedAt: store.now() }),
        })
        const detail = { ...given, isEnabled: disabledAt === null, hasOtherTarget: target !== undefined }
        return { result: await oneChannel(tx, caller.workspace, id), detail }
      }),
    ),

    /** What is to be sent by it yet is not sent. */
    delete: operation('notifications:write', (caller, id: string) =>
      changeChannel(caller, id, 'notification-channel.deleted', async (tx, channel) => {
        await deleteSecret(tx, placeOfChannelSecret(channel))
        await deleteChannel(tx, caller.workspace, id)
        return { result: undefined, detail: { label: channel.label, kind: channel.kind } }
      }),
    ),

    /** Sends a test at once. Why it did not arrive; null where it did. */
    test: operation('notifications:write', async (caller, id: string): Promise<string | null> => {
      const row = await changeChannel(caller, id, 'notification-channel.tested', async (_tx, result) => ({ result }))
      return dataPlane.observations(caller.workspace).testChannel(await readChannel(store, row))
    }),
  }
}

async function oneChannel(db: Db, workspaceId: string, id: string): Promise<ShownChannel> {
  const row = await findChannel(db, workspaceId, id)
  if (!row) throw notFound('channel')
  return shown(db, row)
}

async function shown(db: Db, row: ChannelRow): Promise<ShownChannel> {
  const { workspaceId, kind, digestedAt: _, ...rest } = row
  const target = { kind, ...JSON.parse(row.target) } as ShownChannel['target']
  return { ...rest, target, waiting: await countDeliveries(db, workspaceId, row.id) }
}

/** What may be shown of a target, as JSON. */
function openPartOf(target: TargetDraft): string {
  return JSON.stringify(target.kind === 'email' ? { to: target.to } : { host: new URL(target.url).host })
}

async function keepSecret(
  store: Store,
  tx: Tx,
  channel: ChannelRow,
  target: TargetDraft,
  signingSecret: string | null,
): Promise<void> {
  if (target.kind === 'email') return
  const secret = { url: target.url, ...(signingSecret !== null && { secret: signingSecret }) }
  await store.writeSecret(tx, placeOfChannelSecret(channel), Buffer.from(JSON.stringify(secret)))
}

/** A webhook goes on signing with the secret it has. */
async function changeTarget(store: Store, tx: Tx, channel: ChannelRow, target: TargetDraft): Promise<void> {
  if (target.kind !== channel.kind) {
    const message = `It is a channel of the kind ${channel.kind}, and stays one`
    throw new MillraceError('invalid_request', message, {
      fields: [{ field: 'target.kind', message }],
      hint: 'Make another channel.',
    })
  }
  const before = await store.readSecret(placeOfChannelSecret(channel), tx)
  const { secret = null } = before === undefined ? {} : (JSON.parse(before.toString()) as { secret?: string })
  await keepSecret(store, tx, channel, target, secret)
}

function tooMany(): MillraceError {
  return new MillraceError('conflict', `A workspace has ${channelsMax} channels at most`)
}
