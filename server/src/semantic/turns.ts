/** Long work in steps, which a thread that others wait for does a little at a time. */
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Between two turns of others. */
const turnMs = 5

export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

export async function inTurns<T>(steps: Generator<void, T>): Promise<T> {
  let beganAt = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - beganAt < turnMs) continue
    await nextTurn()
    beganAt = performance.now()
  }
}
