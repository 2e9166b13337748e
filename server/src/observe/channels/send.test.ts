import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openOutbound } from '../../outbound.ts'
import type { OutgoingMessage } from '../deliveries.ts'
import { openMailSink } from './mail-sink.fixture.ts'
import { openSend } from './send.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const message: OutgoingMessage = {
  id: '0198b4c0-0000-7000-8000-000000000001',
  workspace: 'default',
  notifications: [
    {
      id: 'n1',
      severity: 'error',
      type: 'pipeline_stopped',
      typeDescription: 'The pipeline stopped',
      message: 'The table <order> was altered & does not fit',
      eventType: 'order',
      input: null,
      cause: { kind: 'pipeline', id: 'default' },
      count: 2,
      firstAt: 1_700_000_000_000,
      lastAt: 1_700_000_060_000,
    },
  ],
}
const never = new AbortController().signal
const send = (smtpUrl?: string, allowed = ['127.0.0.1']) =>
  openSend({ outbound: openOutbound(allowed), smtpUrl, mailFrom: 'millrace@example.com' })

interface Asked {
  readonly headers: Record<string, unknown>
  readonly body: string
}

async function openTarget(status = 200): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(100_000))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/secret-path`, asked }
}

test('an e-mail arrives at everybody it is for', async () => {
  const { url, mails, close } = await openMailSink()
  closers.push(close)
  await send(url)({ kind: 'email', to: ['ada@example.com', 'bob@example.com'] }, message, never)
  expect(mails).toMatchObject([{ from: 'millrace@example.com', to: ['ada@example.com', 'bob@example.com'] }])
  expect(mails[0]!.text).toMatch(/^Subject: Millrace default: error: The pipeline stopped/m)
  expect(mails[0]!.text).toContain('The table <order> was altered & does not fit')
  expect(mails[0]!.text).toContain('2 times, from 2023-11-14T22:13:20.000Z')
})

test('a mail server that refuses is a reason without its password', async () => {
  const { url, close } = await openMailSink()
  closers.push(close)
  const wrong = url.replace('mail:pass', 'mail:wrong-password')
  const sending = send(wrong)({ kind: 'email', to: ['ada@example.com'] }, message, never)
  await expect(sending).rejects.toThrow(/^The mail server refused it: (?!.*wrong-password)/)
})

test('without a mail server an e-mail is refused with a hint', async () => {
  const sending = send()({ kind: 'email', to: ['ada@example.com'] }, message, never)
  await expect(sending).rejects.toMatchObject({ code: 'conflict', hint: expect.stringContaining('MILLRACE_SMTP_URL') })
})

test('a webhook is signed as Standard Webhooks has it', async () => {
  const { url, asked } = await openTarget()
  const key = Buffer.alloc(24, 7)
  await send()({ kind: 'webhook', url, secret: `whsec_${key.toString('base64')}` }, message, never)
  const [{ headers, body }] = asked as [Asked]
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  expect(headers['webhook-id']).toBe(message.id)
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(10)
  expect(JSON.parse(body)).toMatchObject({
    type: 'notifications',
    data: { workspace: 'default', notifications: [{ type: 'pipeline_stopped', firstAt: '2023-11-14T22:13:20.000Z' }] },
  })
})

test('Slack gets a text that mentions nobody', async () => {
  const { url, asked } = await openTarget()
  await send()({ kind: 'slack', url }, message, never)
  const { text } = JSON.parse(asked[0]!.body) as { text: string }
  expect(text).toContain('The table &lt;order&gt; was altered &amp; does not fit')
  expect(text).not.toMatch(/<|>/)
})

test('a private address is refused, whether it is written or looked up', async () => {
  const { url, asked } = await openTarget()
  for (const target of [url, url.replace('127.0.0.1', 'localhost')]) {
    const sending = send(undefined, [])({ kind: 'slack', url: target }, message, never)
    await expect(sending).rejects.toMatchObject({ code: 'forbidden' })
  }
  expect(asked).toEqual([])
})

test.each([302, 404, 500])('an answer of %i is a failure that tells no secret, and is not followed', async (status) => {
  const { url, asked } = await openTarget(status)
  const sending = send()({ kind: 'slack', url }, message, never)
  await expect(sending).rejects.toThrow(new RegExp(`^127.0.0.1:\\d+ answered ${status}$`))
  expect(asked).toHaveLength(1)
})

test('nobody there is a reason, and tells no secret', async () => {
  const sending = send()({ kind: 'slack', url: 'http://127.0.0.1:1/secret-path' }, message, never)
  await expect(sending).rejects.toThrow('127.0.0.1:1 could not be reached: ECONNREFUSED')
})

test('a server that closes does not wait for a mail server that says nothing', async () => {
  const sockets: Socket[] = []
  const silent = createTcpServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const stop = new AbortController()
  const url = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const sending = send(url)({ kind: 'email', to: ['ada@example.com'] }, message, stop.signal)
  stop.abort()
  await expect(sending).rejects.toThrow('The server closes')
})
