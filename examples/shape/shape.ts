/**
 * A mistake in code and the way back, on a running server: a field is broken, its events wait in the restream queue, a fix is
 * tried on them, deployed, and they are sent through again; no event is lost.
 *
 *   MILLRACE_TOKEN=mlr_api_… MILLRACE_KEY=… node examples/shape/shape.ts
 */
import { setTimeout as pause } from 'node:timers/promises'
import { bodyOf, type Client, ClientError, openClient } from '@millrace/client/client'
import { getRestreamClusters, restreamEnded, startRestream } from '@millrace/client/restream'
import { dryRunEnded, setTransform, startDryRun, testTransform } from '@millrace/client/transforms'

export interface Server {
  readonly url: string
  /** Of an editor. */
  readonly token: string
  /** Of a native input. */
  readonly key: string
}

const orders = Array.from({ length: 50 }, (_, id) => ({ id, price: 1.25, quantity: 1 + (id % 3) }))

const right = `
export function transform(event) {
  return { ...event, total: event.price * event.quantity }
}`

/** Somebody has taken the price to be a text. */
const broken = `
export function transform(event) {
  return { ...event, total: Number(event.price.replace(',', '.')) * event.quantity }
}`

const fixed = `
export function transform(event) {
  const price = Number(String(event.price).replace(',', '.'))
  return { ...event, total: price * event.quantity }
}`

/** Gives how many rows there are, of how many events sent, and whether the books balance. */
export async function breakAndMend(server: Server, say: (text: string) => void) {
  const client = openClient(server)
  const deploy = (code: string, message: string) =>
    setTransform(client, { name: 'main', language: 'javascript', code }, { message })

  await deploy(right, 'Totals')
  await send(server, orders)
  await settled(client)
  say(`${await rowsOf(client)} orders have their totals.`)

  const { version } = await deploy(broken, 'Prices with a comma')
  await send(server, orders)
  await settled(client)
  const cluster = (await getRestreamClusters(client)).find(({ code }) => code === 'transform_error')
  if (cluster === undefined) throw new Error('Nothing failed')
  say(`Version ${version} failed on ${cluster.count} of them: ${cluster.message}`)

  const modules = [{ name: 'main', language: 'javascript' as const, code: fixed }]
  const [first] = await testTransform(client, { cluster: { fingerprint: cluster.fingerprint, limit: 1 } }, { modules })
  say(`With the fix the first one becomes ${first?.outputs[0]?.data}`)
  const filter = { fingerprint: cluster.fingerprint }
  const dry = await dryRunEnded(client, await startDryRun(client, { modules, filter }))
  say(`Tried on all that wait: ${dry.passed} would pass, ${dry.failed} fail.`)
  if (dry.state !== 'DONE' || dry.failed > 0) throw new Error('That is no fix')

  await deploy(fixed, 'Prices with a comma or as numbers')
  const run = await restreamEnded(client, await startRestream(client, filter))
  await settled(client)
  const { isBalanced } = await bodyOf(client.GET('/api/v1/verify'))
  const rows = await rowsOf(client)
  say(`${run.sent} were sent through again: ${rows} rows, and the books ${isBalanced ? 'balance' : 'do not balance'}.`)
  return { sent: 2 * orders.length, failed: cluster.count, restreamed: run.sent, rows, isBalanced }
}

async function send({ url, key }: Server, events: readonly object[]): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/v1/events/order_line`, {
    method: 'POST',
    headers,
    body: JSON.stringify(events),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

/** Until every event received is a row or set aside, and what was sent again is seen. */
async function settled(client: Client): Promise<void> {
  for (;;) {
    const { partitions, restream } = await bodyOf(client.GET('/api/v1/status'))
    if (partitions.every(({ lagEvents }) => lagEvents === 0) && restream.sent === 0) return
    await pause(50)
  }
}

/** With a total that is right. */
async function rowsOf(client: Client): Promise<number> {
  const sql = 'SELECT count(*) FROM order_line WHERE total = price * quantity'
  const { rows } = await bodyOf(client.POST('/api/v1/query', { body: { sql } }))
  return Number(rows[0]?.[0])
}

if (import.meta.main) {
  const {
    MILLRACE_URL: url = 'http://127.0.0.1:4700',
    MILLRACE_TOKEN: token = '',
    MILLRACE_KEY: key = '',
  } = process.env
  try {
    await breakAndMend({ url, token, key }, console.log)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
