/** The options with their defaults, checked. What cannot be is said once and replaced by its default: no program stops for it. */
import type { Platform } from './platform.ts'
import type { ClientOptions } from './types.ts'

export interface Settings {
  readonly batchSize: number
  readonly batchBytes: number
  readonly flushInterval: number
  readonly workers: number
  readonly backlogSize: number
  readonly backlogBytes: number
  readonly retryMaxTime: number
  readonly retryMaxCount: number
  readonly retryBase: number
  readonly retryCap: number
  readonly requestTimeout: number
  readonly shutdownTimeout: number
  readonly sampleRate: number
}

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

export function settingsOf(options: ClientOptions, platform: Platform, warn: (line: string) => void): Settings {
  const read = (name: keyof Settings, least: number, most: number, fallback: number): number => {
    const value = options[name]
    if (value === undefined) return fallback
    if (typeof value === 'number' && value >= least && value <= most) return value
    warn(`${name} has to be from ${least} to ${most}, and is ${String(value)}: ${fallback} is used`)
    return fallback
  }
  return {
    batchSize: read('batchSize', 1, 2000, platform.batchSize),
    batchBytes: read('batchBytes', kibibyte, 4 * mebibyte, platform.batchBytes),
    flushInterval: read('flushInterval', 100, 3_600_000, 2000),
    workers: read('workers', 1, 8, 2),
    backlogSize: read('backlogSize', 1, 10_000_000, 10_000),
    backlogBytes: read('backlogBytes', kibibyte, 4096 * mebibyte, 16 * mebibyte),
    retryMaxTime: read('retryMaxTime', 0, Number.POSITIVE_INFINITY, 1_800_000),
    retryMaxCount: read('retryMaxCount', 1, Number.POSITIVE_INFINITY, 12),
    retryBase: read('retryBase', 1, 3_600_000, 500),
    retryCap: read('retryCap', 1, 3_600_000, 30_000),
    requestTimeout: read('requestTimeout', 1, 3_600_000, 10_000),
    shutdownTimeout: read('shutdownTimeout', 0, 3_600_000, 5000),
    sampleRate: read('sampleRate', 0, 1, 1),
  }
}
