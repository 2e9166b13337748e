/** F7: a bit of the log is flipped while the server is down. It is found and told, and nothing wrong is ever delivered. */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { judgeRows } from './oracle.ts'
import { ask, askWell, rowsOf, sendEvent } from './requests.ts'
import { withServer } from './single-server.ts'

/** Nothing is trimmed, so that the whole log is there to be read again. */
const env = { MILLRACE_RETENTION_HOURS: '1' }
const events = 4_000

describe('a flipped bit in the log', () => {
  it('in the segment that is written to stops the intake of its workspace, and is told', async () => {
    await withServer({ seed: 71, env }, async ({ server, acknowledged, kill, settle, folder, ledger, restart }) => {
      await acknowledged(events)
      await settle(5_000)
      // Once a second the log notes how far it is durable: damage behind the last note may go for a torn tail.
      await delay(1_100)
      expect((await sendEvent(server.url, 'chaos_last', { words: 'the last event', nested: {} })).status).toBe(200)
      await delay(100)
      await kill()
      flipBit(segments(folder).at(-1)!, 0.4)
      const { url, output } = await restart()
      expect(await unreadiness(url)).toMatch(/damaged at byte \d+/)
      expect(await sendEvent(url, 'chaos', { n: 0 })).toMatchObject({ status: 503, body: { code: 'log_corrupt' } })
      expect(await stopped(url)).toMatch(/damaged at byte \d+/)
      expect(output()).toContain('log damaged')
      expect((await rowsOf(url, 'SELECT count(*) FROM chaos'))[0]![0]).toBeGreaterThan(0)
      expect(await judgeRows(url, 71, ledger)).toEqual([])
    })
  })

  it('in a full segment stops the loading there when that is read again, and is told', async () => {
    await withServer({ seed: 72, env }, async ({ acknowledged, kill, settle, folder, ledger, restart }) => {
      await acknowledged(events)
      await kill()
      await settle(0)
      for (const file of globSync('workspaces/*/warehouse.duckdb*', { cwd: folder })) rmSync(join(folder, file))
      flipBit(segments(folder)[1]!, 0.5)
      const { url } = await restart()
      expect(await unreadiness(url)).toMatch(/damaged at byte \d+/)
      const [[loaded]] = (await rowsOf(url, 'SELECT count(*) FROM chaos')) as [[number]]
      expect(loaded).toBeGreaterThan(0)
      expect(loaded).toBeLessThan(ledger.acknowledged)
      expect(await judgeRows(url, 72, ledger)).toEqual([])
      expect((await sendEvent(url, 'chaos', { n: 0 })).status).toBe(200)
    })
  })
})

function segments(folder: string): string[] {
  const paths = globSync('log/*/*/*.segment', { cwd: folder }).sort()
  expect(paths.length).toBeGreaterThan(2)
  return paths.map((path) => join(folder, path))
}

/** Flips a bit of an event that lies about so far into what the segment holds. */
function flipBit(path: string, part: number): void {
  const bytes = readFileSync(path)
  const last = bytes.lastIndexOf('"nested"')
  const place = bytes.indexOf('"words"', Math.floor(last * part)) + 12
  bytes[place]! ^= 1
  writeFileSync(path, bytes)
}

/** Why the server says it is not ready, as soon as it does. */
async function unreadiness(url: string): Promise<string> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(50)) {
    const { status, body } = await ask(url, '/readyz')
    if (status === 503) return JSON.stringify(body)
  }
  return 'ready'
}

async function stopped(url: string): Promise<string | undefined> {
  const { partitions } = await askWell<{ partitions: { stopped?: string }[] }>(url, '/api/v1/status')
  return partitions[0]?.stopped
}
