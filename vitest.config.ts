/**
 * Three speeds: unit (no process, no server), integration (real servers), faults (real processes that die). Two files run at once,
 * since most of them wait for a process more than they compute; those that measure how long a server takes run alone, last.
 */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

// What V8 compiles for one file's process is there for the next one's, and for the servers that it starts.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compiled')

const everywhere = ['**/node_modules/**', '**/dist/**']
const maxWorkers = 2
/** Files of unit tests that change, or measure, what all of a process share: its modules, its flags, its memory. */
const alone = [
  'client/src/metrics.test.ts', // its clock stands still
  'sdk/src/node/spool-sync.test.ts',
  'test/secret-comparisons.test.ts',
  'server/src/heap.test.ts',
  'server/src/transform/sandboxes/python/snapshot.test.ts', // its file system is not the real one
  'server/src/pull/job-memory.test.ts',
  'server/src/pull/connectors/files/parquet/{damaged,lies}.test.ts',
]
const measured = ['test/faults/{bombs,drain,failing-sync,overload,retry-storm}.test.ts']

export default defineConfig({
  test: {
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{event,json,server,client,sdk,cli}/**/*.test.ts', 'test/*.test.ts'],
          exclude: [...everywhere, ...alone, '**/*.integration.test.ts'],
          // Half of the time went into loading the same modules for each of 250 files.
          isolate: false,
          testTimeout: 20_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'unit-alone',
          include: alone,
          exclude: everywhere,
          testTimeout: 20_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'integration',
          include: [
            '{server,sdk,cli,examples,test/clients}/**/*.integration.test.ts',
            'test/{end-to-end,browser}/**/*.test.ts',
          ],
          exclude: everywhere,
          testTimeout: 120_000,
          maxWorkers,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          exclude: [...everywhere, ...measured],
          globalSetup: 'test/faults/setup.ts',
          maxWorkers,
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'measured',
          include: measured,
          exclude: everywhere,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 600_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
