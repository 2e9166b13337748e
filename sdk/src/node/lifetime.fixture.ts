/** A process with two copies of the SDK and twenty clients of each, which waits for a signal. */
import type { ExitHooks } from '../platform.ts'

const copies = (await Promise.all(['', '?another'].map((query) => import(`./lifetime.ts${query}`)))) as {
  watchProcess(hooks: ExitHooks, options: object): () => void
}[]
let closed = 0
const hooks = {
  keeps: true,
  pending: 0,
  flush: async () => {},
  close: async () => {
    closed++
    if (closed === 40) console.log('all closed')
  },
  spoolRest: () => 0,
  sendLast() {},
} as unknown as ExitHooks
for (const { watchProcess } of copies) for (let n = 0; n < 20; n++) watchProcess(hooks, {})
setInterval(() => {}, 1000)
console.log('ready')
