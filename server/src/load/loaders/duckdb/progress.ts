/** Says how far long work is, for as long as it goes on: a copy of a large table takes a minute for 10 million rows. */
import type { Logger } from '../../../telemetry.ts'

interface Telling {
  readonly table: string
  readonly logger: Logger
  readonly tellEveryMs: number
}

/** Runs statements that take about as long as each other, one after the other; what is done quickly says nothing. */
export async function runTelling(
  statements: readonly string[],
  run: (statement: string) => Promise<unknown>,
  { table, logger, tellEveryMs }: Telling,
): Promise<void> {
  const startedAt = performance.now()
  let done = 0
  const timer = setInterval(() => {
    const durationMs = Math.round(performance.now() - startedAt)
    const left = statements.length - done
    const remainingMs = done === 0 ? undefined : Math.round((durationMs / done) * left)
    const percent = Math.round((done / statements.length) * 100)
    logger.info('table is being changed, its loading waits', { table, percent, durationMs, remainingMs })
  }, tellEveryMs)
  try {
    for (const statement of statements) {
      await run(statement)
      done++
    }
  } finally {
    clearInterval(timer)
  }
}
