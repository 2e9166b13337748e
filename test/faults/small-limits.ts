/** Limits made small, so that a server which lives for a second turns segments, trims, checkpoints and sends in rounds many times. */
import type { Replacement } from './replacement.ts'

export const smallLimits = {
  segments: {
    file: 'log/files/file-log.ts',
    find: 'const segmentBytesDefault = 64 * 1024 * 1024',
    replace: 'const segmentBytesDefault = 256 * 1024',
  },
  reserve: {
    file: 'log/files/file-log.ts',
    find: 'new DiskBudget(diskBudgetBytes, segmentBytes,',
    replace: 'new DiskBudget(diskBudgetBytes, 16 * 1024 * 1024,', // a segment's bytes would be too few for the tables
  },
  trims: { file: 'main.ts', find: 'const trimIntervalMs = 5_000', replace: 'const trimIntervalMs = 200' },
  checkpoints: {
    file: 'load/loaders/duckdb/checkpoints.ts',
    find: 'checkpointLimits = { bytes: 128 * 1024 * 1024, ageMs: 60_000 }',
    replace: 'checkpointLimits = { bytes: 512 * 1024, ageMs: 300 }',
  },
  reopens: {
    file: 'load/loaders/duckdb/duckdb-file.ts',
    find: 'const reopenAfterBytes = 512 * 1024 * 1024',
    replace: 'const reopenAfterBytes = 1024 * 1024',
  },
  groups: {
    file: 'load/loaders/duckdb/attached.ts',
    find: 'const groupRows = 26_624',
    replace: 'const groupRows = 2_048', // what fills them goes past the write-ahead log
  },
  rounds: {
    file: 'restream/send.ts',
    find: 'const entriesPerRound = 200',
    replace: 'const entriesPerRound = 20',
  },
} as const satisfies Record<string, Replacement>

export type SmallLimit = keyof typeof smallLimits

/** Environment of a server with these limits made small, all of them where none is named. */
export function withSmallLimits(...names: SmallLimit[]): Record<string, string> {
  return { MILLRACE_SMALL: (names.length > 0 ? names : Object.keys(smallLimits)).join(',') }
}

export function smallLimitsOf(names: string | undefined): Replacement[] {
  return (names ?? '').split(',').flatMap((name) => (name in smallLimits ? [smallLimits[name as SmallLimit]] : []))
}
