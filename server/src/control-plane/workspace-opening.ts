/**
 * Workspaces that are made and could not be opened: tried again, ever more rarely, until they are open, archived or the server stops.
 * Nobody has to start it anew for them.
 */
import { setTimeout as delay } from 'node:timers/promises'

interface OpeningParts {
  /** @throws where it cannot be opened now. */
  open(id: string): Promise<void>
  /** Whether it is still to be opened. @throws where nobody can say any more: the store is closed. */
  isWanted(id: string): Promise<boolean>
  /** It is open. */
  opened(id: string): Promise<void>
  readonly backOffMs?: number
}

const backOffMaxMs = 60_000

export function openWorkspaceOpening({ open, isWanted, opened, backOffMs = 1_000 }: OpeningParts) {
  const trying = new Map<string, Promise<void>>()

  async function keepTrying(id: string): Promise<void> {
    for (let waitMs = backOffMs; ; waitMs = Math.min(waitMs * 2, backOffMaxMs)) {
      await delay(waitMs, undefined, { ref: false })
      if (!(await isWanted(id))) return
      try {
        await open(id)
      } catch {
        continue // whoever made it was told why
      }
      if (await isWanted(id)) await opened(id)
      return
    }
  }

  const openLater = (id: string): void => {
    if (trying.has(id)) return
    const tries = keepTrying(id)
      .catch(() => {}) // the store is closed: the next start opens it
      .finally(() => trying.delete(id))
    trying.set(id, tries)
  }

  return {
    /** Opens it, if not now, then later. @throws why not now. */
    async open(id: string): Promise<void> {
      try {
        await open(id)
      } catch (error) {
        openLater(id)
        throw error
      }
    },
    /** It could not be opened just now. */
    openLater,
  }
}
