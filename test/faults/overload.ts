/** A generator that sends at its own pace, whatever the server can do: open loop, with a bound on what is under way. */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { ingestKey } from './server-process.ts'

/** How often each answer came: `200`, `503 overloaded`; `no answer` where a connection failed. */
export type Answers = Map<string, number>

export interface Load {
  readonly url: string
  readonly body: Buffer
  /** Requests a second; where it is more than the server can do, they pile up to `underWayMax`. */
  readonly perSecond: number
  readonly underWayMax: number
  readonly durationMs: number
}

/** Sends, and waits for the last answer. A request that would be one too many is not sent, and not counted. */
export async function sendLoad({ url, body, perSecond, underWayMax, durationMs }: Load): Promise<Answers> {
  const agent = new Agent({ keepAlive: true, maxSockets: underWayMax })
  const answers: Answers = new Map()
  const underWay = new Set<Promise<void>>()
  const startedAt = performance.now()
  for (let due = 0; performance.now() - startedAt < durationMs; await delay(5)) {
    const arrived = ((performance.now() - startedAt) / 1000) * perSecond
    for (; due < arrived; due++) {
      if (underWay.size >= underWayMax) continue
      const sent = post(url, agent, body).then((answer) => {
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
        underWay.delete(sent)
      })
      underWay.add(sent)
    }
  }
  await Promise.all(underWay)
  agent.destroy()
  return answers
}

/** The body is sent when the server asks for it, so that a refusal costs neither side anything. */
function post(url: string, agent: Agent, body: Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const outgoing = request(`${url}/api/v1/events/overload`, {
    method: 'POST',
    agent,
    headers: {
      authorization: `Bearer ${ingestKey}`,
      'content-type': 'application/x-ndjson',
      'content-length': body.length,
      expect: '100-continue',
    },
    timeout: 60_000,
  })
  outgoing.on('continue', () => outgoing.end(body))
  outgoing.on('timeout', () => outgoing.destroy())
  outgoing.on('error', () => resolve('no answer'))
  outgoing.on('response', async (response) => {
    const text = (await response.toArray()).join('')
    outgoing.destroy() // one whose body was not asked for cannot be used again
    resolve(response.statusCode === 200 ? '200' : `${response.statusCode} ${JSON.parse(text).code}`)
  })
  outgoing.flushHeaders()
  return promise
}
