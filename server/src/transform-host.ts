/** Starts the thread that keeps the processes of users' code, and hands out ways to it. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { ThreadCalls, TransformThreadSettings } from './guest-rpc.ts'
import { openRpc } from './pipeline-rpc.ts'

export interface TransformHost {
  /** A way to the processes, for one thread. */
  connect(): MessagePort
  /** Kills the processes. Safe to repeat. */
  close(): Promise<void>
}

/** `onDeath` is told when the thread ends although nobody asked it to. */
export function openTransformHost(settings: TransformThreadSettings, onDeath: (reason: Error) => void): TransformHost {
  const worker = new Worker(new URL('./transform-thread.ts', import.meta.url), {
    name: 'transform',
    workerData: settings,
  })
  const calls = openRpc<ThreadCalls, object>(worker, {})
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.on('error', onDeath)
  worker.once('exit', () => calls.$close()) // nobody waits for the answer of a thread that is gone
  let isClosing = false
  return {
    connect() {
      const { port1, port2 } = new MessageChannel()
      calls.connect.asEvent(port1)
      return port2
    },
    async close() {
      if (isClosing) return ended
      isClosing = true
      if (!calls.$closed) await calls.close().catch(() => {})
      await worker.terminate()
      await ended
    },
  }
}
