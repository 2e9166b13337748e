/** What a workspace may take in, as who runs the server sets it, and what of it is used. */

/** Null: no limit. */
export interface Quota {
  /** Of all inputs together. Beyond it: 429, until there is room again. */
  readonly eventsPerSecondMax: number | null
  readonly bytesPerSecondMax: number | null
  /** In a month of UTC. Beyond it: 402, until the next one. The request that reaches it is still taken, whole. */
  readonly eventsPerMonthMax: number | null
  readonly bytesPerMonthMax: number | null
}

export const noQuota: Quota = {
  eventsPerSecondMax: null,
  bytesPerSecondMax: null,
  eventsPerMonthMax: null,
  bytesPerMonthMax: null,
}

export interface MonthUsage {
  /** `YYYY-MM`, UTC. */
  readonly month: string
  /** Received, those included that could not be read. */
  readonly events: number
  /** Of their JSON. */
  readonly bytes: number
}

/** Of a time in ms since 1970 UTC. */
export function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7)
}

/** When the month after it begins, ms since 1970 UTC. */
export function endOfMonth(month: string): number {
  const [year, number] = month.split('-').map(Number)
  return Date.UTC(year!, number!)
}
