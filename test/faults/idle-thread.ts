/** A thread of this process that does nothing: how late its event loop comes all the same is the machine's doing. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** As coarse as that of the metrics, ms. */
const resolution = 10

const watching = `
const { monitorEventLoopDelay } = require('node:perf_hooks')
const { parentPort } = require('node:worker_threads')
const delay = monitorEventLoopDelay({ resolution: ${resolution} })
delay.enable()
parentPort.postMessage(0)
parentPort.once('message', () => parentPort.postMessage(delay.percentile(99)))
`

/** Begins to measure. What it resolves to ends that: by how many seconds 1 of 100 turns of the loop comes late. */
export async function watchIdleThread(): Promise<() => Promise<number>> {
  const thread = new Worker(watching, { eval: true })
  await once(thread, 'message')
  return async () => {
    thread.postMessage('end')
    const [nanoseconds] = (await once(thread, 'message')) as [number]
    await thread.terminate()
    return Math.max(0, nanoseconds / 1e9 - resolution / 1e3)
  }
}
