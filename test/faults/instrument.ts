/**
 * Makes a build to be tested, as it is loaded (`node --import test/faults/instrument.ts …`); the product knows nothing of it.
 *
 * - Each line `// failpoint: name` becomes a call. `MILLRACE_FAILPOINT=name:3` kills the process with SIGKILL the third time
 *   that line is reached; `MILLRACE_FAILPOINT_LOG=file` notes every name reached, once a thread.
 * - `MILLRACE_SEEDED_BUG=name` replaces a line by a wrong one: see `seeded-bugs.ts`.
 */
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { seededBugs } from './seeded-bugs.ts'

const [killAt, killOn] = (process.env['MILLRACE_FAILPOINT'] ?? '').split(':')
const reachedFile = process.env['MILLRACE_FAILPOINT_LOG']
const bug = seededBugs.find(({ name }) => name === process.env['MILLRACE_SEEDED_BUG'])
if (process.env['MILLRACE_SEEDED_BUG'] && bug === undefined) throw new Error('No such seeded bug')

const hits = new Map<string, number>()

Object.assign(globalThis, {
  __failpoint(name: string) {
    const count = (hits.get(name) ?? 0) + 1
    hits.set(name, count)
    if (count === 1 && reachedFile !== undefined) appendFileSync(reachedFile, `${name}\n`)
    if (name === killAt && count === Number(killOn ?? 1)) process.kill(process.pid, 'SIGKILL')
  },
})

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.includes('/server/src/') || loaded.source === undefined || loaded.source === null) return loaded
    return { ...loaded, source: instrumented(url, loaded.source.toString()) }
  },
})

function instrumented(url: string, source: string): string {
  const marked = source.replaceAll(/^(\s*)\/\/ failpoint: ([\w.-]+)$/gm, '$1;globalThis.__failpoint("$2");')
  if (bug === undefined || !url.endsWith(bug.file)) return marked
  const wrong = marked.replace(bug.find, bug.replace)
  if (wrong === marked) throw new Error(`The seeded bug ${bug.name} finds no line to replace in ${bug.file}`)
  return wrong
}
