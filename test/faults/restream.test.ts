/** F34: a server dies while it sends the restream queue through again, and nothing comes in any more afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { postBatch } from './producer.ts'
import { ask, askWell } from './requests.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

interface Entry {
  readonly isSent: boolean
  readonly restreamCount: number
}

describe('a server that dies while it sends the restream queue', () => {
  it.each([
    ['before it has put anything into the log', 'restream.send.taken:1', { isSent: false, restreamCount: 0 }],
    ['when it has put everything into the log', 'restream.send.appended:1', { isSent: false, restreamCount: 1 }],
  ])('%s has each event waiting once when it is started again', async (_, failpoint, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
    let server: ServerProcess | undefined
    try {
      server = await startServerProcess({ folder, env: { MILLRACE_FAILPOINT: failpoint } })
      expect((await postBatch(server.url, 'k', '{"n":1,"ratio":1e400}\n{"n":2')).status).toBe(200)
      const waiting = await until(server, (entries) => entries.length === 2)
      expect(waiting).toMatchObject(Array(2).fill({ isSent: false, restreamCount: 0 }))
      await ask(server.url, '/api/v1/restream/send', {}).catch(() => {})
      await server.exited

      server = await startServerProcess({ folder })
      const entries = await until(server, (entries) => entries.every(({ isSent }) => !isSent) && entries.length === 2)
      expect(entries).toMatchObject(Array(2).fill(expected))
      expect(await askWell(server.url, '/api/v1/restream/send', {})).toEqual({ events: 2 })
    } finally {
      server?.signal('SIGKILL')
      await server?.exited
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

/** The entries of the queue as soon as they are so, or as they are after a while. */
async function until({ url }: ServerProcess, isSo: (entries: readonly Entry[]) => boolean): Promise<readonly Entry[]> {
  for (const deadline = Date.now() + 10_000; ; await delay(50)) {
    const { items } = await askWell<{ items: Entry[] }>(url, '/api/v1/restream')
    if (isSo(items) || Date.now() > deadline) return items
  }
}
