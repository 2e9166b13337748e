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
  const onSignal = (signal: NodeJS.Signals) => async () => {
    if (!isOurs(signal)) return void hooks.flush(shutdownTimeout) // whoever else listens decides what the signal means
    await hooks.close(shutdownTimeout)
    stop()
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  const unlisten = [
    listen('beforeExit', beforeExit),
    listen('exit', exit),
    ...signals.map((signal) => listen(signal, onSignal(signal as NodeJS.Signals))),
  ]
  const stop = () => {
    for (const end of unlisten) end()
  }
  return stop
}

type Listener = () => unknown

/** Of all clients of the process, by event: Node is given one listener of each event, and warns of more than ten. */
const shared = new Map<string, { own: Set<Listener>; dispatch: Listener }>()
/** Tells it from others', also where it is another copy of this file that the process loaded too. */
const mark = Symbol.for('@millrace/sdk listener')

/** Returns how to stop listening. */
function listen(event: string, listener: Listener): () => void {
  const { own, dispatch } = shared.get(event) ?? share(event)
  own.add(listener)
  return () => {
    own.delete(listener)
    if (own.size > 0 || shared.get(event)?.own !== own) return
    process.off(event, dispatch)
    shared.delete(event)
  }
}

function share(event: string): { own: Set<Listener>; dispatch: Listener } {
  const own = new Set<Listener>()
  const dispatch = () => {
    for (const listener of [...own]) listener()
  }
  const sharing = { own, dispatch: Object.assign(dispatch, { [mark]: true }) }
  shared.set(event, sharing)
  process.on(event, dispatch)
  return sharing
}

function isOurs(signal: NodeJS.Signals): boolean {
  return process.listeners(signal).every((listener) => mark in listener)
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
