/** Waits for another thread to let go of the queue's file without holding up this one. */
import { setTimeout as delay } from 'node:timers/promises'
import { hasCode } from '../errors.ts'

const lookAgainMs = 20

/** Tries again while another thread holds the file. */
export async function patiently<T>(work: () => T): Promise<T> {
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!hasCode(error, 'overloaded')) throw error
      await delay(lookAgainMs)
    }
  }
}
