import { beforeEach, expect, test } from 'vitest'
import type { Channel, Delivery, Notification } from '../notifications.ts'
import { silentLogger } from '../telemetry.ts'
import { type Deliveries, openDeliveries } from './deliveries.ts'

const hour = 3_600_000
let now: number
let channels: Channel[]
let queue: Map<string, { delivery: Delivery; dueAt: number }>
let all: Notification[]
let muted: Set<string>
let sent: string[]
let given: string[]
/** Of a channel: how often it fails yet. */
let failing: Map<string, number>
let deliveries: Deliveries

beforeEach(() => {
  now = Math.floor(1_700_000_000_000 / (24 * hour)) * 24 * hour
  channels = []
  queue = new Map()
  all = []
  muted = new Set()
  sent = []
  given = []
  failing = new Map()
  deliveries = openDeliveries({
    store: {
      channels: async () => channels,
      channel: async (_workspace, id) => channels.find((channel) => channel.id === id),
      mutedTypes: async () => muted,
      between: async (_workspace, after, until) => all.filter(({ lastAt }) => lastAt > after && lastAt <= until),
      enqueue: async (delivery, dueAt) => {
        if (!queue.has(delivery.id)) queue.set(delivery.id, { delivery, dueAt })
      },
      async digested({ id }, digestedAt) {
        channels = channels.map((channel) => (channel.id === id ? { ...channel, digestedAt } : channel))
      },
      due: async (at) => [...queue.values()].filter(({ dueAt }) => dueAt <= at).map(({ delivery }) => delivery),
      async delivered({ id }) {
        queue.delete(id)
      },
      async failed(delivery, reason, _at, dueAt) {
        if (dueAt === null) {
          given.push(reason)
          queue.delete(delivery.id)
        } else queue.set(delivery.id, { delivery: { ...delivery, attempts: delivery.attempts + 1 }, dueAt })
      },
    },
    async send(target, { notifications }) {
      const name = target.kind === 'email' ? target.to[0]! : target.kind
      const left = failing.get(name) ?? 0
      failing.set(name, left - 1)
      if (left > 0) throw new Error('nobody there')
      sent.push(`${name} ${notifications.map(({ message }) => message).join(' ')}`)
    },
    logger: silentLogger,
    now: () => now,
  })
})

const channel = (name: string, more: Partial<Channel> = {}): Channel => ({
  workspace: 'w',
  id: name,
  label: name,
  severityMin: 'info',
  digest: 'immediately',
  digestedAt: now,
  target: { kind: 'email', to: [name] },
  ...more,
})
const notification = (message: string, more: Partial<Notification> = {}): Notification => ({
  id: message,
  severity: 'warning',
  type: 'events_failed',
  typeDescription: 'Events could not go on',
  message,
  eventType: null,
  input: null,
  cause: null,
  count: 1,
  firstAt: now,
  lastAt: now,
  ...more,
})
async function tick(): Promise<void> {
  await deliveries.tick()
  await new Promise((resolve) => setImmediate(resolve))
}

test('a channel is told what is severe enough, of its workspace, and not muted', async () => {
  channels = [channel('all'), channel('errors', { severityMin: 'error' }), channel('other', { workspace: 'v' })]
  muted = new Set(['muted'])
  const error = notification('b', { severity: 'error' })
  await deliveries.announce('w', [notification('a'), error, notification('c', { type: 'muted' })])
  await tick()
  expect(sent.sort()).toEqual(['all a b', 'errors b'])
  expect(queue.size).toBe(0)
})

test('what fails is tried again, ever more seldom, and then given up with its reason', async () => {
  channels = [channel('broken'), channel('fine')]
  failing.set('broken', Number.POSITIVE_INFINITY)
  await deliveries.announce('w', [notification('a')])
  const waits: number[] = []
  for (let lastAt = now; queue.size > 0 && waits.length < 100; lastAt = now) {
    await tick()
    now = Math.max(now, ...[...queue.values()].map(({ dueAt }) => dueAt))
    waits.push((now - lastAt) / 1_000)
  }
  expect(sent).toEqual(['fine a'])
  expect(waits.slice(0, 4)).toEqual([10, 20, 40, 80])
  expect(Math.max(...waits)).toBe(3_600)
  expect(given).toEqual(['nobody there'])
})

test('what failed once arrives', async () => {
  channels = [channel('shaky')]
  failing.set('shaky', 1)
  await deliveries.announce('w', [notification('a')])
  await tick()
  await tick()
  expect(sent).toEqual([])
  now += 10_000
  await tick()
  expect(sent).toEqual(['shaky a'])
})

test('a digest comes once an hour or a day with all since the last one, and not where there is nothing', async () => {
  channels = [channel('hours', { digest: 'hourly' }), channel('days', { digest: 'daily' })]
  now += 1_000
  all = [notification('a'), notification('b')]
  await deliveries.announce('w', all)
  await tick()
  expect(sent).toEqual([])
  now += hour
  all.push(notification('c'))
  await tick()
  await tick()
  expect(sent).toEqual(['hours a b'])
  now += hour
  await tick()
  now += hour
  await tick()
  expect(sent).toEqual(['hours a b', 'hours c'])
  now += 22 * hour
  await tick()
  expect(sent.at(-1)).toBe('days a b c')
})

test('a channel that is gone gets nothing more', async () => {
  channels = [channel('gone')]
  await deliveries.announce('w', [notification('a')])
  channels = []
  await tick()
  expect([sent, queue.size, given]).toEqual([[], 0, ['The channel is switched off']])
})
