/**
 * Which tabs live. Where there are Web Locks, a client holds one for as long as it lives, and a crash gives it back at once. Plain HTTP
 * has none: there a client renews a lease while it has something in the database, and counts as gone when that is 5 seconds old.
 */
export interface Presence {
  /** Which clients are gone. */
  judge(): Promise<(client: string, leasedAt: number | undefined) => boolean>
  /** Says that this one lives, in a transaction that it has something to do with. */
  renew(leases: IDBObjectStore): void
  leave(leases: IDBObjectStore): void
}

export const leaseMs = 5000

/** Resolves once others can see that the client lives, or will by its first row. */
export function openPresence(client: string): Promise<Presence> | Presence {
  const { locks } = navigator as { locks?: LockManager }
  if (!locks) {
    return {
      judge: async () => (_, leasedAt) => !leasedAt || Math.abs(Date.now() - leasedAt) > leaseMs,
      renew: (leases) => leases.put(Date.now(), client),
      leave: (leases) => leases.delete(client),
    }
  }
  return new Promise((held, failed) => {
    const lock = locks.request(
      prefix + client,
      () =>
        new Promise<void>((release) =>
          held({
            async judge() {
              const { held = [], pending = [] } = await locks.query()
              return (other) => ![...held, ...pending].some(({ name }) => name === prefix + other)
            },
            renew() {},
            leave: () => release(),
          }),
        ),
    )
    lock.catch(failed)
  })
}

const prefix = 'millrace '
