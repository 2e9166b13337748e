/** Time as the intake needs it: what the calendar says for stamps, and what has passed for windows, whatever the calendar does. */
export interface Clock {
  /** ms since 1970 UTC. */
  now(): number
  /** ms since some fixed moment; never goes back. */
  elapsed(): number
}

export const systemClock: Clock = { now: () => Date.now(), elapsed: () => performance.now() }
