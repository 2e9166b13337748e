/**
 * Bugs that the tests must catch: each one a line or two of the product made wrong, and a check that has to fail by it. Tests that
 * miss one are broken, whatever else they say. `controls.test.ts` runs the checks.
 */
import type { Replacement } from './replacement.ts'

export interface SeededBug {
  readonly name: string
  readonly edits: readonly Replacement[]
  readonly caughtBy: UnitCheck | { readonly run: RunCheck }
  /** What the check says of it, and not of a product that merely does not start. */
  readonly symptom: RegExp
}

/** A test of the product's own, by file and title, run with the bug in the source. */
export interface UnitCheck {
  readonly unit: string
  readonly test: string
}

/** A check of `controls.ts`. */
export type RunCheck = 'dies between commits' | 'loses the write-ahead log' | 'retry storm' | 'drains'

export const seededBugs: readonly SeededBug[] = [
  {
    name: 'acknowledges before the sync',
    edits: [
      {
        file: 'log/files/segment-writer.ts',
        find: 'await this.#synced(segment)\n',
        replace: 'void this.#synced(segment).catch(() => {})\n',
      },
    ],
    caughtBy: {
      unit: 'server/src/log/files/power-loss.test.ts',
      test: 'what was acknowledged survives power cuts and kills at any moment',
    },
    symptom: /MILLRACE_SEED=\d+/,
  },
  {
    name: 'gives a segment its name before everything in front of it is durable',
    edits: [
      {
        file: 'log/files/segment-writer.ts',
        find: 'if (this.#coming && this.#active.isSettled)',
        replace: 'if (this.#coming)',
      },
    ],
    caughtBy: {
      unit: 'server/src/log/files/power-loss.test.ts',
      test: 'so it does where several groups are on their way',
    },
    symptom: /MILLRACE_SEED=\d+/,
  },
  {
    name: 'takes a group that overlaps another for a proof that the other was durable',
    edits: [
      { file: 'log/files/scan.ts', find: 'frame.durableTo >= durableTo', replace: 'frame.groupStart >= durableTo' },
    ],
    caughtBy: {
      unit: 'server/src/log/files/power-loss.test.ts',
      test: 'so it does where several groups are on their way',
    },
    symptom: /MILLRACE_SEED=\d+/,
  },
  {
    name: 'does not sync the folder',
    edits: [
      {
        file: 'log/files/begin-segment.ts',
        find: 'await halt.synced(folder)\n    // failpoint: log.rotate.linked',
        replace: '',
      },
    ],
    caughtBy: {
      unit: 'server/src/log/files/power-loss.test.ts',
      test: 'what was acknowledged survives power cuts and kills at any moment',
    },
    symptom: /MILLRACE_SEED=\d+/,
  },
  {
    name: 'repeats a sync that failed',
    edits: [
      { file: 'log/files/transfer.ts', find: 'throw this.stop(error)', replace: 'await target.sync()' },
      {
        file: 'log/files/transfer.ts',
        find: "throw (error as NodeJS.ErrnoException).syscall === 'fdatasync' ? this.stop(error) : error",
        replace: 'return undefined',
      },
    ],
    caughtBy: {
      unit: 'server/src/log/files/full-and-failing.test.ts',
      test: 'a sync that failed once is not made good by another',
    },
    symptom: /AssertionError/,
  },
  {
    name: 'does not look whether a write was short',
    edits: [
      {
        file: 'log/files/transfer.ts',
        find: 'while (written < bytes) written += await writeRest(file, pieces, place, written)',
        replace: 'if (written < 0) await writeRest(file, pieces, place, written)',
      },
    ],
    caughtBy: {
      unit: 'server/src/log/files/io-faults.test.ts',
      test: 'any operation that fails is told, costs nothing that was acknowledged, and blocks nothing',
    },
    symptom: /operation \d+ short/,
  },
  {
    name: 'does not check checksums',
    edits: [
      {
        file: 'log/files/record.ts',
        find: 'if (crc !== bytes.readUInt32LE(at + 4)) return undefined',
        replace: 'if (crc < 0) return undefined',
      },
    ],
    caughtBy: {
      unit: 'server/src/log/files/damage.test.ts',
      test: 'damage anywhere is found or harmless after a clean end',
    },
    symptom: /AssertionError: seed \d+/,
  },
  {
    name: 'moves the position in a transaction behind that of the rows',
    edits: [
      {
        file: 'load/loaders/duckdb/write.ts',
        find: 'await advance(writer, range, epoch, { ...books, replaced })\n    // failpoint: duckdb.write.position\n    return replaced\n  })',
        replace: `return replaced
  }).then(async (replaced) => {
    await inTransaction(writer, () => advance(writer, range, epoch, books))
    return replaced
  })`,
      },
    ],
    caughtBy: { run: 'dies between commits' },
    symptom: /is there [2-9] times/,
  },
  {
    name: 'moves the position in a transaction before that of the rows',
    edits: [
      {
        file: 'load/loaders/duckdb/write.ts',
        find: 'for (const batch of filled) {',
        replace: `await advance(writer, range, epoch, books)
    await writer.run('COMMIT')
    globalThis.__failpoint('duckdb.commit.after')
    await writer.run('BEGIN TRANSACTION')
    for (const batch of filled) {`,
      },
      {
        file: 'load/loaders/duckdb/write.ts',
        find: 'await advance(writer, range, epoch, { ...books, replaced })\n    // failpoint: duckdb.write.position',
        replace: '',
      },
    ],
    caughtBy: { run: 'dies between commits' },
    symptom: /was acknowledged, and is lost/,
  },
  {
    name: 'does not check the epoch',
    edits: [
      {
        file: 'load/loaders/duckdb/write.ts',
        find: 'if (held.epoch !== epoch) throw fenced(range.partition)',
        replace: '',
      },
      { file: 'load/loaders/duckdb/partitions.ts', find: 'AND epoch = $3\n', replace: 'AND $3::BIGINT IS NOT NULL\n' },
    ],
    caughtBy: {
      unit: 'server/src/load/loaders/duckdb.test.ts',
      test: 'the DuckDB loader claim and position fences whoever held the partition before',
    },
    symptom: /instead of rejecting/,
  },
  {
    name: 'trims the log up to the last commit instead of the last checkpoint',
    edits: [
      {
        file: 'load/loaders/duckdb/destination.ts',
        find: 'durablePosition: async (partition) => file.durablePosition(partition)',
        replace:
          'durablePosition: async (partition) => (await file.use(({ writer }) => readBooks(writer, partition))).position',
      },
    ],
    caughtBy: { run: 'loses the write-ahead log' },
    symptom: /no longer in the log/,
  },
  {
    name: 'forgets idempotency keys early',
    edits: [
      {
        file: 'ingest/idempotency.ts',
        find: 'idempotencyWindow = { countMax: 100_000,',
        replace: 'idempotencyWindow = { countMax: 10,',
      },
    ],
    caughtBy: { run: 'retry storm' },
    symptom: /is there [2-9] times/,
  },
  {
    name: 'ends without answering what is under way',
    edits: [{ file: 'http.ts', find: 'await closed\n', replace: 'server.closeAllConnections()\n      await closed\n' }],
    caughtBy: { run: 'drains' },
    symptom: /were not answered/,
  },
  {
    name: 'admits a restreamed event twice',
    edits: [
      {
        file: 'restream/queue.ts',
        find: "if (row === undefined || (row['seen_offset'] !== null && row['seen_offset'] !== offset))",
        replace: 'if (row === undefined)',
      },
    ],
    caughtBy: {
      unit: 'server/src/restream/queue.test.ts',
      test: 'the restream queue admits one copy of each entry and calls every other a duplicate, whatever is repeated',
    },
    symptom: /AssertionError/,
  },
]

/** @throws Error where there is none of this name. */
export function seededBug(name: string): SeededBug {
  const bug = seededBugs.find((candidate) => candidate.name === name)
  if (bug === undefined) throw new Error(`There is no seeded bug "${name}"`)
  return bug
}
