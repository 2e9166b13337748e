/** Notifications as text for people. */

import type { Notification } from '../../notifications.ts'
import type { OutgoingMessage } from '../deliveries.ts'

/** One line. */
export function headlineOf({ workspace, notifications }: OutgoingMessage): string {
  const [first] = notifications
  const what =
    notifications.length === 1
      ? `${first!.severity}: ${first!.typeDescription}`
      : `${notifications.length} notifications`
  return `Millrace ${workspace}: ${what}`.replaceAll(/\s+/g, ' ')
}

/** Some lines a notification. */
export function textOf({ notifications }: OutgoingMessage): string {
  return notifications.map(linesOf).join('\n\n')
}

function linesOf(notification: Notification): string {
  const { severity, typeDescription, message, eventType, input, cause, count, firstAt, lastAt } = notification
  const lines = [
    `${severity.toUpperCase()} ${typeDescription}`,
    message,
    ...(eventType === null ? [] : [`Event type: ${eventType}`]),
    ...(input === null ? [] : [`Input: ${input}`]),
    ...(cause === null ? [] : [`Look at: ${cause.kind} ${cause.id}`]),
    count === 1 ? `At ${timeOf(firstAt)}` : `${count} times, from ${timeOf(firstAt)} to ${timeOf(lastAt)}`,
  ]
  return lines.join('\n')
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}
