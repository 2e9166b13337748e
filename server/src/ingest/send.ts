/** Puts replies on the wire, so that they are read also by a client that is still sending its body. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { declaredLength } from './body.ts'
import type { HttpReply } from './protocol.ts'

export function sendReply(response: ServerResponse, { status, headers, body }: HttpReply): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, status === noContent ? headers : { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/**
 * Sends a refusal that may come in the middle of the body. Closing a socket that still holds unread bytes would reset the
 * connection and with it the answer; so the answer goes out at once, and what the client goes on sending is thrown away for a while.
 */
export function sendRefusal(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void {
  if (response.headersSent || response.destroyed) return
  const length = declaredLength(request)
  if (request.complete || (length !== undefined && length <= unreadBytesKept)) sendReply(response, reply)
  else sendAhead(request, response, reply)
  request.resume()
}

function sendAhead(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void {
  response.writeHead(reply.status, {
    ...reply.headers,
    'content-length': Buffer.byteLength(reply.body),
    connection: 'close',
  })
  response.write(reply.body)
  let unread = 0
  const deadline = setTimeout(() => request.destroy(), unreadMsMax)
  request.on('data', (chunk: Buffer) => {
    unread += chunk.length
    if (unread > unreadBytesMax) request.destroy()
  })
  request.once('close', () => clearTimeout(deadline))
  request.once('end', () => response.end())
}

/** By RFC 9110 §8.6 an answer of this status tells no length. */
const noContent = 204
/** A body up to this size is read to its end, so that the connection can be used again. */
const unreadBytesKept = 1024 * 1024
const unreadBytesMax = 64 * 1024 * 1024
const unreadMsMax = 10_000
