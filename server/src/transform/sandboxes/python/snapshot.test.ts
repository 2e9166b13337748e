import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-snapshot-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.doUnmock('node:fs')
  vi.resetModules()
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

/** As in an installation where packages may not be written to. */
async function readOnlyInstallation() {
  vi.doMock('node:fs', async (load) => {
    const fs = await load<typeof import('node:fs')>()
    const isBeside = (path: unknown) => String(path).includes('node_modules')
    return {
      ...fs,
      existsSync: (path: string) => !(isBeside(path) && path.includes('.cache')) && fs.existsSync(path),
      accessSync(path: string, mode: number) {
        if (isBeside(path)) throw new Error('EROFS')
        fs.accessSync(path, mode)
      },
    }
  })
  return import('./snapshot.ts')
}

it('the state goes to the cache folder where packages may not be written to', async () => {
  vi.spyOn(process, 'getuid').mockReturnValue(1000)
  const { useCacheFolder, placeForSnapshot, findSnapshot } = await readOnlyInstallation()
  expect([placeForSnapshot(), findSnapshot()]).toEqual([undefined, undefined])
  useCacheFolder(join(folder, 'cache'))
  expect(placeForSnapshot()).toMatch(new RegExp(`^${folder}/cache/python-\\w{16}\\.snapshot$`))
  expect(existsSync(join(folder, 'cache'))).toBe(false)
})

it('a server that is root keeps it where its guests, who are nobody, can read it, or not at all', async () => {
  vi.spyOn(process, 'getuid').mockReturnValue(0)
  const { useCacheFolder, placeForSnapshot, ensureSnapshot } = await readOnlyInstallation()
  useCacheFolder(folder)
  expect(placeForSnapshot()).toBeUndefined()
  await ensureSnapshot()
})
