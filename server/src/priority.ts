/**
 * Which threads go first where there are fewer processors than there is work: those that somebody waits for. On Linux alone, where a
 * thread has a priority of its own; elsewhere nothing is changed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** A third of the share of an ordinary thread, and it gives way at once when one of those has something to do. */
const niceness = 5
const threads = '/proc/self/task'

/**
 * Lowers the priority of this thread and of Node's threads for calls to the system: in a server most of what those do is DuckDB's, for
 * the pipeline. For good, since only an administrator may raise it again.
 */
export function workBehind(): void {
  if (process.platform !== 'linux') return
  setPriority(0, niceness)
  for (const thread of readdirSync(threads)) {
    try {
      const name = readFileSync(`${threads}/${thread}/comm`, 'utf8').trim()
      if (name === 'libuv-worker') setPriority(Number(thread), niceness)
    } catch {
      // it has ended meanwhile
    }
  }
}
