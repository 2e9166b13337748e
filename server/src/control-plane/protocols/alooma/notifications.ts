/** Notifications (ALOOMA-44, 45, 74). */
import { z } from 'zod'
import { type AloomaParts, type On, readBody, refused } from './route.ts'

/** Whole seconds are what the README says; whatever is later than the year 5138 in seconds is meant in milliseconds. */
const secondsMax = 10 ** 11

const levels = z
  .string()
  .toLowerCase()
  .transform((level) => (level === 'warn' ? 'warning' : level))
  .pipe(z.enum(['info', 'warning', 'error']))
const custom = z.object({ level: levels, description: z.string().min(1), data: z.unknown() })

export function notificationRoutes(on: On, { port }: AloomaParts): void {
  on('GET', '/notifications', 'notifications:read', async ({ caller, query }) => {
    const from = Number(query.get('from')?.[0] ?? 0)
    if (!Number.isFinite(from)) throw refused('from has to be a number of seconds since 1970')
    const notifications = await port.notifications(caller, from > secondsMax ? from : from * 1000)
    const messages = notifications.map(({ severity, type, title, message, eventType, count, at }) => ({
      severity,
      type,
      typeDescription: title,
      message,
      eventType,
      count,
      timestamp: at,
    }))
    return { messages }
  })
  on('POST', '/notifications/custom', 'notifications:write', async ({ caller, body }) => {
    const { level, description, data } = readBody(custom, body)
    const message = data === undefined || data === null ? '' : typeof data === 'string' ? data : JSON.stringify(data)
    await port.publishNotification(caller, {
      severity: level,
      type: 'CUSTOM',
      title: description,
      message,
      eventType: null,
    })
    return {}
  })
}
