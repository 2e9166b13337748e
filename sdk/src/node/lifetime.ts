/** What a process does before it goes: at its natural end it flushes, at a signal it flushes for a while, and at every end it writes the rest. */
import { isMainThread } from 'node:worker_threads'
import type { ExitHooks } from '../platform.ts'
import type { ClientOptions } from '../types.ts'

const defaultSignals = ['SIGTERM', 'SIGINT', 'SIGHUP']
const shutdownMsDefault = 5000

export function watchProcess(
  hooks: ExitHooks,
  { handleSignals = true, shutdownTimeout = shutdownMsDefault }: ClientOptions,
): () => void {
  const beforeExit = () => {
    if (hooks.pending > 0) void hooks.flush(shutdownTimeout) // its requests keep the process until they are answered
  }
  const exit = () => hooks.spoolRest()
  const signals =
    isMainThread && handleSignals !== false ? (handleSignals === true ? defaultSignals : handleSignals) : []
  const onSignal = async (signal: NodeJS.Signals) => {
    await hooks.close(shutdownTimeout)
    stop()
    // Whoever else listens decides what the signal means; where nobody does, it means what it always does.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  const stop = () => {
    process.off('beforeExit', beforeExit).off('exit', exit)
    for (const signal of signals) process.off(signal, onSignal)
  }
  process.on('beforeExit', beforeExit).on('exit', exit)
  for (const signal of signals) process.on(signal, onSignal)
  return stop
}
