/** Requests by node:http with connections that are kept: a third of the CPU of fetch. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Transport, WireAnswer } from '../types.ts'

/** Beyond this an answer is cut: none of those we read is longer. */
const answerBytesMax = 1024 * 1024

export function openNodeTransport(): Transport {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }
  return ({ method, url, headers, body }, { timeoutMs, signal }) =>
    new Promise((resolve, reject) => {
      const isSecure = url.startsWith('https:')
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const request = (isSecure ? httpsRequest : httpRequest)(url, {
        method,
        headers: { ...headers, ...length },
        agent: isSecure ? agents.https : agents.http,
        ...(signal === undefined ? {} : { signal }),
      })
      const deadline = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
      deadline.unref()
      const fail = (error: Error & { code?: string }) => {
        clearTimeout(deadline)
        reject(error.message ? error : new Error(error.code ?? error.name, { cause: error })) // of several addresses, none
      }
      request.on('error', fail)
      request.on('response', (response) => {
        answerOf(response).then((answer) => {
          clearTimeout(deadline)
          resolve(answer)
        }, fail)
      })
      request.end(body)
    })
}

async function answerOf(response: IncomingMessage): Promise<WireAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= answerBytesMax) chunks.push(chunk)
  }
  const headers = { 'retry-after': response.headers['retry-after'] }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() }
}
