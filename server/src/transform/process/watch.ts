/**
 * Watches a guest from outside, as the kernel counts: what it holds in memory and swapped out, and whether it works on although nobody
 * asked it anything, for which there is no deadline.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const pollMs = 20
const statusBytes = 4096
/** Of processor time since it was asked last; collecting garbage takes far less. */
const idleMsMax = 2_000
const pollsOfIdle = 25
/** USER_HZ, which is 100 on every architecture that Node runs on. */
const tickMs = 10

export interface Watched {
  readonly pid: number
  readonly memoryBytesMax: number
  /** Nobody waits for an answer. */
  isIdle(): boolean
  onExceeded(reason: 'memory' | 'time'): void
}

/** Returns how to stop watching. It stops by itself when the process ends. */
export function watch({ pid, memoryBytesMax, isIdle, onExceeded }: Watched): () => void {
  const status = openStatus(pid)
  if (status === undefined) return () => {}
  const buffer = Buffer.alloc(statusBytes)
  const idle = idleTime(pid)
  let polls = 0
  let isStopped = false
  const timer = setInterval(() => {
    const held = heldBytes(status, buffer)
    if (held === undefined) stop()
    else if (held > memoryBytesMax) onExceeded('memory')
    else if (!isIdle()) idle.reset()
    else if (++polls % pollsOfIdle === 0 && idle.ms() > idleMsMax) onExceeded('time')
  }, pollMs)
  timer.unref()
  function stop() {
    if (isStopped) return
    isStopped = true
    clearInterval(timer)
    closeSync(status!)
  }
  return stop
}

/** Stays with this process, even if its number is given to another one. */
function openStatus(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}/status`, 'r')
  } catch {
    return undefined // it ended already
  }
}

function heldBytes(status: number, buffer: Buffer): number | undefined {
  try {
    const text = buffer.toString('latin1', 0, readSync(status, buffer, 0, buffer.length, 0))
    return kibibytes(/^VmRSS:\s+(\d+)/m, text) + kibibytes(/^VmSwap:\s+(\d+)/m, text)
  } catch {
    return undefined // it ended
  }
}

function kibibytes(pattern: RegExp, status: string): number {
  return 1024 * Number(pattern.exec(status)?.[1] ?? 0)
}

/** Processor time since it was seen to be idle first. */
function idleTime(pid: number): { ms(): number; reset(): void } {
  let since: number | undefined
  return {
    ms() {
      const now = processorMs(pid)
      since ??= now
      return now - since
    },
    reset() {
      since = undefined
    },
  }
}

/** In proc(5) fields 14 and 15; the second is a name that may hold anything, in parentheses. */
function processorMs(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return tickMs * (Number(fields[11]) + Number(fields[12]))
  } catch {
    return 0 // it ended
  }
}
