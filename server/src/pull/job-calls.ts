/**
 * Counts the requests of a job, durably and before they are sent, and holds them back where the day's quota of its source is used up.
 * They are counted a few at a time: a process that dies has counted too many rather than too few.
 */
import { dayAfter, dayIn, startOfDay } from '../days.ts'
import type { Job, SourceStore } from '../sources.ts'

export interface JobCalls {
  /** Resolves when a request may be sent. @throws QuotaUsedUp */
  next(): Promise<void>
  /** All that were sent, by processes before this one, too. */
  readonly made: number
  /** Set once the quota is used up: when the next day begins, ms since 1970 UTC. */
  readonly usedUpUntil: number | undefined
  /** Gives back what was counted and not sent. */
  close(): Promise<void>
}

/** The source may be sent nothing more today. */
export class QuotaUsedUp extends Error {}

const countedAtOnce = 20
/** Where less than this is left, each is counted by itself, so that no job holds what another could use. */
const scarce = 20 * countedAtOnce

export function openJobCalls(store: Pick<SourceStore, 'countCalls'>, job: Job, callsPerDay: number | null): JobCalls {
  let made = job.calls
  let usedUpUntil: number | undefined
  /** Of the quota, as far as it is known. */
  let left = 0
  let reserved = { day: '', left: 0 }
  let turn: Promise<unknown> = Promise.resolve()

  async function giveBack(): Promise<void> {
    if (reserved.left > 0) await store.countCalls(job, reserved.day, -reserved.left)
    reserved = { day: '', left: 0 }
  }

  async function take(): Promise<void> {
    const day = dayIn('UTC', Date.now())
    if (reserved.day !== day) await giveBack()
    if (reserved.left === 0) {
      const wanted = left > scarce ? countedAtOnce : 1
      const counted = await store.countCalls(job, day, wanted)
      left = callsPerDay === null ? Number.POSITIVE_INFINITY : callsPerDay - counted
      const beyond = Math.min(wanted, Math.max(0, -left))
      if (beyond > 0) await store.countCalls(job, day, -beyond)
      reserved = { day, left: wanted - beyond }
    }
    if (reserved.left === 0) {
      usedUpUntil = startOfDay(dayAfter(day, 1))
      throw new QuotaUsedUp(`The source may be sent ${callsPerDay} requests a day, and they are used up`)
    }
    reserved.left--
    made++
  }

  return {
    next() {
      const taken = turn.then(take)
      turn = taken.catch(() => {})
      return taken
    },
    get made() {
      return made
    },
    get usedUpUntil() {
      return usedUpUntil
    },
    close: async () => {
      await turn
      await giveBack()
    },
  }
}
