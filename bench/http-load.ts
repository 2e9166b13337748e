/** Load over plain sockets with keep-alive, so that the client takes as little of the shared machine as it can. */
import { once } from 'node:events'
import { connect } from 'node:net'

export interface Target {
  readonly port: number
  readonly path: string
  readonly key: string
}

export function requestBytes({ port, path, key }: Target, body: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

export interface Connection {
  /** Resolves once the answer has come whole. One request at a time. @throws Error for an answer that is not 200 or 204. */
  send(request: Buffer): Promise<void>
  close(): void
}

export async function openConnection(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  await once(socket, 'connect')
  let answered: PromiseWithResolvers<void> | undefined
  let text = ''
  socket.on('error', (error) => answered?.reject(error))
  socket.on('close', () => answered?.reject(new Error('the server closed the connection')))
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    if (!isWhole(text)) return
    if (/^HTTP\/1\.1 20[04] /.test(text)) answered!.resolve()
    else answered!.reject(new Error(text))
    text = ''
  })
  return {
    send(request) {
      answered = Promise.withResolvers()
      if (socket.destroyed) answered.reject(new Error('the server closed the connection'))
      socket.write(request)
      return answered.promise
    },
    close: () => socket.destroy(),
  }
}

function isWhole(text: string): boolean {
  const bodyAt = text.indexOf('\r\n\r\n') + 4
  if (/^HTTP\/1\.1 204 /.test(text)) return bodyAt >= 4 // has no body, and tells no length
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]
  return bodyAt >= 4 && length !== undefined && text.length >= bodyAt + Number(length)
}
