/**
 * Who writes to a folder of the spool, as a line of its file `owner`: `<process id> <host> <start of the process>`.
 * The start tells a process from a later one of the same id, which in containers is nearly always the same.
 */
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'

/** One that says nothing for so long is gone, where nothing better is known of it. */
const silentMsMax = 10 * 60_000

export function ownerLine(): string {
  return `${process.pid} ${hostname()} ${startOf(process.pid) ?? '-'}`
}

/** Whether the owner that a file names is gone. @throws Error of the file system: there is no such file. */
export function isOwnerGone(path: string): boolean {
  const [id = '', host, start] = readFileSync(path, 'utf8').trim().split(' ')
  const isSilent = Math.abs(Date.now() - statSync(path).mtimeMs) > silentMsMax
  if (host !== hostname()) return isSilent // its processes cannot be seen from here
  if (!isAlive(Number(id))) return true
  const present = startOf(Number(id))
  return present === undefined || start === '-' ? isSilent : present !== start
}

function isAlive(id: number): boolean {
  if (!Number.isSafeInteger(id) || id <= 0) return false
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Field 22 of /proc/<id>/stat (proc(5)): ticks since the system started. Undefined where there is no such file. */
function startOf(id: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
