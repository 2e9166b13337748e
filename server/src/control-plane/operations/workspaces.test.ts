/** A workspace is archived and taken up again while its data plane is slow, or fails. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MillraceError } from '../../errors.ts'
import type { DataPlane } from '../data-plane.ts'
import { openStore, type Store } from '../store/store.ts'
import { findWorkspace, insertWorkspace } from '../store/workspaces.ts'
import type { InputKeys } from './input-keys.ts'
import type { Caller } from './operation.ts'
import { workspaceOperations } from './workspaces.ts'

const owner: Caller = {
  user: { id: 'u', email: 'u@localhost', isInstanceAdmin: false },
  ...{ tokenId: null, session: null, workspace: 'lab', role: 'owner', ip: null, requestId: null },
}
let folder: string
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-workspaces-'))
  store = openStore({ path: join(folder, 'metadata.db'), secretKey: new Uint8Array(32).fill(1) })
  await store.change({ actor: 'u', tokenId: null, ip: null, requestId: null }, async (tx) => {
    await insertWorkspace(tx, { id: 'lab', name: 'Lab', createdAt: 1, archivedAt: null })
    return { result: undefined, audit: { workspaceId: 'lab', action: 'test', object: 'lab' } }
  })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

function operations(dataPlane: Partial<Pick<DataPlane, 'openWorkspace' | 'closeWorkspace'>>, rest = async () => {}) {
  const jobs = { rest, goOn: () => {} }
  const plane = { openWorkspace: async () => {}, closeWorkspace: async () => {}, ...dataPlane, jobs }
  const all = { ...plane, scheduler: { wake: () => {} } } as unknown as DataPlane
  return workspaceOperations(store, all, { refresh: async () => {} } as unknown as InputKeys)
}

const isArchived = async () => (await findWorkspace(store.db, 'lab'))?.archivedAt !== null

test('who takes it up again while it is being archived waits until it is closed', async () => {
  const told: string[] = []
  const resting = Promise.withResolvers<void>()
  const { archive, unarchive } = operations(
    {
      openWorkspace: async () => void told.push('open'),
      closeWorkspace: async () => void told.push('close'),
    },
    () => resting.promise,
  )
  const archived = archive(owner)
  await expect.poll(isArchived).toBe(true)
  const again = unarchive(owner)
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual([])
  resting.resolve()
  await Promise.all([archived, again])
  expect(told).toEqual(['close', 'open'])
  expect(await isArchived()).toBe(false)
})

test('one that cannot be opened stays archived, and is opened by the next try', async () => {
  let tries = 0
  const openWorkspace = async () => {
    if (++tries === 1) throw new MillraceError('destination_unavailable', 'Another process has the file open')
  }
  const { archive, unarchive } = operations({ openWorkspace })
  await archive(owner)
  await expect(unarchive(owner)).rejects.toMatchObject({ code: 'destination_unavailable' })
  expect(await isArchived()).toBe(true)
  expect(await unarchive(owner)).toMatchObject({ id: 'lab', archivedAt: null })
  expect([await isArchived(), tries]).toEqual([false, 2])
  await unarchive(owner)
  expect(tries).toBe(2)
})
