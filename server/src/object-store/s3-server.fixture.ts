/**
 * A server that speaks S3 and checks signatures (s3rver), with whatever goes wrong put before it. Its listings are made here once it
 * has found the signature right: its own know no second page on a recent Node, and escape keys twice.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'
import type { S3Place } from '../object-store.ts'

/** Answers a request instead of the server, where it returns true. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

export interface S3Server {
  readonly place: S3Place
  /** Method and path of each request, in order. */
  readonly requests: string[]
  /** Undefined: nothing goes wrong. */
  fault: Fault | undefined
  close(): Promise<void>
}

export const bucket = 'millrace-test'

export async function startS3Server(): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-s3-'))
  const configureBuckets = [{ name: bucket }]
  const store = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets })
  const behind = await store.run()
  const requests: string[] = []
  const front = createServer((incoming, response) => {
    const { method = 'GET', url = '/', headers } = incoming
    requests.push(`${method} ${decodeURIComponent(url)}`)
    if (server.fault?.(incoming, response)) return
    const passed = request({ host: '127.0.0.1', port: behind.port, method, path: url, headers }, (answer) => {
      const { searchParams, pathname } = new URL(url, 'http://localhost')
      const isListing = searchParams.get('list-type') === '2' && ![403, 404].includes(answer.statusCode ?? 0)
      if (isListing) {
        answer.resume()
        void listing(store, pathname.slice(1), searchParams).then((xml) => response.end(xml))
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const server: S3Server = {
    place: {
      endpoint: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
      region: 'us-east-1',
      bucket,
      prefix: '',
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      serverSideEncryption: false,
    },
    requests,
    fault: undefined,
    async close() {
      front.closeAllConnections()
      await new Promise((resolve) => front.close(resolve))
      await store.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  return server
}

/** As S3 has it: 1,000 keys a page, in their order, percent-encoded. */
async function listing({ store }: S3rver, name: string, query: URLSearchParams): Promise<string> {
  const token = query.get('continuation-token')
  const startAfter = token === null ? undefined : Buffer.from(token, 'base64').toString()
  const found = await store.listObjects(name, { prefix: query.get('prefix') ?? '', maxKeys: 1_000, startAfter })
  const entries = found.objects.map(
    ({ key, size, metadata, lastModifiedDate }) =>
      `<Contents><Key>${encodeURIComponent(key).replaceAll('%20', '+')}</Key><Size>${size}</Size><LastModified>${lastModifiedDate.toISOString()}</LastModified><ETag>${metadata.etag.replaceAll('"', '&quot;')}</ETag></Contents>`,
  )
  const next = Buffer.from(found.objects.at(-1)?.key ?? '').toString('base64')
  const more = found.isTruncated ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''
  return `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>${more}<IsTruncated>${found.isTruncated}</IsTruncated>${entries.join('')}</ListBucketResult>`
}

export function answerXml(response: ServerResponse, status: number, code: string): true {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>as it is</Message></Error>`)
  return true
}
