/** Whether SQLite finds a file damaged. Files of this stage hold what can be done without, and are made anew then. */

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const damageCodes = new Set([11, 26])

export function isFileDamaged(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && damageCodes.has(Number(error.errcode) & 0xff)
}
