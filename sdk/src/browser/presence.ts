/**
 * Which tabs live. Where there are Web Locks, a client holds one for as long as it lives, and a crash gives it back at once. Plain HTTP
 * has none: there a client renews a lease while it has something in the database, and counts as gone when that is 5 seconds old.
 */
import type { Database } from './database.ts'

export interface Presence {
  /** Which clients are gone. */
  judge(): Promise<(client: string, leasedAt: number | undefined) => boolean>
  /** Says that this one lives. */
  renew(): Promise<void>
  leave(): Promise<void>
}

export const leaseMs = 5000

export function openPresence(client: string, database: Database): Presence {
  const { locks } = navigator as { locks?: LockManager }
  if (locks === undefined) {
    return {
      judge: async () => {
        const now = Date.now()
        return (_, leasedAt) => leasedAt === undefined || Math.abs(now - leasedAt) > leaseMs
      },
      renew: () => database.lease(client, Date.now()),
      leave: () => database.lease(client, 0),
    }
  }
  let release = () => {}
  const isHeld = new Promise<void>((held) => {
    void locks.request(prefix + client, () => {
      held()
      return new Promise<void>((resolve) => {
        release = resolve
      })
    })
  })
  return {
    async judge() {
      const { held = [], pending = [] } = await locks.query()
      const names = new Set([...held, ...pending].map(({ name }) => name))
      return (other) => !names.has(prefix + other)
    },
    renew: () => isHeld,
    leave: async () => release(),
  }
}

const prefix = 'millrace '
