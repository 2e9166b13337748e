/** A server of events over real HTTP that fails as told: for tests of what the SDK does about it, in this process or another. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export type Fault =
  | 'ok'
  | '500'
  | '429'
  | '429 without Retry-After'
  | '401'
  /** For more than 10 events. */
  | '413'
  /** 200, and HTML. */
  | 'garbage'
  /** The head of an answer, and half of its body. */
  | 'half an answer'
  | 'no answer'
  | 'dropped before storing'
  | 'dropped after storing'

export interface FaultySink extends AsyncDisposable {
  readonly url: string
  fault: Fault
  /** Of a 429, s. */
  retryAfter: number
  readonly requests: number
  /** Events that came and were stored, those that came again counted too. */
  readonly received: number
  /** Ids of what was stored; a batch that comes again under its key is stored once. */
  readonly stored: ReadonlySet<string>
  /** Events that would be there twice, as their batch had another key when it came again. */
  readonly doubled: number
}

export async function openFaultySink(): Promise<FaultySink> {
  const stored = new Set<string>()
  const batches = new Set<string>()
  let [requests, received, doubled] = [0, 0, 0]

  function store(batch: string, ids: readonly string[]): void {
    received += ids.length
    if (batches.has(batch)) return
    batches.add(batch)
    for (const id of ids) {
      if (stored.has(id)) doubled++
      stored.add(id)
    }
  }

  function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { fault, retryAfter } = sink
    requests++
    const ids = idsOf(await bodyOf(request))
    const batch = String(request.headers['idempotency-key'])
    const accept = () => {
      store(batch, ids)
      answer(response, 200, { accepted: ids.length, restreamed: 0 })
    }
    if (fault === 'ok') return accept()
    if (fault === '500') return answer(response, 500, {})
    if (fault === '429') return answer(response, 429, {}, { 'retry-after': String(retryAfter) })
    if (fault === '429 without Retry-After') return answer(response, 429, {})
    if (fault === '401') return answer(response, 401, {})
    if (fault === '413') return ids.length > 10 ? answer(response, 413, {}) : accept()
    if (fault === 'garbage')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>')
    if (fault === 'no answer') return
    if (fault === 'half an answer') {
      store(batch, ids)
      response.writeHead(200, { 'content-length': '100' })
      return void response.write('{"accepted":', () => request.socket.destroy())
    }
    if (fault === 'dropped after storing') store(batch, ids)
    request.socket.destroy()
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: 'ok' as Fault,
    retryAfter: 1,
    get requests() {
      return requests
    },
    get received() {
      return received
    },
    stored,
    get doubled() {
      return doubled
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return sink
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
}

function idsOf(body: string): string[] {
  return body.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as { id: string }).id))
}
