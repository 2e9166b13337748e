/** An intake for tests: a real HTTP server that stores rows once per Idempotency-Key and fails as it is told to. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/**
 * What becomes of a request: `store` is answered; `lose` is stored and its connection cut before the answer; `cut` is cut
 * before anything is stored; a number is that status.
 */
export type Fate = 'store' | 'lose' | 'cut' | number

export interface FakeIntake {
  readonly url: string
  /** Every row stored, as it came. */
  readonly rows: string[]
  readonly requests: { readonly path: string; readonly key: string; readonly body: string }[]
  /** Decides the fate of the n-th request, from 0. */
  fate: (index: number, body: string) => Fate | Promise<Fate>
  /** Rows that the server sets aside: those that contain this. */
  setAside: string | undefined
  close(): Promise<void>
}

export const inputKey = 'an-input-key-for-tests'

export async function openFakeIntake(): Promise<FakeIntake> {
  const answers = new Map<string, { accepted: number; restreamed: number }>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const intake: FakeIntake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rows: [],
    requests: [],
    fate: () => 'store',
    setAside: undefined,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse) {
    if (request.headers.authorization !== `Bearer ${inputKey}`) return refuse(response, 401, 'unauthenticated')
    const key = String(request.headers['idempotency-key'])
    const body = await text(request)
    const index = intake.requests.push({ path: request.url ?? '', key, body }) - 1
    const fate = await intake.fate(index, body)
    if (typeof fate === 'number') return refuse(response, fate, 'overloaded')
    if (fate === 'cut') return request.socket.destroy()
    const counts = answers.get(key) ?? store(body)
    answers.set(key, counts)
    if (fate === 'lose') return request.socket.destroy()
    response.setHeader('content-type', 'application/json').end(JSON.stringify(counts))
  }

  function store(body: string) {
    const rows = body.split('\n').filter((line) => line !== '')
    const isAside = (row: string) => intake.setAside !== undefined && row.includes(intake.setAside)
    intake.rows.push(...rows.filter((row) => !isAside(row)))
    const faults = rows.flatMap((row, index) =>
      isAside(row) ? [{ index, code: 'too_deep', message: 'too deep' }] : [],
    )
    return { accepted: rows.length - faults.length, restreamed: faults.length, faults }
  }

  return intake
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '0' })
  response.end(JSON.stringify({ status, code, title: 'No', detail: `It is ${status}`, hint: 'Do something.' }))
}
