/** A look at what is due, again and again: each time some time has passed, and at once where somebody says that there is something. */

export interface RepeatedLook {
  /** Looks now; where a look is under way already, once more behind it. */
  wake(): void
  /** Looks no more; resolves when a look under way has ended. */
  close(): Promise<void>
}

interface LookSettings {
  readonly everyMs: number
  /** Told of a look that failed; the next one comes all the same. */
  readonly onFailure: (reason: Error) => void
}

/** Begins with a look at once. There are never two at a time. */
export function lookRepeatedly(look: () => Promise<void>, { everyMs, onFailure }: LookSettings): RepeatedLook {
  let looking: Promise<void> | undefined
  let isWoken = false
  let isClosed = false

  function wake(): void {
    if (isClosed) return
    if (looking !== undefined) {
      isWoken = true
      return
    }
    looking = look()
      .catch((reason: unknown) => onFailure(reason as Error))
      .finally(() => {
        looking = undefined
        if (!isWoken) return
        isWoken = false
        wake()
      })
  }

  wake()
  const timer = setInterval(wake, everyMs)
  return {
    wake,
    async close() {
      isClosed = true
      clearInterval(timer)
      await looking
    },
  }
}
