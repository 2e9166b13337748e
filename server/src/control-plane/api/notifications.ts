/** `/notifications` and `/notification-mutes` */
import { z } from 'zod'
import { severities } from '../../notifications.ts'
import type { Cursors } from '../cursors.ts'
import { keyOfNotification } from '../operations/notifications.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { id, inWorkspace, label, listOf, page, time } from './schemas.ts'

const notification = z
  .object({
    id: z.string(),
    severity: z.enum(severities),
    type: z.string(),
    typeDescription: z.string(),
    message: z.string(),
    eventType: z.string().nullable(),
    input: z.string().nullable().describe('Label of an input'),
    cause: z
      .object({ kind: z.string(), id: z.string() })
      .nullable()
      .describe('Where to look further: a cluster of the restream queue by its fingerprint, a transform, an input …'),
    count: z.number().int().describe('How often it happened from `firstAt` to `lastAt`'),
    firstAt: time,
    lastAt: time,
  })
  .meta({ id: 'Notification' })

const mute = z
  .object({ id: z.string(), type: z.string(), until: time.nullable(), createdAt: time })
  .meta({ id: 'NotificationMute' })

const keptDays = 30
const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
const tags = ['notifications']

export function notificationRoutes(app: Api, notifications: Operations['notifications'], cursors: Cursors): void {
  app.get(
    '/notifications',
    {
      config: { permission: notifications.list.permission },
      schema: {
        operationId: 'listNotifications',
        tags,
        summary: `What somebody should know, by when it last happened, ascending; kept for ${keptDays} days`,
        querystring: querystring.extend({ ...page, since: time.optional() }),
        response: { 200: listOf(notification) },
      },
    },
    (request) => {
      const since = request.query.since ?? 0
      return listPage(
        cursors,
        request,
        (page) => notifications.list(request.caller, { since }, page),
        keyOfNotification,
      )
    },
  )
  app.get(
    '/notification-mutes',
    {
      config: { permission: notifications.mutes.permission },
      schema: {
        operationId: 'listNotificationMutes',
        tags,
        summary: 'Types of notifications that are not sent',
        querystring: querystring.extend(page),
        response: { 200: listOf(mute) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => notifications.mutes(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.post(
    '/notification-mutes',
    {
      config: { permission: notifications.mute.permission },
      schema: {
        operationId: 'muteNotifications',
        tags,
        summary: 'Send no notifications of a type for a while, or for good; they are listed all the same',
        querystring,
        body: z.strictObject({ type: label, until: time.nullable().describe('Null: until it is deleted') }),
        response: { 201: mute },
      },
    },
    async ({ caller, body }, reply) => reply.code(201).send(await notifications.mute(caller, body)),
  )
  app.delete(
    '/notification-mutes/:id',
    {
      config: { permission: notifications.unmute.permission },
      schema: {
        operationId: 'unmuteNotifications',
        tags,
        summary: 'Send notifications of a type again',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await notifications.unmute(caller, params.id)
      return reply.code(204).send(null)
    },
  )
}
