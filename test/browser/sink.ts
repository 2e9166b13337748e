/**
 * A server for pages under test: it serves a page with the SDK, takes events as Millrace does, from pages of other origins too, and
 * remembers every one of them. It can be told to answer otherwise.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { build } from 'esbuild'

interface Taken {
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface Sink {
  readonly port: number
  /** Everything that came, repeats too. */
  readonly events: readonly Taken[]
  /** Requests with events, as they came. */
  readonly requests: readonly { readonly isPacked: boolean; readonly bytes: number; readonly count: number }[]
  /** How many were answered with something else than a yes. */
  readonly refused: number
  /** Answered in the place of a yes; nothing is taken. */
  status: number
  /** Until it resolves, a request is not answered, though its events are taken. */
  gate: Promise<void> | undefined
  /** How many different events came with `data.n`, and of which numbers. */
  numbers(): number[]
  close(): Promise<void>
}

export async function openSink(): Promise<Sink> {
  const script = await bundle(join(import.meta.dirname, 'pages', 'page.ts'))
  const events: Taken[] = []
  const requests: { isPacked: boolean; bytes: number; count: number }[] = []
  let refused = 0
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><title>Test</title><script type="module">${script}</script>`)
      return
    }
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*')
    response.setHeader('access-control-expose-headers', 'retry-after')
    if (request.method === 'OPTIONS') {
      response.setHeader(
        'access-control-allow-headers',
        'authorization, content-type, content-encoding, idempotency-key',
      )
      response.writeHead(204).end()
      return
    }
    const { body, isPacked } = await bodyOf(request)
    if (sink.status !== 200) {
      refused++
      response.writeHead(sink.status).end()
      return
    }
    const taken = body
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Taken)
    events.push(...taken)
    requests.push({ isPacked, bytes: body.length, count: taken.length })
    await sink.gate
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ accepted: taken.length }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sink: Sink = {
    port: (server.address() as AddressInfo).port,
    events,
    requests,
    get refused() {
      return refused
    },
    status: 200,
    gate: undefined,
    numbers: () => [...new Map(events.map(({ id, data }) => [id, Number(data['n'])])).values()].sort((a, b) => a - b),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return sink
}

/** As somebody's build would: one file, minified, for browsers. */
export async function bundle(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  })
  return outputFiles[0]!.text
}

async function bodyOf(request: IncomingMessage): Promise<{ body: Buffer; isPacked: boolean }> {
  const bytes = Buffer.concat((await request.toArray()) as Buffer[])
  const isPacked = request.headers['content-encoding'] === 'gzip'
  return { body: isPacked ? gunzipSync(bytes) : bytes, isPacked }
}
