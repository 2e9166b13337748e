/** A deadline that is fair: where this thread itself was late, what arrived meanwhile is heard before time is up. */

/** Returns how to stop it. */
export function startDeadline(ms: number, onMissed: () => void): () => void {
  let isStopped = false
  const timer = setTimeout(() => setImmediate(() => isStopped || onMissed()), ms)
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
