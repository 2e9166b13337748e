/** The options with their defaults, checked. What cannot be is said once and replaced by its default: no program stops for it. */
import { never } from './timer.ts'
import type { ClientOptions } from './types.ts'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte
const hour = 3_600_000

/** Least, most, and what counts where nothing is said; the platform says it where that is missing. */
const ranges = {
  batchSize: [1, 2000],
  batchBytes: [kibibyte, 4 * mebibyte],
  flushInterval: [100, hour, 2000],
  workers: [1, 8, 2],
  backlogSize: [1, never, 10_000],
  backlogBytes: [kibibyte, never, 16 * mebibyte],
  retryMaxTime: [0, never, hour / 2],
  retryMaxCount: [1, never, 12],
  retryBase: [1, hour, 500],
  retryCap: [1, hour, 30_000],
  requestTimeout: [1, hour, 10_000],
  shutdownTimeout: [0, hour, 5000],
  sampleRate: [0, 1, 1],
} as const

export type Settings = { -readonly [Name in keyof typeof ranges]: number }

export function settingsOf(
  options: ClientOptions,
  platform: { readonly batchSize: number; readonly batchBytes: number },
  warn: (line: string) => void,
): Settings {
  const settings = {} as Settings
  for (const [key, [least, most, usual]] of Object.entries(ranges)) {
    const name = key as keyof Settings
    const fallback = usual ?? platform[name as 'batchSize' | 'batchBytes']
    const value = options[name] ?? fallback
    const isFine = value >= least && value <= most
    if (!isFine) warn(`${name} has to be from ${least} to ${most}, and is ${String(value)}: ${fallback} is used`)
    settings[name] = isFine ? +value : fallback
  }
  return settings
}
