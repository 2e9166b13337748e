/** Runs one test file of the product with a seeded bug in its source; `controls.ts` says which. */
import { defineConfig } from 'vitest/config'
import { checkReplacements, withReplacements } from './replacement.ts'
import { seededBug } from './seeded-bugs.ts'

const { edits, caughtBy } = seededBug(process.env['MILLRACE_SEEDED_BUG'] ?? '')
checkReplacements(edits)

export default defineConfig({
  plugins: [{ name: 'seeded-bug', enforce: 'pre', transform: (source, id) => withReplacements(id, source, edits) }],
  test: {
    include: 'unit' in caughtBy ? [caughtBy.unit] : [],
    testTimeout: 120_000,
    fsModuleCache: false, // it would keep a bug for the runs that come after
  },
})
