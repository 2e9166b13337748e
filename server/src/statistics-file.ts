/**
 * What was seen in fields, kept in a file: read at the start, written now and then and at the end. A kill loses what was counted
 * since it was written last; the file is replaced whole, so it is never half of one.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { FieldStatistics } from './map/field-statistics.ts'
import type { Logger } from './telemetry.ts'

export interface StatisticsFile {
  readonly current: FieldStatistics
  /** Writes it a last time. */
  close(): void
}

const writeEveryMs = 30_000

/** A file that cannot be read is begun anew, with a warning. */
export function openStatisticsFile(path: string, logger: Logger): StatisticsFile {
  const current = new FieldStatistics()
  let written = read(path)
  try {
    if (written !== undefined) current.restore(JSON.parse(written))
  } catch (reason) {
    logger.warn('what was seen in fields cannot be read and is counted anew', { path, reason: reason as Error })
  }
  const write = (): void => {
    const text = JSON.stringify(current.snapshot())
    if (text === written) return
    try {
      writeFileSync(`${path}.new`, text, { mode: 0o600 })
      renameSync(`${path}.new`, path)
      written = text
    } catch (reason) {
      logger.warn('what was seen in fields cannot be written', { path, reason: reason as Error })
    }
  }
  const timer = setInterval(write, writeEveryMs).unref()
  return {
    current,
    close() {
      clearInterval(timer)
      write()
    },
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
