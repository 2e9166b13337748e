/** A bar with counts, rate and time left, for work that the server does. */
import { formatCount, formatDuration, formatNumberOf } from './quantities.ts'

const barWidth = 24

export interface Progress {
  readonly done: number
  readonly total: number
  /** Events per second; null where it is not known yet. */
  readonly rate: number | null
  readonly etaMs: number | null
  /** What is counted; events where missing. */
  readonly noun?: string
  /** What else there is to say. */
  readonly note?: string
}

export function progressBar({ done, total, rate, etaMs, noun = 'event', note }: Progress): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const filled = Math.round(share * barWidth)
  const speed = rate === null ? '' : `  ${formatCount(rate)} ${noun}s/s`
  const left = etaMs === null ? '' : `  ${formatDuration(etaMs)} left`
  const more = note === undefined ? '' : `  ${note}`
  const counts = `${formatCount(done)} of ${formatNumberOf(total, noun)}`
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${Math.floor(share * 100)} %  ${counts}${speed}${left}${more}`
}
