/** The positive controls: every seeded bug is caught, by the check that is meant to catch it and by what that bug does wrong. */
import { describe, expect, it } from 'vitest'
import { check } from './controls.ts'
import { failingDisk } from './failing-disk.ts'
import { checkReplacements } from './replacement.ts'
import { seededBugs } from './seeded-bugs.ts'
import { smallLimits } from './small-limits.ts'

it('every line that is replaced stands in the product', () => {
  checkReplacements([...seededBugs.flatMap(({ edits }) => edits), ...Object.values(smallLimits), ...failingDisk])
})

describe('a product that', () => {
  it.each(seededBugs)('$name is caught', async (bug) => {
    expect((await check(bug)).join('\n')).toMatch(bug.symptom)
  })
})
