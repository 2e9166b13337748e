/** A log that was lost, in part or whole, beside tables that were kept: nothing that is acknowledged afterwards goes for loaded. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { flows } from './oracle.ts'
import { askWell, rowsOf, sendEvent } from './requests.ts'
import { type SingleServer, withServer } from './single-server.ts'

const run = promisify(execFile)
const cli = join(import.meta.dirname, '../../cli/src/main.ts')
/** The log keeps what is loaded, so that there is something to lose. */
const env = { MILLRACE_RETENTION_HOURS: '1' }

describe('a log that is lost beside its tables', () => {
  it('goes on where the tables are, so that every event acknowledged afterwards is loaded', async () => {
    await withServer({ seed: 81, env }, async ({ acknowledged, settle, kill, restart, folder, server }) => {
      await acknowledged(2_000)
      await settle(5_000)
      await loadedAll(server.url)
      const before = await countRows(server.url)
      await kill()
      rmSync(join(folder, 'log'), { recursive: true })
      const again = await restart()
      expect(again.output()).toContain('log lost')
      for (let n = 0; n < 3; n++)
        expect((await sendEvent(again.url, 'chaos', { n, words: 'after the loss', nested: {} })).status).toBe(200)
      await expect.poll(() => countRows(again.url), { timeout: 20_000 }).toBe(before + 3)
      expect(await findings(again.url)).toEqual([])
      await kill()
      const once = await restart() // and a start later
      expect(await countRows(once.url)).toBe(before + 3)
      expect(await flows(once.url)).toBe(true)
      expect(await findings(once.url)).toEqual([])
    })
  })

  it('takes nothing where an older log lies there, until somebody says what is to become of its events', async () => {
    await withServer({ seed: 82, env }, async (single) => {
      const { acknowledged, settle, kill, restart, folder } = single
      await acknowledged(500)
      await kill()
      cpSync(join(folder, 'log'), join(folder, '../old-log'), { recursive: true })
      const { url } = await restart()
      await acknowledged(2_000)
      await settle(5_000)
      await loadedAll(url)
      const before = await countRows(url)
      await kill()
      rmSync(join(folder, 'log'), { recursive: true })
      renameSync(join(folder, '../old-log'), join(folder, 'log'))
      const refusing = await restart()
      expect(await sendEvent(refusing.url, 'chaos', { n: 0 })).toMatchObject({
        status: 503,
        body: { code: 'log_corrupt' },
      })
      expect(await unreadiness(refusing.url)).toMatch(/the destination has loaded up to event/)
      await acceptLoss(single)
      const { url: taking } = await restart()
      expect(await countRows(taking)).toBe(before)
      expect(await flows(taking)).toBe(true)
    })
  })

  it('says what the tables lack and stands still, until the loss is accepted and noted', async () => {
    await withServer({ seed: 83, env }, async (single) => {
      const { acknowledged, settle, kill, restart, folder } = single
      await acknowledged(4_000)
      await settle(5_000)
      await kill()
      const log = join(folder, 'log/default/0')
      const [first] = readdirSync(log)
        .filter((name) => name.endsWith('.segment'))
        .sort()
      rmSync(join(log, first!))
      for (const name of readdirSync(join(folder, 'workspaces/default')))
        if (name.startsWith('warehouse')) rmSync(join(folder, 'workspaces/default', name))
      const standing = await restart()
      await expect.poll(() => unreadiness(standing.url), { timeout: 20_000 }).toMatch(/is gone.*accept-loss/)
      await acceptLoss(single)
      const { url } = await restart()
      await expect.poll(() => countRows(url), { timeout: 20_000 }).toBeGreaterThan(0)
      expect(await flows(url)).toBe(true)
      const { isBalanced, findings } = await askWell<Check>(url, '/api/v1/verify')
      expect(findings[0]!.what).toMatch(/\+ \d+ that are lost/)
      expect(isBalanced, JSON.stringify(findings)).toBe(true)
    })
  })
})

interface Check {
  readonly isBalanced: boolean
  readonly findings: readonly { readonly what: string; readonly isRight: boolean }[]
}

async function acceptLoss({ kill, folder }: SingleServer): Promise<void> {
  await kill()
  await run(process.execPath, [cli, 'log', 'accept-loss', folder, '--yes'])
  const { stdout } = await run(process.execPath, [cli, 'log', 'accept-loss', folder, '--yes'])
  expect(stdout, 'once it is accepted there is nothing more to accept').toContain('"lost":null')
  expect(existsSync(folder)).toBe(true)
}

/** What verify finds wrong. */
async function findings(url: string): Promise<unknown[]> {
  return (await askWell<Check>(url, '/api/v1/verify')).findings.filter(({ isRight }) => !isRight)
}

async function loadedAll(url: string): Promise<void> {
  const lag = async () =>
    (await askWell<{ partitions: { lagEvents: number }[] }>(url, '/api/v1/status')).partitions[0]!.lagEvents
  await expect.poll(lag, { timeout: 30_000 }).toBe(0)
}

async function countRows(url: string): Promise<number> {
  return Number((await rowsOf(url, 'SELECT count(*) FROM chaos'))[0]![0])
}

async function unreadiness(url: string): Promise<string> {
  return (await fetch(`${url}/readyz`)).text()
}
