/** Times as people type them: `90s`, `60m`, `2h`, `7d` ago or from now, or an instant of ISO 8601. */
import { InvalidArgumentError } from 'commander'

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** ms of a time span. */
export function spanMs(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
  if (count !== undefined) return Number(count) * unitsMs[unit as keyof typeof unitsMs]
  throw new InvalidArgumentError('Write a number and s, m, h or d: 60m.')
}

/** So long ago, or the instant itself. */
export function timeAgo(text: string): Date {
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text)
  try {
    return new Date(Date.now() - spanMs(text))
  } catch {
    throw new InvalidArgumentError('Write how long ago (60m, 2h, 7d) or a time (2026-01-31T12:00:00Z).')
  }
}
