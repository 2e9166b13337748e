/**
 * What any loader must do. A loader's test is one line: `testLoader('DuckDB', open)`; a bug found in one becomes a case for all.
 * Rows are read back by `query`, which is thereby tested too.
 */
import { describe } from 'vitest'
import { testDropping } from './suite/drop.suite.ts'
import { testEvolving } from './suite/evolve.suite.ts'
import { testFilling } from './suite/fill.suite.ts'
import { testQuerying } from './suite/query.suite.ts'
import { testReplacing } from './suite/replace.suite.ts'
import { testStatements } from './suite/statement.suite.ts'
import { testUpserting } from './suite/upsert.suite.ts'
import type { LoaderFixture } from './suite/use-loader.suite.ts'
import { testValues } from './suite/values.suite.ts'
import { testViews } from './suite/views.suite.ts'
import { testWriting } from './suite/write.suite.ts'

export type { LoaderFixture } from './suite/use-loader.suite.ts'

export function testLoader(name: string, open: () => Promise<LoaderFixture>): void {
  describe(`the ${name} loader`, () => {
    testWriting(open)
    testUpserting(open)
    testReplacing(open)
    testValues(open)
    testEvolving(open)
    testDropping(open)
    testFilling(open)
    testQuerying(open)
    testStatements(open)
    testViews(open)
  })
}
