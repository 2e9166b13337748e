/** Writes log lines: for people on a terminal, as JSON lines otherwise. */
import { destination, type LevelWithSilent, type Logger as PinoLogger, pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogFields, Logger } from '../telemetry.ts'

export interface LoggerSettings {
  readonly level: LevelWithSilent
  /** Whether lines go to a person. */
  readonly isTerminal: boolean
}

/** Lines go to standard error, so that standard output holds only what was asked for. Each thread opens its own. */
export function openLogger({ level, isTerminal }: LoggerSettings): Logger {
  const stream = isTerminal
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', singleLine: true })
    : destination({ fd: 2, sync: true })
  const writer = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message' }, stream)
  return {
    debug: lineWriter(writer, 'debug'),
    info: lineWriter(writer, 'info'),
    warn: lineWriter(writer, 'warn'),
    error: lineWriter(writer, 'error'),
  }
}

function lineWriter(writer: PinoLogger, level: keyof Logger) {
  return (message: string, fields: LogFields = {}): void => {
    if (writer.isLevelEnabled(level)) writer[level](plain(fields), message)
  }
}

/** Offsets are bigints, which JSON has no word for; an error tells its message and, where it is ours, its code. */
function plain(fields: LogFields): Record<string, unknown> {
  const values = Object.entries(fields).map(([name, value]) => {
    if (typeof value === 'bigint') return [name, value.toString()]
    if (value instanceof Error)
      return [name, 'code' in value ? `${value.code}: ${value.message}` : (value.stack ?? value.message)]
    return [name, value]
  })
  return Object.fromEntries(values)
}
