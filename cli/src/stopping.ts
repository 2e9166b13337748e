/** Ctrl-C for commands that go on until somebody has seen enough. */
import type { World } from './world.ts'

/** Runs what ends by the signal at Ctrl-C, and is then over without being a failure. Gives whether it was stopped. */
export async function untilStopped(world: World, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const stopping = new AbortController()
  const forget = world.onStop(() => stopping.abort())
  try {
    await work(stopping.signal)
  } catch (error) {
    if (!stopping.signal.aborted) throw error
  } finally {
    forget()
  }
  return stopping.signal.aborted
}
