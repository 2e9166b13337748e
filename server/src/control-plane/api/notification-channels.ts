/** `/notification-channels` */
import { z } from 'zod'
import { digests, severities } from '../../notifications.ts'
import type { Cursors } from '../cursors.ts'
import type { ShownChannel } from '../operations/notification-channels.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { id, inWorkspace, label, listOf, page, time } from './schemas.ts'

const shownTarget = z.union([
  z.object({ kind: z.literal('email'), to: z.array(z.string()) }),
  z.object({ kind: z.enum(['webhook', 'slack']), host: z.string().describe('Of its address, which is not shown') }),
])
const channel = z
  .object({
    id: z.string(),
    label: z.string(),
    target: shownTarget,
    severityMin: z.enum(severities),
    digest: z.enum(digests),
    createdAt: time,
    disabledAt: time.nullable(),
    waiting: z.number().int().describe('Deliveries that are to be sent yet'),
    lastDeliveredAt: time.nullable(),
    lastFailedAt: time.nullable(),
    lastError: z.string().nullable().describe('Why the last delivery failed; null once one arrived again'),
    givenUp: z.number().int().describe('Deliveries that were given up after half a day'),
  })
  .meta({ id: 'NotificationChannel' })

const recipientsMax = 20
const address = z.string().regex(/^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,190}$/, 'Not an e-mail address')
const url = z
  .string()
  .max(2048)
  .refine(isWebAddress, 'Needs to be an address with http:// or https://, without a name or password in it')
  .meta({ format: 'uri' })
export const emailTarget = z.strictObject({
  kind: z.literal('email'),
  to: z.array(address).min(1).max(recipientsMax),
})
const target = z
  .discriminatedUnion('kind', [
    emailTarget,
    z.strictObject({ kind: z.literal('webhook'), url }),
    z.strictObject({ kind: z.literal('slack'), url }),
  ])
  .describe('Whom to tell: by e-mail, by a signed webhook (standardwebhooks.com), or by an incoming webhook of Slack')
const severityMin = z.enum(severities).describe('The least important notifications that are sent')
const digest = z.enum(digests).describe('Each as it comes, or all of an hour or a day (UTC) together')

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
const tags = ['notifications']

export function notificationChannelRoutes(
  app: Api,
  channels: Operations['notificationChannels'],
  cursors: Cursors,
): void {
  app.get(
    '/notification-channels',
    {
      config: { permission: channels.list.permission },
      schema: {
        operationId: 'listNotificationChannels',
        tags,
        summary: 'Whom notifications are sent to, and whether they arrive',
        querystring: querystring.extend(page),
        response: { 200: listOf(channel) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => channels.list(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.post(
    '/notification-channels',
    {
      config: { permission: channels.create.permission },
      schema: {
        operationId: 'createNotificationChannel',
        tags,
        summary: 'Make a channel',
        querystring,
        body: z.strictObject({
          label,
          target,
          severityMin: severityMin.default('warning'),
          digest: digest.default('immediately'),
        }),
        response: {
          201: z.object({
            channel,
            signingSecret: z.string().nullable().describe('What a webhook’s signatures are made with, shown this once'),
          }),
        },
      },
    },
    async ({ caller, body }, reply) => reply.code(201).send(await channels.create(caller, body)),
  )
  app.get(
    '/notification-channels/:id',
    {
      config: { permission: channels.get.permission },
      schema: {
        operationId: 'getNotificationChannel',
        tags,
        summary: 'One channel',
        params,
        querystring,
        response: { 200: channel },
      },
    },
    ({ caller, params }): Promise<ShownChannel> => channels.get(caller, params.id),
  )
  app.patch(
    '/notification-channels/:id',
    {
      config: { permission: channels.update.permission },
      schema: {
        operationId: 'updateNotificationChannel',
        tags,
        summary: 'Change a channel, switch it off or on',
        params,
        querystring,
        body: z.strictObject({
          label: label.optional(),
          target: target.optional().describe('Of the same kind'),
          severityMin: severityMin.optional(),
          digest: digest.optional(),
          isEnabled: z.boolean().optional(),
        }),
        response: { 200: channel },
      },
    },
    ({ caller, params, body }) => channels.update(caller, params.id, body),
  )
  app.delete(
    '/notification-channels/:id',
    {
      config: { permission: channels.delete.permission },
      schema: {
        operationId: 'deleteNotificationChannel',
        tags,
        summary: 'Delete a channel, and what is to be sent by it',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await channels.delete(caller, params.id)
      return reply.code(204).send(null)
    },
  )
  app.post(
    '/notification-channels/:id/test',
    {
      config: { permission: channels.test.permission },
      schema: {
        operationId: 'testNotificationChannel',
        tags,
        summary: 'Send a test at once, and tell whether it arrived',
        params,
        querystring,
        response: { 200: z.object({ isDelivered: z.boolean(), reason: z.string().nullable() }) },
      },
    },
    async ({ caller, params }) => {
      const reason = await channels.test(caller, params.id)
      return { isDelivered: reason === null, reason }
    },
  )
}

function isWebAddress(text: string): boolean {
  const parsed = URL.parse(text)
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === ''
}
