/**
 * Which threads go first where there are fewer processors than there is work: those that somebody waits for. On Linux alone, where a
 * thread has a priority of its own; elsewhere nothing is changed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/** A third of the share of the thread that answers. */
const behindBy = 5
const nicenessMax = 19
const threads = '/proc/self/task'

/**
 * Lowers the priority of this thread and of Node's threads for calls to the system: in a server most of what those do is DuckDB's, for
 * the pipeline. For good, since only an administrator may raise it again.
 */
export function workBehind(): void {
  if (process.platform !== 'linux') return
  giveWay(behindBy)
  for (const thread of readdirSync(threads)) {
    try {
      const name = readFileSync(`${threads}/${thread}/comm`, 'utf8').trim()
      if (name === 'libuv-worker') setPriority(Number(thread), nicenessBehind(behindBy))
    } catch {
      // it has ended meanwhile
    }
  }
}

/** Lowers the priority of this thread, which on Linux is what "this process" means when a thread says it. */
export function giveWay(by: number): void {
  if (process.platform === 'linux') setPriority(0, nicenessBehind(by))
}

/** Behind the thread that answers, whose process may have been started with a niceness of its own: less than that is refused. */
function nicenessBehind(by: number): number {
  return Math.min(getPriority(process.pid) + by, nicenessMax)
}
