/** A proxy that cuts each connection after so many bytes of the server: a client that goes on gets everything in the end. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number
  /** Connections that were cut so far. */
  readonly cut: number
}

/** `bytesMax` of each connection; with 0 nothing comes back, and the connection is reset. */
export async function openCuttingProxy(serverPort: number, bytesMax: number): Promise<CuttingProxy> {
  const open = new Set<Socket>()
  let cut = 0
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1')
    let left = bytesMax
    for (const socket of [client, server]) {
      open.add(socket)
      socket.on('error', () => {}) // the other end is told by the closing
      socket.on('close', () => {
        open.delete(socket)
        if (left >= 0) client.destroy()
        server.destroy()
      })
    }
    client.pipe(server)
    server.on('data', (piece: Buffer) => {
      if (left < 0) return
      left -= piece.length
      if (left < 0) {
        cut++
        server.destroy()
        // A reset would take with it what has not arrived yet: on a busy machine all of it, and a client would get nowhere.
        if (bytesMax === 0) client.resetAndDestroy()
        else client.end(piece.subarray(0, left))
      } else if (!client.write(piece)) {
        server.pause()
        client.once('drain', () => server.resume())
      }
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    port: (proxy.address() as AddressInfo).port,
    get cut() {
      return cut
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
