/** One timer that can be set to an earlier time, and that never keeps a process alive; and what does keep it, while somebody waits. */

export interface Alarm {
  /** Rings in so many ms, unless it rings before anyway. */
  within(ms: number): void
  stop(): void
}

export function openAlarm(ring: () => void): Alarm {
  let timer: ReturnType<typeof setTimeout> | undefined
  let at = Number.POSITIVE_INFINITY
  return {
    within(ms) {
      if (ms === Number.POSITIVE_INFINITY) return
      const wanted = performance.now() + ms
      if (timer !== undefined && at <= wanted + 1) return
      clearTimeout(timer)
      at = wanted
      timer = setTimeout(
        () => {
          timer = undefined
          at = Number.POSITIVE_INFINITY
          ring()
        },
        Math.min(timeoutMsMax, Math.max(0, ms)),
      )
      letGo(timer)
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
      at = Number.POSITIVE_INFINITY
    },
  }
}

/** Resolves after so many ms, or when the signal aborts; keeps no process alive. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, Math.min(timeoutMsMax, ms))
    letGo(timer)
    if (signal?.aborted) done()
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
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
function letGo(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer.unref as () => void)()
}
