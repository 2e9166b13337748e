/**
 * Collects garbage by the text that was handed over. Text that crosses the border of an isolate lies outside of either heap, and goes
 * with a full collection alone; the heaps stay small, so that V8 sees no reason for one.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** In UTF-16 units. A collection takes some milliseconds; this is once for some ten thousand ordinary events. */
const unitsMax = 24 * 1024 * 1024
/** Of a heap that is larger: a collection takes longer then. */
const unitsPerByteOfHeap = 1
/** Just below the most that glibc takes for a sign. */
const largestAllocation = 32 * 1024 * 1024 - 64 * 1024

interface Heap {
  /** A full collection. */
  collect(): void
  /** What it holds. */
  bytes(): number
}

/** Runs something with `gc` in each new context. */
export function exposingCollection<T>(run: () => T): T {
  setFlagsFromString('--expose-gc')
  try {
    return run()
  } finally {
    setFlagsFromString('--no-expose-gc') // users' code finds none
  }
}

/** Returns what is told the length of each text that was handed into the heap. */
export function countGarbage({ collect, bytes }: Heap): (units: number) => void {
  let handed = 0
  let max = unitsMax
  return (units) => {
    handed += units
    if (handed < max) return
    collect()
    handed = 0
    max = Math.max(unitsMax, unitsPerByteOfHeap * bytes())
  }
}

/** This process's own. */
export function ownHeap(): Heap {
  const collect = exposingCollection(() => runInNewContext('gc') as () => void)
  return { collect, bytes: () => 0 }
}

/**
 * Has memory stay with the process that texts leave. By default glibc gives it back to the kernel, which has to clear each page before it
 * hands it out again. An allocation of this size that is freed is a sign for it that more such will come; it is never touched.
 */
export function keepMemory(): void {
  new ArrayBuffer(largestAllocation).transfer(0)
}
