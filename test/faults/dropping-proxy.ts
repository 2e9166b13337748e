/** A proxy that cuts connections when the server answers, so that a client cannot know what became of its request. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { mulberry } from './events.ts'

export interface DroppingProxy {
  readonly url: string
  /** Answers cut off so far. */
  readonly dropped: number
  close(): Promise<void>
}

/** `share`: of the answers that are dropped, from 0 to 1. */
export async function openDroppingProxy(url: string, share: number, seed: number): Promise<DroppingProxy> {
  const { hostname, port } = new URL(url)
  const random = mulberry(seed)
  const open = new Set<Socket>()
  let dropped = 0
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname)
    for (const socket of [client, server]) {
      open.add(socket)
      socket.on('error', () => {}) // the other end is told by the closing
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.pipe(server)
    server.on('data', (answer) => {
      if (random() >= share) return client.write(answer)
      dropped++
      return client.resetAndDestroy()
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get dropped() {
      return dropped
    },
    async close() {
      for (const socket of open) socket.destroy()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
