/** Timers that never keep a process alive; and what does keep it, while somebody waits. */

/** One timer: each call sets it anew, `Infinity` to never. */
export function openAlarm(ring: () => void): (ms: number) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (ms) => {
    clearTimeout(timer)
    if (ms < Number.POSITIVE_INFINITY) timer = unheld(ring, ms)
  }
}

/** Resolves after so many ms, or when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = unheld(done, ms)
    signal?.addEventListener('abort', done)
    if (signal?.aborted) done()
  })
}

/** Keeps the process until it is undone: for who awaits something that only timers lead to. */
export function hold(): () => void {
  const timer = setInterval(() => {}, timeoutMsMax)
  return () => clearInterval(timer)
}

/** Timers take no more, and ring at once beyond it. */
const timeoutMsMax = 2 ** 31 - 1

/** Node's timers hold the process until they are told not to; those of browsers are numbers. */
function unheld(ring: () => void, ms: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(ring, Math.min(timeoutMsMax, ms))
  ;(timer as { unref?: () => void }).unref?.()
  return timer
}
