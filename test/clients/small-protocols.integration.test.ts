/** CloudEvents, signed webhooks and the pixel through a whole server: what is sent is in the right table, once. */
import { createHmac } from 'node:crypto'
import { CloudEvent, HTTP } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './running-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await openTestServer()
})
afterAll(() => server.close())

async function makeKey(label: string, type: string, settings: object = {}): Promise<string> {
  const { key } = (await server.ask('inputs', { label, type, settings })) as { key: string }
  return key
}

it('CloudEvents in each mode are rows of their types', async () => {
  const key = await makeKey('events', 'cloudevents')
  const event = (id: string) =>
    new CloudEvent({ id, type: 'shop.sale', source: '/shop', subject: 'ü', data: { total: 1.5 } })
  const send = async (headers: object, body: string, path = `/cloudevents/${key}`) =>
    (await fetch(server.url + path, { method: 'POST', headers: { ...headers }, body })).status
  for (const message of [HTTP.binary(event('1')), HTTP.structured(event('2'))])
    expect(await send(message.headers, String(message.body))).toBe(200)
  const batch = JSON.stringify([event('3'), 7, event('4')])
  const headers = { 'content-type': 'application/cloudevents-batch+json', authorization: `Bearer ${key}` }
  expect(await send(headers, batch, '/cloudevents')).toBe(200)
  const rows = await server.rowsOf('SELECT _id, ce_subject, total FROM shop_sale ORDER BY _id', 4)
  expect(rows).toEqual([1, 2, 3, 4].map((id) => ({ _id: `/shop ${id}`, ce_subject: 'ü', total: 1.5 })))
  const asked = await fetch(`${server.url}/cloudevents/${key}`, {
    method: 'OPTIONS',
    headers: { 'webhook-request-origin': 'sender.example' },
  })
  expect([asked.status, asked.headers.get('webhook-allowed-origin')]).toEqual([200, 'sender.example'])
})

it('a signed webhook is stored once however often it is delivered, and an unsigned one never', async () => {
  const signingSecret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`
  const key = await makeKey('signed', 'webhook', { signature: 'standard-webhooks', signingSecret })
  const body = JSON.stringify({ type: 'invoice.paid', amount: 5 })
  const sentAt = new Date()
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'webhook-signature': new Webhook(signingSecret).sign('msg_1', sentAt, body),
  }
  const deliver = async (sent: string, given: Record<string, string> = headers) =>
    (await fetch(`${server.url}/webhook/${key}`, { method: 'POST', headers: given, body: sent })).status
  expect([await deliver(body), await deliver(body)]).toEqual([200, 200])
  expect([await deliver(`${body} `), await deliver(body, {})]).toEqual([401, 401])
  await server.settled()
  expect(await server.rowsOf('SELECT _id, amount FROM invoice_paid', 1)).toMatchObject([{ _id: 'msg_1' }])
})

it('GitHub’s events are under their names', async () => {
  const key = await makeKey('github', 'webhook', { signature: 'github', signingSecret: 's' })
  const body = '{"zen":"Keep it simple","hook_id":1}'
  const headers = {
    'x-github-event': 'ping',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': `sha256=${createHmac('sha256', 's').update(body).digest('hex')}`,
  }
  expect((await fetch(`${server.url}/webhook/${key}`, { method: 'POST', headers, body })).status).toBe(200)
  expect(await server.rowsOf('SELECT _id, zen FROM ping', 1)).toEqual([{ _id: 'd-1', zen: 'Keep it simple' }])
})

it('a pixel that was shown is a row, and one with a wrong key is still an image', async () => {
  const key = await makeKey('mail', 'pixel')
  const url = `${server.url}/pixel.gif?t=opened&campaign=31&k=`
  const shown = await fetch(url + key, { headers: { referer: 'http://mail.example/', 'user-agent': 'Mail/1' } })
  expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/gif'])
  const image = await shown.arrayBuffer()
  const refused = await fetch(`${url}nope`)
  expect([refused.status, await refused.arrayBuffer()]).toEqual([401, image])
  expect((await fetch(url + key, { method: 'HEAD' })).status).toBe(200)
  await server.settled()
  expect(await server.rowsOf('SELECT campaign, user_agent FROM opened', 1)).toEqual([
    { campaign: '31', user_agent: 'Mail/1' },
  ])
})
