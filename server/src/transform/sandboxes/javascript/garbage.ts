/**
 * Collects this process's garbage by what it was handed. Text from an isolate lies outside of the heap, which stays small, so that V8
 * sees no reason to collect it, and would do it in steps for which a process that waits in one place leaves no room.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** A collection takes some milliseconds; this is once for a hundred thousand ordinary events. */
const unitsMax = 48 * 1024 * 1024

/** Returns what is told the length of each text that came out of an isolate, in UTF-16 units. */
export function openGarbageCount(): (units: number) => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc') // users' code finds none
  let handed = 0
  return (units) => {
    handed += units
    if (handed < unitsMax) return
    collect()
    handed = 0
  }
}
