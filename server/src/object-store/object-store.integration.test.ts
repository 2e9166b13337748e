/** Stores of objects, each against the real thing: a bucket of a server that checks signatures, and a folder. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { S3Place } from '../object-store.ts'
import { openOutbound } from '../outbound.ts'
import { openConnectorHttp, openPauses } from '../pull/connector-http.ts'
import { openFolderStore } from './folder.ts'
import { testObjectStore } from './object-store.suite.ts'
import { openS3Store } from './s3.ts'
import { answerXml, bucket, type Fault, type S3Server, startS3Server } from './s3-server.fixture.ts'

function open(place: S3Place, allowed = ['127.0.0.1'], idleMs = 30_000) {
  const { signal } = new AbortController()
  const bounds = { backOffMs: 1, backOffMaxMs: 2, idleMs, totalMs: 60_000 }
  const http = openConnectorHttp({ outbound: openOutbound(allowed), pauses: openPauses(), scope: 't', signal, bounds })
  return { store: openS3Store(place, http.request), close: http.close }
}

testObjectStore('a bucket', async () => {
  const server = await startS3Server()
  const { store, close } = open({ ...server.place, prefix: 'some/where/' })
  return {
    store,
    async close() {
      close()
      await server.close()
    },
  }
})

testObjectStore('a folder', async () => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-objects-'))
  return { store: openFolderStore(root, 'a/b'), close: async () => rmSync(root, { recursive: true }) }
})

describe('a folder', () => {
  it('is nowhere, unless an operator allows it, and nowhere else', () => {
    expect(() => openFolderStore('', 'a')).toThrow(expect.objectContaining({ code: 'forbidden' }))
    for (const folder of ['..', '/etc', 'a/../..', 'a\0b'])
      expect(() => openFolderStore('/srv/archive', folder), folder).toThrow(
        expect.objectContaining({ code: 'forbidden' }),
      )
  })

  it('does not follow a link that leads out of it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'millrace-objects-'))
    const outside = mkdtempSync(join(tmpdir(), 'millrace-outside-'))
    mkdirSync(join(root, 'a'))
    symlinkSync(outside, join(root, 'a', 'link'))
    try {
      for (const key of ['link/x', 'link/deeper/x'])
        await expect(openFolderStore(root, 'a').put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'forbidden' })
      expect(readdirSync(outside)).toEqual([])
    } finally {
      rmSync(root, { recursive: true })
      rmSync(outside, { recursive: true })
    }
  })
})

describe('a bucket that says no', () => {
  let server: S3Server
  beforeEach(async () => {
    server = await startS3Server()
  })
  afterEach(() => server.close())

  const put = async (place: Partial<S3Place> = {}, fault?: Fault, allowed?: string[], idleMs?: number) => {
    server.fault = fault
    const { store, close } = open({ ...server.place, ...place }, allowed, idleMs)
    try {
      await store.put('x', Buffer.from('x'))
    } finally {
      close()
    }
  }
  const says = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) })
  const refused = (message: RegExp) => says('object_store_refused', message)
  const unavailable = (message: RegExp) => says('object_store_unavailable', message)

  it('takes what is signed well', async () => {
    await put()
  })

  it('says which bucket is missing', async () => {
    await expect(put({ bucket: 'none-such' })).rejects.toMatchObject(refused(/no bucket none-such/))
  })

  it('says that a secret key is wrong, and that an access key is unknown', async () => {
    await expect(put({ secretAccessKey: 'wrong' })).rejects.toMatchObject(refused(/signature is wrong/))
    await expect(put({ accessKeyId: 'nobody' })).rejects.toMatchObject(refused(/does not know the access key/))
  })

  it('says where the bucket is, that it denies access, and that clocks differ', async () => {
    const moved: Fault = (_, response) => {
      response.writeHead(301, { 'x-amz-bucket-region': 'eu-central-1' }).end()
      return true
    }
    await expect(put({}, moved)).rejects.toMatchObject(refused(/region eu-central-1, not in us-east-1/))
    await expect(put({}, (_, response) => answerXml(response, 403, 'AccessDenied'))).rejects.toMatchObject(
      refused(new RegExp(`denies access to the bucket ${bucket}: AccessDenied`)),
    )
    const late: Fault = (_, response) => {
      response.setHeader('date', new Date(Date.now() - 3_600_000).toUTCString())
      return answerXml(response, 403, 'RequestTimeTooSkewed')
    }
    await expect(put({}, late)).rejects.toMatchObject(refused(/differ by 3\d\d\d s/))
  })

  it('is tried again where it fails, and given up where it goes on to', async () => {
    let failures = 0
    await put({}, (_, response) => failures++ < 3 && answerXml(response, 500, 'InternalError'))
    expect(failures).toBe(4)
    await expect(put({}, (_, response) => answerXml(response, 503, 'SlowDown'))).rejects.toMatchObject(
      unavailable(/503/),
    )
    await expect(put({}, () => true, undefined, 50)).rejects.toMatchObject(unavailable(/nothing came/))
  })

  it('is not asked at all at a private address that nobody allowed, nor at what is no address', async () => {
    await expect(put({}, undefined, [])).rejects.toMatchObject({ code: 'forbidden' })
    expect(server.requests).toEqual([])
    await expect(put({ endpoint: 'file:///etc/passwd' })).rejects.toMatchObject(refused(/no address/))
  })
})

it('a bucket of Amazon’s is asked where it is, once that is told', async () => {
  const asked: string[] = []
  const store = openS3Store(keys, async (url, { headers }) => {
    asked.push(`${new URL(url).host} ${/\d{8}\/([a-z0-9-]+)\/s3/.exec(headers['authorization']!)?.[1]}`)
    const isThere = url.includes('eu-central-1')
    const told = { 'x-amz-bucket-region': 'eu-central-1' }
    return { status: isThere ? 200 : 301, headers: isThere ? {} : told, bytes: new Uint8Array() }
  })
  await store.put('a', Buffer.from('a'))
  await store.put('b', Buffer.from('b'))
  expect(asked).toEqual([
    's3.us-east-1.amazonaws.com us-east-1',
    's3.eu-central-1.amazonaws.com eu-central-1',
    's3.eu-central-1.amazonaws.com eu-central-1',
  ])
})

const keys = {
  region: 'us-east-1',
  bucket: 'mine',
  prefix: '',
  accessKeyId: 'k',
  secretAccessKey: 's',
  serverSideEncryption: false,
}

describe('a listing that lies', () => {
  let server: S3Server
  beforeEach(async () => {
    server = await startS3Server()
  })
  afterEach(() => server.close())

  const list = async (answer: (page: number) => string) => {
    let page = 0
    server.fault = (_, response) => {
      response.end(answer(page++))
      return true
    }
    const { store, close } = open(server.place)
    try {
      const keys: string[] = []
      for await (const objects of store.list('in/')) keys.push(...objects.map(({ key }) => key))
      return keys
    } finally {
      close()
    }
  }
  const listing = (inside: string) => `<ListBucketResult>${inside}</ListBucketResult>`
  const entry = (key: string, size = '1') => `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`
  const more = (token: string) =>
    `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`

  it('is read where it is right', async () => {
    const pages = [listing(entry('in/a&amp;b') + more('2')), listing(entry('in/c'))]
    expect(await list((page) => pages[page]!)).toEqual(['in/a&b', 'in/c'])
  })

  it('tells nothing of what was not asked for', async () => {
    expect(await list(() => listing(entry('elsewhere/a') + entry('in/b')))).toEqual(['in/b'])
  })

  it.each([
    ['goes on with the same page for ever', (_: number) => listing(entry('in/a') + more('same')), /does not end/],
    ['goes on without telling anything', (page: number) => listing(more(`${page}`)), /does not end/],
    ['goes on without saying where', () => listing('<IsTruncated>true</IsTruncated>'), /not where/],
    ['has entities of its own', () => `<!DOCTYPE x [<!ENTITY a "a">]>${listing('')}`, /no XML/],
    ['is cut short', () => '<ListBucketResult><Contents>', /no XML/],
    ['is something else', () => '<html/>', /no listing/],
    ['is deep', () => '<a>'.repeat(50), /no XML/],
    ['has a size that is none', () => listing(entry('in/a', '-5')), /without a key or a size/],
  ])('is refused where it %s', async (_, answer, message) => {
    await expect(list(answer)).rejects.toMatchObject({ message: expect.stringMatching(message) })
  })
})
