/** A DuckDB file in a folder that is removed after the test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type LogFields, type Logger, silentLogger } from '../../../telemetry.ts'

export async function fakeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-duckdb-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** A logger that remembers what somebody has to know. */
export function rememberingLogger(): Logger & { readonly lines: { message: string; fields: LogFields | undefined }[] } {
  const lines: { message: string; fields: LogFields | undefined }[] = []
  const remember = (message: string, fields?: LogFields) => void lines.push({ message, fields })
  return { ...silentLogger, warn: remember, error: remember, lines }
}
