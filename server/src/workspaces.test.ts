/** What becomes of a log that has no room: what its archive still needs, and what its destination does not hold durably. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { takeDataFolder } from './data-folder.ts'
import { hasCode } from './errors.ts'
import { silentLogger } from './telemetry.ts'
import { openWorkspaces, type Workspaces } from './workspaces.ts'

const diskBudgetBytes = 4 * 1024 * 1024
let path: string
let folder: ReturnType<typeof takeDataFolder>
let workspaces: Workspaces
let behind: string[]

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'millrace-workspaces-'))
  folder = takeDataFolder(join(path, 'data'))
  behind = []
  workspaces = openWorkspaces(partsOf())
  await workspaces.open('w')
})
afterEach(async () => {
  await workspaces.close()
  folder.release()
  rmSync(path, { recursive: true })
})

const partsOf = () => ({
  folder,
  limits: { diskBudgetBytes, retentionAgeMs: 0 },
  restreamLimits: { eventsMax: 10, bytesMax: 10_000 },
  logger: silentLogger,
  onFatal: (reason: Error) => expect.unreachable(reason.message),
  onArchiveBehind: (id: string) => void behind.push(id),
})
const body = [Buffer.alloc(100_000, 1)]
const ends = () => workspaces.get('w').log.status(0)
/** Appends and loads, as far as there is room, with a look at what may go now and then. */
async function fill(records: number): Promise<number> {
  let refused = 0
  for (let index = 0; index < records; index++) {
    try {
      await workspaces.append('w', { count: 1, body })
    } catch (error) {
      if (!hasCode(error, 'storage_full')) throw error
      refused++
    }
    workspaces.progressed('w', ends().end, ends().end)
    await workspaces.trim()
  }
  return refused
}

it('asks senders to wait for a workspace that is not open', async () => {
  const sent = workspaces.append('another', { count: 1, body })
  await expect(sent).rejects.toMatchObject({ code: 'overloaded', retryable: true })
})

it('gives back what is loaded, where nothing is archived', async () => {
  expect(await fill(100)).toBe(0)
  expect(ends().start).toBeGreaterThan(70n)
})

it('keeps what is not archived, and gives it back once it is', async () => {
  workspaces.archived('w', 0n)
  await fill(15)
  expect(ends().start).toBe(0n)
  workspaces.archived('w', 15n)
  await workspaces.trim()
  expect(ends().start).toBeGreaterThan(0n)
  expect(behind).toEqual([])
})

it('lets go of it where there is no room, says so, and goes on taking events', async () => {
  workspaces.archived('w', 0n)
  const refused = await fill(200)
  expect(ends().start).toBeGreaterThan(0n)
  expect(behind).toContain('w')
  expect(refused).toBeLessThanOrEqual(1)
  expect(ends().end).toBeGreaterThanOrEqual(199n)
})

it('asks the destination to make durable what it loaded where there is no room, and takes events again once it has', async () => {
  const asked: string[] = []
  await workspaces.close()
  workspaces = openWorkspaces({ ...partsOf(), makeDurable: async (id) => void asked.push(id) })
  await workspaces.open('w')
  const append = () => workspaces.append('w', { count: 1, body })
  await expect(repeated(append)).rejects.toMatchObject({ code: 'storage_full' })
  expect(asked).toEqual([]) // nothing is loaded that could be made durable
  workspaces.progressed('w', ends().end, 0n)
  await expect(append()).rejects.toMatchObject({ code: 'storage_full' })
  await expect(append()).rejects.toMatchObject({ code: 'storage_full' })
  expect(asked).toEqual(['w'])
  workspaces.madeDurable('w', ends().end)
  await expect.poll(append, { timeout: 20_000 }).toBe(ends().end)
})

/** Until it fails. */
async function repeated(work: () => Promise<unknown>): Promise<never> {
  for (;;) await work()
}
