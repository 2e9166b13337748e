/** How long a log is kept for an archive: as long as there is room, and never at the price of the intake. */
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
  workspaces = openWorkspaces({
    folder,
    limits: { diskBudgetBytes, retentionAgeMs: 0 },
    restreamLimits: { eventsMax: 10, bytesMax: 10_000 },
    logger: silentLogger,
    onFatal: (reason) => expect.unreachable(reason.message),
    onArchiveBehind: (id) => behind.push(id),
  })
  await workspaces.open('w')
})
afterEach(async () => {
  await workspaces.close()
  folder.release()
  rmSync(path, { recursive: true })
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
