import { describe, expect, it } from 'vitest'
import { createClientOn } from './client.ts'
import { extras } from './extras.ts'
import { openFakeServer } from './fake-transport.fixture.ts'
import type { Client, ClientOptions, DebugLevel } from './types.ts'

const secrets = { apiKey: 'the write key', authKey: 'top-secret' }
const secretForms = /the write key|the%20write%20key|top-secret/

function open(options: ClientOptions = {}) {
  const lines: string[] = []
  const tell = (line: string) => lines.push(line)
  const server = openFakeServer()
  const transport = { transport: server.transport, environment: {}, extras, sign: () => async () => 'signed' }
  const platform = { batchSize: 10, batchBytes: 100_000, ...transport }
  const client = createClientOn(platform, {
    endpoint: 'http://user:pass@127.0.0.1:1/?token=hidden',
    flushInterval: 100,
    retryBase: 1,
    retryMaxCount: 3,
    compress: 'none',
    logger: { debug: tell, warn: tell, error: tell },
    ...secrets,
    ...options,
  })
  return { client, server, lines }
}

async function use(client: Client): Promise<void> {
  client.track('order', { n: 1 }, { id: 'one' })
  await client.flush()
}

describe('a debug level', () => {
  it.each<[DebugLevel, RegExp[]]>([
    [0, []],
    [1, [/event order \{"n":1\}/]],
    [2, [/event order/, /POST of \d+ bytes: 200 acknowledged/]],
    [3, [/event order/, /body \{"type":"order","id":"one"/, /POST of \d+ bytes/, /answer \{"kind":"acknowledged"/]],
  ])('%i tells so much', async (debugLevel, wanted) => {
    const { client, lines } = open({ debugLevel })
    await use(client)
    expect(lines).toHaveLength(wanted.length)
    for (const [index, line] of lines.entries()) expect(line).toMatch(wanted[index]!)
    await client.close()
  })

  it('can be set at any time, and its lines be listened to instead of logged', async () => {
    const { client, lines } = open()
    const heard: string[] = []
    client.on('debug', (line) => heard.push(line))
    client.setDebug(1)
    client.track('order', { n: 1 })
    client.setDebug(0)
    client.track('order', { n: 2 })
    expect([heard, lines]).toEqual([['event order {"n":1}'], []])
    await client.close()
  })

  it('2 throws on misuse, below it is dropped and counted', async () => {
    const { client } = open({ debugLevel: 1 })
    expect(client.track('', {})).toBe(false)
    client.setDebug(2)
    expect(() => client.track('', {})).toThrow('An event type has 1 to 128 characters')
    expect(client.stats()).toMatchObject({ dropped: { invalid: 2 }, lastError: { code: 'misuse' } })
    await client.close()
  })
})

describe('no secret', () => {
  const echo = `{"detail":"no ${secrets.apiKey}, ${encodeURIComponent(secrets.apiKey)} or ${secrets.authKey}"}`

  it.each([
    ['of a server that says what it was sent', 503],
    ['of one that refuses', 400],
    ['of one that knows no such key', 401],
  ])('is in a line, an error or the counts %s', async (_, status) => {
    const { client, server, lines } = open({ debugLevel: 3, authKey: secrets.authKey })
    server.otherwise = { status, body: echo }
    client.track('order', { note: secrets.apiKey, other: secrets.authKey })
    await client.flush()
    const said = JSON.stringify([lines, client.stats(), String(client.stats().lastError)])
    expect(said).toContain('***')
    expect(said).not.toMatch(secretForms)
    await client.close()
  })

  it('is in what is told of a network that fails, nor what stands beside an address', async () => {
    const failing = async ({ url }: { url: string }) => {
      throw new Error(`cannot reach it with ${secrets.apiKey} of ${url.length} characters`)
    }
    const { client, lines } = open({ debugLevel: 3, transport: failing })
    await use(client)
    const said = JSON.stringify([lines, String(client.stats().lastError)])
    expect(said).toContain('No answer from http://127.0.0.1:1')
    expect(said).not.toMatch(secretForms)
    expect(said).not.toMatch(/pass|hidden/)
    await client.close()
  })

  it('is in the rejection of a request past the backlog', async () => {
    const { client, server } = open()
    server.otherwise = { status: 400, body: echo }
    const failure = await client.putEvent('order', {}).catch((error: unknown) => error)
    expect(String(failure)).toContain('***')
    expect(String(failure)).not.toMatch(secretForms)
    await client.close()
  })

  it('is in what is thrown where the address is missing and the key stands in its place', () => {
    const { transport } = openFakeServer()
    const make = () =>
      createClientOn(
        { batchSize: 1, batchBytes: 1024, environment: {}, transport },
        { endpoint: secrets.apiKey, apiKey: 'x' },
      )
    expect(make).toThrow('The client needs endpoint')
    expect(make).not.toThrow(secrets.apiKey)
  })
})
