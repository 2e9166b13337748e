import { describe, expect, it } from 'vitest'
import { openFakeServer, quick } from './fake-server.ts'
import { SDK } from './panoply.ts'

const secret = Buffer.from('r4nd2/uuid/123456/us-east-1').toString('base64')

function open(server: ReturnType<typeof openFakeServer>) {
  return new SDK('acme/r4nd1', secret, { ...quick, transport: server.transport })
}

const fieldsOf = (body: string) => new URLSearchParams(body)

describe("Panoply's SDK", () => {
  it('sends records as the form that §4.2 draws, to the queue of its credentials', async () => {
    const server = openFakeServer()
    const sdk = open(server)
    sdk.write('t1', { foo: 'bar', text: "&=+%/ü😀\n'" })
    sdk.write('t2', { n: 1, __table: 'other' })
    await sdk.close()
    expect(server.asked).toHaveLength(1)
    const [{ url, headers, body }] = server.asked as [(typeof server.asked)[0]]
    expect(url).toBe('https://sqs.us-east-1.amazonaws.com/123456/sdk-acme-r4nd2')
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(body).toMatch(/^Action=SendMessage&MessageBody=%7B%22foo%22/)
    expect(body).toContain('%7D\n\n%7B')
    const fields = fieldsOf(body)
    expect(fields.get('MessageBody')).toBe(
      `{"foo":"bar","text":"&=+%/ü😀\\n'","__table":"t1"}\n\n{"n":1,"__table":"t2"}\n\n`,
    )
    expect([1, 2, 3].map((n) => fields.get(`MessageAttribute.${n}.Value.StringValue`))).toEqual([
      'acme/r4nd1',
      secret,
      'panoply-python-sdk-3.2.0',
    ])
  })

  it('sends where `qurl` is set to', async () => {
    const server = openFakeServer()
    const sdk = open(server)
    sdk.qurl = 'http://127.0.0.1:1/queue'
    sdk.write('t', { n: 1 })
    await sdk.close()
    expect(server.asked.map(({ url }) => url)).toEqual(['http://127.0.0.1:1/queue'])
  })

  it('tells of send, error and flush, and of all of them by *', async () => {
    const server = openFakeServer({ status: 503 }, 'none', { status: 200, body: '<ok/>' })
    const sdk = open(server)
    const heard: string[] = []
    const all: string[] = []
    sdk
      .on('send', ({ req }) => heard.push(`send ${req.body.includes('MessageBody')}`))
      .on('flush', ({ res }) => heard.push(`flush ${res.body}`))
      .on('error', ({ status }) => heard.push(`error ${status}`))
      .on('*', (name) => all.push(name))
      .on('send', () => {
        throw new Error('of a listener')
      })
    sdk.write('t', { n: 1 })
    await sdk.close()
    expect(heard).toEqual(['send true', 'error 503', 'send true', 'error undefined', 'send true', 'flush <ok/>'])
    expect(all).toEqual(['send', 'error', 'send', 'error', 'send', 'flush'])
  })

  it('says why the credentials are refused', async () => {
    const server = openFakeServer({
      status: 403,
      body: '<ErrorResponse><Error><Message>Unknown key</Message></Error></ErrorResponse>',
    })
    const sdk = open(server)
    const errors: string[] = []
    sdk.on('error', ({ code, message }) => errors.push(`${code}: ${message}`))
    sdk.write('t', { n: 1 })
    await sdk.close()
    expect(errors).toEqual(['unauthorized: The server answered 403: Unknown key'])
  })

  it.each(['', 'no base64', Buffer.from('a/b/c').toString('base64')])('refuses the secret %j', (wrong) => {
    expect(() => new SDK('acme/r4nd1', wrong, quick)).toThrow(expect.objectContaining({ code: 'misuse' }))
  })

  it('keeps every batch below 250 KiB, even of text that triples', async () => {
    const server = openFakeServer()
    const sdk = open(server)
    for (let n = 0; n < 200; n++) sdk.write('t', { text: '"'.repeat(500) })
    await sdk.close()
    expect(server.asked.length).toBeGreaterThan(1)
    for (const { body } of server.asked) expect(body.length).toBeLessThanOrEqual(250 * 1024)
    const records = server.asked.flatMap(({ body }) => fieldsOf(body).get('MessageBody')!.trim().split('\n\n'))
    expect(records).toHaveLength(200)
  })
})
