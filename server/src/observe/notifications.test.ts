import { beforeEach, expect, test } from 'vitest'
import type { Notification, NotificationDraft } from '../notifications.ts'
import { silentLogger } from '../telemetry.ts'
import { type Notifications, openNotifications } from './notifications.ts'

const minute = 60_000
let now: number
let kept: Map<string, Notification>
let told: string[]
let failures: number
let notifications: Notifications
beforeEach(() => {
  now = 1_700_000_000_000
  kept = new Map()
  told = []
  failures = 0
  notifications = openNotifications({
    store: {
      async save(_workspace, saved) {
        if (failures-- > 0) throw new Error('the disk is full')
        for (const notification of saved) kept.set(notification.id, notification)
      },
      prune: async (before) => {
        for (const [id, { lastAt }] of kept) if (lastAt < before) kept.delete(id)
      },
    },
    onNew: async (workspace, fresh) => void told.push(...fresh.map(({ type }) => `${workspace} ${type}`)),
    logger: silentLogger,
    now: () => now,
  })
})

const draft = (more: Partial<NotificationDraft> = {}): NotificationDraft => ({
  severity: 'warning',
  type: 'events_failed',
  subject: 'f1',
  message: 'It failed',
  ...more,
})

test('what happens again within ten minutes is one notification with a count, and told once', async () => {
  notifications.notify('w', draft({ count: 3, cause: { kind: 'cluster', id: 'f1' } }))
  await notifications.flush()
  now += 9 * minute
  notifications.notify('w', draft({ count: 4 }))
  await notifications.flush()
  expect([...kept.values()]).toEqual([
    {
      id: expect.any(String),
      severity: 'warning',
      type: 'events_failed',
      typeDescription: 'Events could not go on',
      message: 'It failed',
      eventType: null,
      input: null,
      cause: { kind: 'cluster', id: 'f1' },
      count: 7,
      firstAt: now - 9 * minute,
      lastAt: now,
    },
  ])
  now += minute
  notifications.notify('w', draft())
  await notifications.flush()
  expect([...kept.values()].map(({ count }) => count)).toEqual([7, 1])
  expect(told).toEqual(['w events_failed', 'w events_failed'])
})

test('another subject, another type and another workspace are others', async () => {
  notifications.notify('w', draft())
  notifications.notify('w', draft({ subject: 'f2' }))
  notifications.notify('w', draft({ type: 'of a client', typeDescription: 'Of a client' }))
  notifications.notify('v', draft())
  await notifications.flush()
  expect([...kept.values()].map(({ typeDescription, count }) => `${typeDescription} ${count}`)).toEqual([
    'Events could not go on 1',
    'Events could not go on 1',
    'Of a client 1',
    'Events could not go on 1',
  ])
})

test('of a flood the first are kept, one counts the rest, and errors get through', async () => {
  for (let n = 0; n < 1_000; n++) notifications.notify('w', draft({ subject: `f${n}` }))
  notifications.notify('w', draft({ severity: 'error', type: 'pipeline_stopped' }))
  await notifications.flush()
  const counts = Map.groupBy(kept.values(), ({ type }) => type)
  expect(counts.get('events_failed')).toHaveLength(50)
  expect(counts.get('notifications_held_back')).toMatchObject([{ count: 950 }])
  expect(counts.get('pipeline_stopped')).toHaveLength(1)
})

test('what could not be kept is kept and told the next time', async () => {
  failures = 1
  notifications.notify('w', draft())
  await notifications.flush()
  expect([kept.size, told]).toEqual([0, []])
  now += 20 * minute
  notifications.notify('w', draft())
  await notifications.flush()
  expect([...kept.values()].map(({ count }) => count)).toEqual([1, 1])
  expect(told).toHaveLength(2)
})

test('they go after 30 days', async () => {
  notifications.notify('w', draft())
  await notifications.flush()
  now += 30 * 24 * 60 * minute + 1
  await notifications.flush()
  expect(kept.size).toBe(0)
})
