import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { bodyOf, ClientError, openClient } from './client.ts'

let server: Server | undefined

afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  if (server?.listening) await once(server, 'close')
})

async function answerWith(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function failureOf(url: string): Promise<ClientError> {
  const failure = await openClient({ url, token: undefined })
    .GET('/api/v1/status')
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  expect(failure).toBeInstanceOf(ClientError)
  return failure as ClientError
}

it('sends the token and the workspace, and gives the body', async () => {
  const url = await answerWith(({ url, headers }, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ url, token: headers.authorization }))
  })
  const client = openClient({ url: `${url}/`, token: 'secret', workspace: 'a b' })
  const query = { limit: 5 }
  expect(await bodyOf(client.GET('/api/v1/inputs', { params: { query } }))).toEqual({
    url: '/api/v1/inputs?limit=5&workspace=a+b',
    token: 'Bearer secret',
  })
})

describe('a failure', () => {
  it('is what the problem says', async () => {
    const problem = {
      status: 403,
      code: 'forbidden',
      title: 'Forbidden',
      detail: 'Not with this role',
      hint: 'Ask an owner.',
    }
    const url = await answerWith((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem))
    })
    expect(await failureOf(url)).toMatchObject({
      status: 403,
      code: 'forbidden',
      detail: 'Not with this role',
      hint: 'Ask an owner.',
    })
  })

  it.each([
    ['7', 7],
    [new Date(Date.now() + 60_000).toUTCString(), 60],
    [new Date(Date.now() - 60_000).toUTCString(), 0],
    ['soon', undefined],
  ])('that says Retry-After: %s asks for that wait', async (header, seconds) => {
    const url = await answerWith((_request, response) => response.writeHead(503, { 'retry-after': header }).end())
    const { retryAfterSeconds } = await failureOf(url)
    if (seconds === undefined) expect(retryAfterSeconds).toBeUndefined()
    else expect(Math.abs(retryAfterSeconds! - seconds)).toBeLessThanOrEqual(1)
  })

  it.each(['<html>Bad gateway</html>', '', '"text"', '{"code":7}'])(
    'of something that is no Millrace (%j) has a code too',
    async (body) => {
      const url = await answerWith((_request, response) => response.writeHead(502).end(body))
      expect(await failureOf(url)).toMatchObject({
        status: 502,
        code: 'unexpected_answer',
        detail: 'The server answered 502',
      })
    },
  )

  it('without an answer names the server and the reason', async () => {
    const url = await answerWith((request) => request.socket.destroy())
    expect(await failureOf(url)).toMatchObject({ status: 0, code: 'unreachable' })
    server?.close()
    const { detail } = await failureOf(url)
    expect(detail).toContain(url)
    expect(detail).toContain('ECONNREFUSED')
  })
})
