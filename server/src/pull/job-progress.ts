/** How far a job is, as its connector says, with the time it will end by the pace so far; kept at most once a second. */
import type { JobProgress } from '../sources.ts'
import type { Logger } from '../telemetry.ts'

export interface JobProgressTeller {
  tell(loaded: number | undefined, total: number | undefined, message: string | undefined): void
  now(): JobProgress
}

const everyMs = 1_000
const messageCharsMax = 500

export function openJobProgress(save: (progress: JobProgress) => Promise<void>, log: Logger): JobProgressTeller {
  let progress: JobProgress = { loaded: null, total: null, message: null, etaAt: null }
  let first: { readonly at: number; readonly loaded: number } | undefined
  let savedAt = Number.NEGATIVE_INFINITY

  function etaOf(loaded: number | null, total: number | null): number | null {
    if (loaded === null || total === null) return null
    const at = Date.now()
    first ??= { at, loaded }
    const done = loaded - first.loaded
    if (done <= 0 || total < loaded) return null
    return Math.round(at + ((at - first.at) * (total - loaded)) / done)
  }

  return {
    now: () => progress,
    tell(given, givenTotal, message) {
      const [loaded, total] = [countOf(given), countOf(givenTotal)]
      progress = { loaded, total, message: message?.slice(0, messageCharsMax) ?? null, etaAt: etaOf(loaded, total) }
      if (performance.now() - savedAt < everyMs) return
      savedAt = performance.now()
      save(progress).catch((error: unknown) => log.warn('progress is not kept', { reason: error as Error }))
    },
  }
}

/** What is no number is unknown. */
function countOf(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) && value >= 0 ? Math.round(value) : null
}
