/** Who waits for what was taken before: resolves when all of it is answered for, never waiting for what comes later. */
import type { Waiting } from './backlog.ts'

export interface Flushes {
  /** Resolves when `count` events from 1 up to `seq` are settled. */
  wait(seq: number, count: number): Promise<void>
  settled(batch: readonly Waiting[]): void
  /** Nothing is going to be settled any more: nobody has to wait. */
  release(): void
}

interface Waiter {
  readonly seq: number
  left: number
  readonly resolve: () => void
}

export function openFlushes(): Flushes {
  const waiters = new Set<Waiter>()
  return {
    wait: (seq, count) =>
      new Promise((resolve) => {
        if (count === 0) resolve()
        else waiters.add({ seq, left: count, resolve })
      }),
    settled(batch) {
      for (const waiter of waiters) {
        for (const { seq } of batch) if (seq > 0 && seq <= waiter.seq) waiter.left--
        if (waiter.left > 0) continue
        waiters.delete(waiter)
        waiter.resolve()
      }
    },
    release() {
      for (const { resolve } of waiters) resolve()
      waiters.clear()
    },
  }
}
