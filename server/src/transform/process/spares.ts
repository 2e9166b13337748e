/** Keeps one process of each sandbox started but not loaded, so that whoever opens a guest does not wait for a start. */
import type { Sandbox } from '../sandbox.ts'
import type { GuestProcess } from './process.ts'

type Process = Pick<GuestProcess, 'ready' | 'isAlive' | 'kill'>

export interface Spares<P> {
  /** A process that was never loaded; it may still be starting. Another one is kept from then on. */
  take(sandbox: Sandbox, memoryBytes: number): P
  close(): void
}

interface Spare<P> {
  readonly guest: P
  readonly memoryBytes: number
}

export function openSpares<P extends Process>(start: (sandbox: Sandbox, memoryBytes: number) => P): Spares<P> {
  const spares = new Map<Sandbox, Spare<P>>()
  let isClosed = false

  /** Only once the one that is waited for is up: two would start more slowly. One that cannot start needs no spare. */
  function keepAfter(taken: P, sandbox: Sandbox, memoryBytes: number): void {
    taken.ready.then(
      () => {
        if (!isClosed && !spares.has(sandbox)) spares.set(sandbox, { guest: start(sandbox, memoryBytes), memoryBytes })
      },
      () => {},
    )
  }

  function takeSpare(sandbox: Sandbox, memoryBytes: number): P | undefined {
    const spare = spares.get(sandbox)
    spares.delete(sandbox)
    if (spare?.guest.isAlive && spare.memoryBytes === memoryBytes) return spare.guest
    spare?.guest.kill('crash') // its limits are those of another program
    return undefined
  }

  return {
    take(sandbox, memoryBytes) {
      const taken = takeSpare(sandbox, memoryBytes) ?? start(sandbox, memoryBytes)
      keepAfter(taken, sandbox, memoryBytes)
      return taken
    },
    close() {
      isClosed = true
      for (const { guest } of spares.values()) guest.kill('crash')
      spares.clear()
    },
  }
}
