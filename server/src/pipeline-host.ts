/** Starts the pipeline's thread and speaks with it. */
import { type MessagePort, Worker } from 'node:worker_threads'
import type { LoggerSettings } from './observe/logger.ts'
import { type MainCalls, openRpc, type PipelineCalls } from './pipeline-rpc.ts'

export interface PipelineHost {
  readonly calls: PipelineCalls
  close(): Promise<void>
}

interface HostSettings {
  readonly logger: LoggerSettings
  /** The way to the processes of users' code. */
  readonly guests: MessagePort
  /** Told when the thread ends although nobody asked it to: nothing is lost, but nothing is loaded any more. */
  readonly onDeath: (reason: Error) => void
}

export function openPipelineHost(local: MainCalls, { logger, guests, onDeath }: HostSettings): PipelineHost {
  const worker = new Worker(new URL('./pipeline-thread.ts', import.meta.url), {
    name: 'pipeline',
    workerData: { logger, guests },
    transferList: [guests],
  })
  const calls = openRpc<PipelineCalls, MainCalls>(worker, local)
  let isClosing = false
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.on('error', (error: Error) => {
    calls.$close(error)
    onDeath(error)
  })
  return {
    calls,
    async close() {
      if (isClosing) return ended
      isClosing = true
      if (!calls.$closed) await calls.close()
      await worker.terminate()
      await ended
    },
  }
}
