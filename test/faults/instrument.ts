/**
 * Makes a build to be tested, as it is loaded (`node --import test/faults/instrument.ts …`); the product knows nothing of it.
 * What `build.ts` made beforehand has its failpoints and limits already.
 *
 * - Each line `// failpoint: name` becomes a call. `MILLRACE_FAILPOINT=name:3` kills the process with SIGKILL the third time
 *   that line is reached in one thread; `MILLRACE_FAILPOINT_LOG=file` notes every name reached, once a thread.
 * - `MILLRACE_SMALL=segments,trims` makes limits small: see `small-limits.ts`.
 * - `MILLRACE_SYNC_FAULT=file` makes the log's syncs fail: see `failing-disk.ts`.
 * - `MILLRACE_SEEDED_BUG=name` replaces lines by wrong ones: see `seeded-bugs.ts`.
 *
 * The process does not outlive the one that started it.
 */
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { failingDisk, openFailingDisk } from './failing-disk.ts'
import { checkReplacements, instrumented } from './replacement.ts'
import { seededBug } from './seeded-bugs.ts'
import { smallLimitsOf } from './small-limits.ts'

const { MILLRACE_FAILPOINT, MILLRACE_FAILPOINT_LOG, MILLRACE_SEEDED_BUG, MILLRACE_SMALL, MILLRACE_SYNC_FAULT } =
  process.env

const [killAt, killOn = '1'] = (MILLRACE_FAILPOINT ?? '').split(':')
const hits = new Map<string, number>()

Object.assign(globalThis, {
  __failpoint(name: string) {
    const count = (hits.get(name) ?? 0) + 1
    hits.set(name, count)
    if (count === 1 && MILLRACE_FAILPOINT_LOG) appendFileSync(MILLRACE_FAILPOINT_LOG, `${name}\n`)
    if (name === killAt && count === Number(killOn)) process.kill(process.pid, 'SIGKILL')
  },
  ...(MILLRACE_SYNC_FAULT ? { __failingDisk: openFailingDisk(MILLRACE_SYNC_FAULT) } : {}),
})

const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}, 1_000).unref()

const replacements = [
  ...(MILLRACE_SEEDED_BUG ? seededBug(MILLRACE_SEEDED_BUG).edits : []),
  ...smallLimitsOf(MILLRACE_SMALL),
  ...(MILLRACE_SYNC_FAULT ? failingDisk : []),
]
checkReplacements(replacements)

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.includes('/server/src/') || loaded.source === undefined || loaded.source === null) return loaded
    return { ...loaded, source: instrumented(url, loaded.source.toString(), replacements) }
  },
})
