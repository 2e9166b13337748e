/** The shapes by which every stage says what it does; who writes lines and keeps counters is decided in `main.ts`. */

export type LogFields = Record<string, string | number | bigint | boolean | undefined | null | Error>

/** A line is a constant message with fields: ids and counts, never contents or secrets. One per batch, none per event. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  /** Somebody must act. */
  error(message: string, fields?: LogFields): void
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }
