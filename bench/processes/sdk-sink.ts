/**
 * A server that takes the events of any SDK and remembers which it had: each carries its number as `"bench_n":17`, whatever is around
 * it. It can be told to fail. Asked with `mode NAME` it fails in that way from then on, asked with `counts` it tells what it got.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export type SinkMode = 'ok' | '500' | '429' | 'drop'

export interface SinkCounts {
  /** Different events. */
  readonly events: number
  /** Those that came again. */
  readonly repeats: number
  readonly requests: number
}

const eventsMax = 4_000_000
const seen = new Uint8Array(eventsMax)
let mode: SinkMode = 'ok'
let counts = { events: 0, repeats: 0, requests: 0 }
let dropped = 0

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => answer(request, response, Buffer.concat(chunks)))
})

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  counts.requests++
  if (mode === '500') response.writeHead(500).end()
  else if (mode === '429') response.writeHead(429, { 'retry-after': '2' }).end()
  else if (mode === 'drop') {
    if (dropped++ % 2 === 0) store(textOf(request, body)) // every other answer is lost after the work was done
    request.socket.destroy()
  } else {
    const accepted = store(textOf(request, body))
    // Each SDK finds the word in it that it wants to hear.
    const said = request.url!.startsWith('/track')
      ? '1'
      : JSON.stringify({ accepted, restreamed: 0, success: true, status: 1 })
    response.writeHead(200, { 'content-type': 'application/json' }).end(said)
  }
}

function textOf({ headers, url }: IncomingMessage, body: Buffer): string {
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
  const form = /^data=([^&]+)/.exec(text) ?? /[?&]data=([^&]+)/.exec(url!)
  return form === null ? text : Buffer.from(decodeURIComponent(form[1]!), 'base64').toString()
}

/** Returns how many there were. */
function store(text: string): number {
  let found = 0
  for (const [, digits] of text.matchAll(/bench_n\\*":(\d+)/g)) {
    const place = Number(digits)
    found++
    if (seen[place] === 0) counts.events++
    else counts.repeats++
    seen[place] = 1
  }
  return found
}

process.on('message', (question: string) => {
  const [what, wanted] = question.split(' ')
  if (what === 'mode') mode = wanted as SinkMode
  if (what === 'clear') {
    seen.fill(0)
    counts = { events: 0, repeats: 0, requests: 0 }
  }
  process.send!(counts)
})
process.once('disconnect', () => process.exit(0))
server.listen(0, '127.0.0.1', () =>
  process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
)
