/** A server that dies while it archives: every event that was acknowledged is in the archive once. And one whose archive is dead for good. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { openS3Store } from '@millrace/server/object-store/s3'
import { answerXml, type S3Server, startS3Server } from '@millrace/server/object-store/s3-server.fixture'
import { openOutbound } from '@millrace/server/outbound'
import { openConnectorHttp, openPauses } from '@millrace/server/pull/connector-http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, askWell, rowsOf } from './requests.ts'
import { adminToken, DiedEarly, ingestKey, type ServerProcess, startServerProcess } from './server-process.ts'

let folder: string
let server: ServerProcess | undefined
let s3: S3Server | undefined
const patience = { timeout: 120_000, interval: 100 }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  mkdirSync(join(folder, 'archive'))
})
afterEach(async () => {
  server?.signal('SIGKILL')
  await server?.exited
  await s3?.close()
  server = undefined
  s3 = undefined
  rmSync(folder, { recursive: true, force: true })
})

async function start(env: Record<string, string> = {}): Promise<ServerProcess> {
  const archive = { MILLRACE_ARCHIVE_ROOT: join(folder, 'archive'), MILLRACE_ALLOWED_HOSTS: '127.0.0.1' }
  server = await startServerProcess({ folder: join(folder, 'data'), env: { ...archive, ...env } })
  return server
}

async function setArchive(target: object): Promise<void> {
  const answer = await fetch(`${server!.url}/api/v1/archive`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ target, rollBytes: 65_536, rollSeconds: 1 }),
  })
  expect([answer.status, await answer.text()]).toMatchObject([200, expect.any(String)])
}

interface Status {
  readonly lagEvents: number
  readonly events: number
  readonly lost: number
}
const status = async () => (await askWell<{ status: Status }>(server!.url, '/api/v1/archive')).status

/** Events of two inputs in turn, sent without a pause until the server is gone; notes which are acknowledged. */
async function sendUntilGone(acknowledged: Set<string>, life: number): Promise<void> {
  const url = server!.url
  for (let batch = 0; ; batch++) {
    const ids = Array.from({ length: 20 }, (_, index) => `${life}-${batch}-${index}`)
    const events = ids.map((id) => ({ id, text: 'x'.repeat(500) }))
    try {
      const answer = await fetch(`${url}/api/v1/events/click`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(events),
      })
      if (answer.status === 200) for (const id of ids) acknowledged.add(id)
      else await answer.text()
    } catch {
      return
    }
  }
}

const deaths = [
  ...['noted', 'put', 'saved'].flatMap((point) => [1, 4].map((hit) => `archive.round.${point}:${hit}`)),
  ...[2, 5].map((hit) => `archive.state.written:${hit}`),
]

const targets: Record<string, () => Promise<{ target: object; objects: () => Promise<ReadonlyMap<string, Buffer>> }>> =
  {
    async 'a folder'() {
      const place = join(folder, 'archive')
      return {
        target: { kind: 'folder', folder: '.' },
        objects: async () =>
          new Map(globSync('**/*.ndjson.gz', { cwd: place }).map((name) => [name, readFileSync(join(place, name))])),
      }
    },
    async 'a bucket'() {
      s3 = await startS3Server()
      const { serverSideEncryption: _, ...place } = s3.place
      return {
        target: { kind: 's3', ...place },
        async objects() {
          const { signal } = new AbortController()
          const http = openConnectorHttp({
            outbound: openOutbound(['127.0.0.1']),
            pauses: openPauses(),
            scope: '',
            signal,
          })
          const store = openS3Store(s3!.place, http.request)
          const found = new Map<string, Buffer>()
          for await (const page of store.list(''))
            for (const object of page) found.set(object.key, await store.read(object, 0, object.size))
          http.close()
          return found
        },
      }
    },
  }

describe.each(Object.keys(targets))('a server that archives into %s', (kind) => {
  it(`has each acknowledged event there once, after ${deaths.length + 3} deaths`, async () => {
    const { target, objects } = await targets[kind]!()
    const acknowledged = new Set<string>()
    await start()
    await setArchive(target)
    server!.signal('SIGTERM')
    await server!.exited
    const atRandom = Array.from({ length: 3 }, () => '')
    for (const [life, failpoint] of [...deaths, ...atRandom].entries()) {
      try {
        await start(failpoint === '' ? {} : { MILLRACE_FAILPOINT: failpoint })
      } catch (error) {
        if (error instanceof DiedEarly) continue // what was left to archive brought it to the point already
        throw error
      }
      const sending = sendUntilGone(acknowledged, life)
      if (failpoint === '') await delay(500 + Math.random() * 2_500)
      else await Promise.race([server!.exited, delay(30_000)])
      server!.signal('SIGKILL')
      expect((await server!.exited).signal).toBe('SIGKILL')
      await sending
    }
    await start()
    await expect.poll(async () => (await status()).lagEvents, patience).toBe(0)
    const ids = new Map<string, number>()
    const offsets = new Map<number, number>()
    for (const bytes of (await objects()).values()) {
      for (const line of gunzipSync(bytes).toString().trim().split('\n')) {
        const { data, offset } = JSON.parse(line) as { data: { id: string }; offset: number }
        ids.set(data.id, (ids.get(data.id) ?? 0) + 1)
        offsets.set(offset, (offsets.get(offset) ?? 0) + 1)
      }
    }
    expect(acknowledged.size).toBeGreaterThan(1_000)
    expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([])
    expect([...ids].filter(([, count]) => count > 1)).toEqual([])
    expect([...offsets].filter(([, count]) => count > 1)).toEqual([])
    expect((await status()).lost).toBe(0)
  }, 600_000)
})

it('a log that has no room lets go of what a dead archive waits for, says so, and takes events all the time', async () => {
  s3 = await startS3Server()
  s3.fault = (_, response) => answerXml(response, 403, 'AccessDenied')
  const { serverSideEncryption: _, ...place } = s3.place
  await start({ MILLRACE_LOG_BYTES_MAX: '48MB' })
  await setArchive({ kind: 's3', ...place })
  const total = 800
  const text = 'x'.repeat(90_000)
  for (let sent = 0; sent < total; sent += 2) {
    const events = Array.from({ length: 2 }, (_, index) => ({ id: `b${sent + index}`, text }))
    const send = () =>
      fetch(`${server!.url}/api/v1/events/big`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(events),
      })
    await expect.poll(async () => (await send()).status, patience).toBe(200)
  }
  s3.fault = undefined
  await expect.poll(async () => (await status()).lagEvents, patience).toBe(0)
  const { events, lost } = await status()
  expect(lost).toBeGreaterThan(0)
  expect(events + lost).toBe(total)
  await expect.poll(() => rowsOf(server!.url, 'SELECT count(*) FROM big').catch(() => []), patience).toEqual([[total]])
  const types = async () =>
    ((await ask(server!.url, '/api/v1/notifications')).body as { items: { type: string }[] }).items.map(
      ({ type }) => type,
    )
  await expect
    .poll(types, patience)
    .toEqual(expect.arrayContaining(['archive_failed', 'archive_behind', 'archive_lost']))
}, 300_000)
