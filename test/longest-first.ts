/**
 * The order of test files: those that take longest first, so that none of them is left over while nothing else runs. Vitest does that by
 * itself once it has seen them run; where it has not, as in CI, it goes by their size, which says little of files that wait.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** About a minute and above on two cores; the longest first. */
const longest = [
  'server/src/log/files/power-loss.test.ts',
  'server/src/log/files/io-faults.test.ts',
  'server/src/log/files/damage.test.ts',
  'test/faults/kill-points.test.ts',
  'test/faults/archive.test.ts',
  'test/faults/kill.test.ts',
  'test/faults/wal-damage.test.ts',
  'test/faults/replacing.test.ts',
  'test/faults/disk-full.test.ts',
  'test/faults/configuration.test.ts',
  'test/faults/controls.test.ts',
  'test/faults/broken-workspace.test.ts',
  'test/faults/scheduled-queries.test.ts',
  'server/src/archive.integration.test.ts',
  'server/src/pull/connectors/kafka.integration.test.ts',
  'test/clients/datorama.integration.test.ts',
  'test/clients/alooma.integration.test.ts',
  'test/browser/browser.test.ts',
  'server/src/load/loaders/duckdb.integration.test.ts',
  'server/src/pull/connectors/postgres.changes.integration.test.ts',
  'server/src/pull/connectors/postgres.suite.integration.test.ts',
  'cli/src/commands/apply.integration.test.ts',
  'server/src/pull/connectors/mysql.suite.integration.test.ts',
  'sdk/src/client-events.test.ts',
  'server/src/control-plane/api/every-operation.test.ts',
  'server/src/pull/jobs.test.ts',
  'sdk/src/storage.test.ts',
  'server/src/load/loaders/duckdb.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const byProject = Map.groupBy(sorted, ({ project }) => project.name)
    return [...byProject.values()].flatMap((ofOne) => ofOne.toSorted((one, other) => placeOf(one) - placeOf(other)))
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = longest.findIndex((file) => moduleId.endsWith(`/${file}`))
  return place === -1 ? longest.length : place
}
