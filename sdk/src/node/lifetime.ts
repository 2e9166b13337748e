/** What a process does before it goes: at its natural end it flushes, at a signal it flushes for a while, and at every end it writes the rest. */
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import type { ExitHooks } from '../platform.ts'
import type { ClientOptions } from '../types.ts'

const defaultSignals = ['SIGTERM', 'SIGINT', 'SIGHUP']
const shutdownMsDefault = 5000

export function watchProcess(
  hooks: ExitHooks,
  { handleSignals = true, shutdownTimeout = shutdownMsDefault }: ClientOptions,
): () => void {
  let isInVain = false
  const beforeExit = async () => {
    if (hooks.pending === 0 || isInVain) return
    const { pending } = await hooks.flush(shutdownTimeout)
    isInVain = pending > 0 // Node asks again and again, as long as somebody has something to do
  }
  const exit = () => {
    const lost = hooks.spoolRest()
    if (lost > 0)
      warn(`millrace: ${lost} events were lost, as the process ended before they were sent and nothing keeps them`)
  }
  const signals = isMainThread ? (handleSignals === true ? defaultSignals : handleSignals || []) : []
  const onSignal = async (signal: NodeJS.Signals) => {
    if (!isOurs(signal)) return void hooks.flush(shutdownTimeout) // whoever else listens decides what the signal means
    await hooks.close(shutdownTimeout)
    stop()
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  const stop = () => {
    process.off('beforeExit', beforeExit).off('exit', exit)
    for (const signal of signals) process.off(signal, onSignal)
  }
  ours.add(onSignal)
  process.on('beforeExit', beforeExit).on('exit', exit)
  for (const signal of signals) process.on(signal, onSignal)
  return stop
}

/** The listeners of all clients of the process. */
const ours = new WeakSet<(...about: never[]) => unknown>()

function isOurs(signal: NodeJS.Signals): boolean {
  return process.listeners(signal).every((listener) => ours.has(listener))
}

/** A console may be asynchronous, and this is the last moment. */
function warn(line: string): void {
  try {
    writeSync(2, `${line}\n`)
  } catch {
    // nobody can be told
  }
}

/** Keeps the process until it is undone: for who awaits something that only timers lead to, which keep nothing. */
export function holdProcess(): () => void {
  const timer = setInterval(() => {}, 2 ** 31 - 1)
  return () => clearInterval(timer)
}
