/** Timers that never keep a process alive. */

/** ms that no timer waits for. */
export const never = 1 / 0 // shorter than its name, in pages

/** One timer: each call sets it anew, `never` to none. */
export function openAlarm(ring: () => void): (ms: number) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (ms) => {
    clearTimeout(timer)
    if (ms < never) timer = unheld(ring, ms)
  }
}

/** Timers take no more, and ring at once beyond it. */
const timeoutMsMax = 2 ** 31 - 1

/** Node's timers hold the process until they are told not to; those of browsers are numbers. */
export function unheld(ring: () => void, ms: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(ring, Math.min(timeoutMsMax, ms))
  ;(timer as { unref?: () => void }).unref?.()
  return timer
}
