/** A restream queue that is full holds the pipeline and drops nothing; it goes on by itself once something was sent or purged. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { postBatch } from './producer.ts'
import { ask, askWell } from './requests.ts'
import { type ServerProcess, startServerProcess } from './server-process.ts'

interface Status {
  readonly restream: { readonly count: number; readonly sent: number; readonly isFull: boolean }
  readonly partitions: readonly {
    readonly lagEvents: number
    readonly stopped?: string
    readonly books: { readonly loaded: number }
  }[]
}

const patience = { timeout: 20_000, interval: 50 }

it('a full queue holds the pipeline, says so, and lets it go on when it is sent or purged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  let server: ServerProcess | undefined
  try {
    server = await startServerProcess({ folder, env: { MILLRACE_RESTREAM_EVENTS_MAX: '10' } })
    const { url, output } = server
    const post = async (key: string, line: string, count: number) => {
      const lines = Array.from({ length: count }, () => line)
      expect((await postBatch(url, key, lines.join('\n'))).status).toBe(200)
    }
    const state = async () => {
      const { restream, partitions } = await askWell<Status>(url, '/api/v1/status')
      const { lagEvents, stopped, books } = partitions[0]!
      return { count: restream.count, isFull: restream.isFull, lag: lagEvents, loaded: books.loaded, stopped }
    }
    const bad = '{"ratio":1e400}'
    await post('a', bad, 12)
    await expect.poll(state, patience).toEqual({ count: 12, isFull: true, lag: 0, loaded: 0, stopped: undefined })
    expect(await ready(url)).toMatchObject({ status: 503, text: expect.stringContaining('restream queue is full') })

    await post('b', bad, 1)
    await post('c', '{"ratio":1}', 5)
    await expect.poll(() => output().split('restream_full').length, patience).toBeGreaterThan(1) // it has tried
    expect(await state()).toEqual({ count: 12, isFull: true, lag: 6, loaded: 0, stopped: undefined })

    await askWell(url, '/api/v1/restream/runs', {})
    await expect.poll(state, patience).toMatchObject({ lag: 0, loaded: 5, count: 13, isFull: true })

    const { status, body } = await ask(url, '/api/v1/restream/purge', {})
    expect([status, body]).toMatchObject([409, { errors: [{ field: 'confirm', message: '13' }] }])
    expect(await askWell(url, '/api/v1/restream/purge', { confirm: 13 })).toEqual({ events: 13 })
    expect(await ready(url)).toMatchObject({ status: 200 })
    expect(await askWell(url, '/api/v1/verify')).toMatchObject({ isBalanced: true })
  } finally {
    server?.signal('SIGKILL')
    await server?.exited
    rmSync(folder, { recursive: true, force: true })
  }
})

async function ready(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, text: await response.text() }
}
