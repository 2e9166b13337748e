/**
 * Starts the thread that keeps the processes of users' code once somebody asks it something, since it takes some 60 MB, and hands out
 * ways to it. A thread that dies is started again, ever later; after the fifth death in a row it stays down, since whatever kills it
 * would go on doing so.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { ThreadCalls, TransformThreadSettings } from './guest-rpc.ts'
import { openRpc } from './pipeline-rpc.ts'

export interface TransformHost {
  /** A way to the processes, for one thread. `onReplaced` is given another each time the thread was started again. */
  connect(onReplaced: (port: MessagePort) => void): MessagePort
  /** Whether anybody has asked for it. */
  isStarted(): boolean
  /** Why no code can run, where the thread is down. */
  fault(): string | undefined
  /** Kills the processes. Safe to repeat. */
  close(): Promise<void>
}

export interface Death {
  readonly reason: Error
  /** How many there were in a row, this one included. */
  readonly deaths: number
  /** Undefined where it stays down. */
  readonly againInMs: number | undefined
}

interface HostSettings {
  /** Told when the thread ends although nobody asked it to. */
  readonly onDeath: (death: Death) => void
  /** Of another thread, for tests. */
  readonly script?: URL
  readonly firstPauseMs?: number
}

/** Deaths in a row before it stays down. */
const deathsMax = 5
/** Pauses double from the first on. */
const firstPauseMs = 1_000
/** A thread that lived so long has not died in a row. */
const steadyMs = 60_000

export function openTransformHost(
  settings: TransformThreadSettings,
  {
    onDeath,
    script = new URL('./transform-thread.ts', import.meta.url),
    firstPauseMs: firstMs = firstPauseMs,
  }: HostSettings,
): TransformHost {
  const replaced: ((port: MessagePort) => void)[] = []
  let thread: ReturnType<typeof start> | undefined
  let deaths = 0
  let fault: string | undefined
  let again: NodeJS.Timeout | undefined
  let isClosing = false

  function start() {
    const worker = new Worker(script, { name: 'transform', workerData: settings })
    const calls = openRpc<ThreadCalls, object>(worker, {})
    const startedAt = performance.now()
    let cause: Error | undefined
    worker.on('error', (error: Error) => {
      cause = error
    })
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', (code) => {
        calls.$close() // nobody waits for the answer of a thread that is gone
        resolve()
        if (!isClosing) died(cause ?? new Error(`it ended with ${code}`), performance.now() - startedAt)
      })
    })
    return { worker, calls, ended }
  }

  function died(reason: Error, livedMs: number): void {
    deaths = livedMs >= steadyMs ? 1 : deaths + 1
    const againInMs = deaths < deathsMax ? firstMs * 2 ** (deaths - 1) : undefined
    const outlook = againInMs === undefined ? 'and stays down' : 'and is started again'
    fault = `the thread that runs code died, ${outlook}: ${reason.message}`
    if (againInMs !== undefined) again = setTimeout(restart, againInMs).unref()
    onDeath({ reason, deaths, againInMs })
  }

  function restart(): void {
    thread = start()
    fault = undefined
    for (const tell of replaced) tell(way())
  }

  function way(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    if (thread?.calls.$closed) port1.close()
    else port1.once('message', (first) => handOver(port1, first)).unref()
    return port2
  }

  /** What was asked beside the first goes with the port. */
  function handOver(port: MessagePort, first: unknown): void {
    if (!isClosing) thread ??= start()
    if (thread === undefined || thread.calls.$closed) port.close()
    else thread.calls.connect.asEvent(port, first)
  }

  return {
    connect(onReplaced) {
      replaced.push(onReplaced)
      return way()
    },
    isStarted: () => thread !== undefined,
    fault: () => fault,
    async close() {
      clearTimeout(again)
      const isRepeat = isClosing
      isClosing = true
      if (thread === undefined) return
      const { worker, calls, ended } = thread
      if (isRepeat) return ended
      if (!calls.$closed) await calls.close().catch(() => {})
      await worker.terminate()
      await ended
    },
  }
}
