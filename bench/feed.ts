/** Sends bodies of events to a server, as fast as it takes them or at a steady rate. */
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { makeEvent } from './events.ts'

export interface Access {
  readonly url: string
  readonly token: string
  readonly ingestKey: string
}

/** `count` bodies of JSON lines with `eventsEach` events, the first event being number `from`. */
export function* makeBodies(count: number, eventsEach: number, from = 0): Generator<Buffer> {
  for (let body = 0; body < count; body++) {
    const first = from + body * eventsEach
    const lines = Array.from({ length: eventsEach }, (_, i) => JSON.stringify(makeEvent(first + i)))
    yield Buffer.from(lines.join('\n'))
  }
}

/** Posts every body, some at once, again where the server asks to wait. `answered` is told after each. @throws Error for any other answer. */
export async function feed(
  { url, ingestKey }: Access,
  bodies: Iterable<Buffer>,
  concurrency: number,
  answered?: () => void,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const next = bodies[Symbol.iterator]()
  const send = async () => {
    for (let body = next.next(); !body.done; body = next.next()) {
      while ((await post(`${url}/api/v1/events/event`, ingestKey, body.value, agent)) === 'later') await delay(500)
      answered?.()
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, send))
  } finally {
    agent.destroy()
  }
}

/** Waits until so many events are rows. */
export async function loaded({ url, token }: Access, events: number): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } })
    const { partitions } = (await response.json()) as { partitions: { books: { loaded: number } }[] }
    if (partitions[0]!.books.loaded >= events) return
    await delay(50)
  }
}

function post(url: string, key: string, body: Buffer, agent: Agent): Promise<'stored' | 'later'> {
  const { promise, resolve, reject } = Promise.withResolvers<'stored' | 'later'>()
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/x-ndjson',
    'content-length': body.length,
  }
  const outgoing = request(url, { method: 'POST', headers, agent }, (incoming) => {
    incoming.resume().on('end', () => {
      if (incoming.statusCode === 200) resolve('stored')
      else if (incoming.statusCode === 503) resolve('later')
      else reject(new Error(`answered ${incoming.statusCode}`))
    })
  })
  outgoing.on('error', reject).end(body)
  return promise
}
