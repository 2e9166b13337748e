/** How well users' code is kept in, as whoever watches the process may know without being anybody: one word, and no detail of the machine. */

/** `measuring`: for a moment at the start; `unavailable`: no code can run at all. */
export const isolationLevels = ['full', 'partial', 'none', 'unavailable', 'measuring'] as const
export type IsolationLevel = (typeof isolationLevels)[number]

/** A failure to measure is not repeated sooner, whoever asks. */
const againMs = 60_000

/** Answers at once, with what is known; the first to ask, which a server does itself once it is ready, has it measured. */
export function openIsolationLevel(
  measure: () => Promise<{ readonly level: IsolationLevel }>,
  now: () => number = () => performance.now(),
): () => IsolationLevel {
  let known: IsolationLevel = 'measuring'
  let failedAt: number | undefined
  let isMeasuring = false

  async function look(): Promise<void> {
    isMeasuring = true
    try {
      known = (await measure()).level
    } catch {
      known = 'unavailable'
      failedAt = now()
    } finally {
      isMeasuring = false
    }
  }

  return () => {
    const isDue =
      known === 'measuring' || (failedAt !== undefined && known === 'unavailable' && now() - failedAt >= againMs)
    if (isDue && !isMeasuring) void look()
    return known
  }
}
