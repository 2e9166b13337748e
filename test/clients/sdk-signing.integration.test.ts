/** Signed requests of our own SDK against a whole server: the right key lets in, and whatever else comes is 401 and stored nowhere. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type SdkError } from '@millrace/sdk/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './running-server.ts'

let server: TestServer
let apiKey: string
let dir: string
const authKey = 'the signing secret of the test'

beforeAll(async () => {
  server = await openTestServer()
  dir = mkdtempSync(join(tmpdir(), 'millrace-signing-'))
  const made = await server.ask('inputs', { label: 'signed', type: 'native', settings: { signingSecret: authKey } })
  apiKey = made['key'] as string
})
afterAll(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

const open = (more: object) =>
  createClient({
    endpoint: server.url,
    apiKey,
    spool: { dir },
    flushInterval: 100,
    logger: { debug() {}, warn() {}, error() {} },
    ...more,
  })

it.each(['gzip', 'none'] as const)('the right key is let in, with a body as it is sent: %s', async (compress) => {
  const client = open({ authKey, compress })
  for (let n = 0; n < 300; n++) client.track(`signed_${compress}`, { n, text: 'ü😀'.repeat(20) })
  expect(await client.close()).toMatchObject({ acked: 300, rejected: 0, pending: 0 })
  await server.settled()
  expect(await server.rowsOf(`SELECT count(*) AS c FROM signed_${compress}`, 1)).toEqual([{ c: 300 }])
})

it('`sign` of the caller is as good as the key', async () => {
  const { createHmac } = await import('node:crypto')
  const sign = async (body: Uint8Array) => {
    const t = Math.floor(Date.now() / 1000)
    return `t=${t},v1=${createHmac('sha256', authKey).update(`${t}.`).update(body).digest('hex')}`
  }
  const client = open({ sign })
  client.track('signed_by_caller', { n: 1 })
  expect(await client.close()).toMatchObject({ acked: 1 })
})

it('with a wrong key nothing is stored, everything is kept, one error says so; the right one sends it later', async () => {
  const client = open({ authKey: 'a wrong one' })
  const errors: SdkError[] = []
  client.on('error', (error) => errors.push(error))
  for (let n = 0; n < 20; n++) client.track('signed_late', { n })
  expect(await client.close({ timeoutMs: 2000 })).toMatchObject({ acked: 0, spooled: 20, pending: 0 })
  expect(errors.map(({ code, status }) => [code, status])).toEqual([['unauthorized', 401]])
  expect(JSON.stringify(errors[0]!.message)).not.toContain('a wrong one')
  const right = open({ authKey })
  await expect
    .poll(
      async () => {
        await right.flush()
        return right.stats().acked
      },
      { timeout: 10_000 },
    )
    .toBe(20)
  await right.close()
  await server.settled()
  expect(await server.rowsOf('SELECT count(*) AS c, count(DISTINCT n) AS d FROM signed_late', 1)).toEqual([
    { c: 20, d: 20 },
  ])
})

it('garbage for a signature is 401, whatever it is, and never a fault of ours', async () => {
  const t = Math.floor(Date.now() / 1000)
  const hex = 'a'.repeat(64)
  const headers = ['', 'x', `t=${t}`, `v1=${hex}`, `t=${t},v1=${hex}`, `t=${t},v1=${hex.slice(1)}`, `t=-1,v1=${hex}`]
    .concat([`t=1e9,v1=${hex}`, `t=99999999999999999999,v1=${hex}`, `t=${t},v1=${'zz'.repeat(32)}`, ',,,=,t,v1'])
    .concat([`t=${t},${`v1=${hex},`.repeat(200)}`, '\u00ff\u0001'.replace('\u0001', ''), `t=${t},v1=${hex}`.repeat(50)])
  for (const header of headers) {
    const answer = await fetch(`${server.url}/api/v1/events/signed_garbage`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        ...(header === '' ? {} : { 'x-millrace-signature': header }),
      },
      body: '{"n":1}',
    })
    expect([header, answer.status]).toEqual([header, 401])
    expect(((await answer.json()) as { code: string }).code).toBe('unauthenticated')
  }
  await server.settled()
  await expect(server.ask('query', { sql: 'SELECT 1 FROM signed_garbage' })).rejects.toThrow('signed_garbage')
})
