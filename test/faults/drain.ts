/** F30: SIGTERM while requests are under way, of which the server has read the head and not yet the body. */
import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { ingestKey, type ServerProcess } from './server-process.ts'

export interface Drained {
  /** Status of each answer; undefined where none came. */
  readonly statuses: (number | undefined)[]
  readonly code: number | null
  readonly endedMs: number
}

/** Ends the server while so many requests of one event each are under way, numbered from `first`. */
export async function drain({ url, signal, exited }: ServerProcess, count: number, first: number): Promise<Drained> {
  const requests = Array.from({ length: count }, (_, i) => beginRequest(url, JSON.stringify({ n: first + i })))
  await Promise.all(requests.map(({ isUnderWay }) => isUnderWay))
  const startedAt = Date.now()
  signal('SIGTERM')
  await delay(100)
  for (const { finish } of requests) finish()
  const statuses = await Promise.all(requests.map(({ status }) => status))
  const { code } = await exited
  return { statuses, code, endedMs: Date.now() - startedAt }
}

function beginRequest(url: string, body: string) {
  const underWay = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<number | undefined>()
  const outgoing = request(`${url}/api/v1/events/drained`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ingestKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      expect: '100-continue', // answered by who has looked at the head
    },
  })
  outgoing.on('continue', () => underWay.resolve())
  outgoing.on('response', (response) => {
    response.resume()
    underWay.resolve()
    answered.resolve(response.statusCode)
  })
  outgoing.on('error', () => {
    underWay.resolve()
    answered.resolve(undefined)
  })
  outgoing.flushHeaders()
  return { isUnderWay: underWay.promise, status: answered.promise, finish: () => outgoing.end(body) }
}
