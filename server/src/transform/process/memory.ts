/** Watches from outside what a process holds: in memory and swapped out, as the kernel counts it. */
import { closeSync, openSync, readSync } from 'node:fs'

const pollMs = 20
const statusBytes = 4096

/** Returns how to stop watching. It stops by itself when the process ends. */
export function watchMemory(pid: number, bytesMax: number, onExceeded: () => void): () => void {
  let descriptor: number | undefined
  try {
    descriptor = openSync(`/proc/${pid}/status`, 'r') // stays with this process, even if its number is given to another one
  } catch {
    return () => {} // it ended already
  }
  const buffer = Buffer.alloc(statusBytes)
  const timer = setInterval(() => {
    const held = descriptor === undefined ? undefined : readHeld(descriptor, buffer)
    if (held === undefined) stop()
    else if (held > bytesMax) onExceeded()
  }, pollMs)
  timer.unref()
  function stop() {
    clearInterval(timer)
    if (descriptor !== undefined) closeSync(descriptor)
    descriptor = undefined
  }
  return stop
}

function readHeld(descriptor: number, buffer: Buffer): number | undefined {
  try {
    const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0))
    return kibibytes(/^VmRSS:\s+(\d+)/m, text) + kibibytes(/^VmSwap:\s+(\d+)/m, text)
  } catch {
    return undefined // it ended
  }
}

function kibibytes(pattern: RegExp, status: string): number {
  return 1024 * Number(pattern.exec(status)?.[1] ?? 0)
}
