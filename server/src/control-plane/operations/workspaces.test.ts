/** A workspace is archived and taken up again while its data plane is slow, or fails. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MillraceError } from '../../errors.ts'
import type { DataPlane } from '../data-plane.ts'
import { openStore, type Store } from '../store/store.ts'
import { findWorkspace, insertWorkspace } from '../store/workspaces.ts'
import { openWorkspaceOpening } from '../workspace-opening.ts'
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

function operations(
  {
    goOn = () => {},
    ...dataPlane
  }: Partial<Pick<DataPlane, 'openWorkspace' | 'closeWorkspace'> & Pick<DataPlane['jobs'], 'goOn'>>,
  rest = async () => {},
) {
  const jobs = { rest, goOn }
  const plane = { openWorkspace: async () => {}, closeWorkspace: async () => {}, ...dataPlane, jobs }
  const all = { ...plane, scheduler: { wake: () => {} } } as unknown as DataPlane
  return workspaceOperations(store, all, { refresh: async () => {} } as unknown as InputKeys, 1)
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

test('one that could not be opened is tried again, and goes on', async () => {
  const told: string[] = []
  let tries = 0
  const openWorkspace = async () => {
    if (++tries === 1) throw new MillraceError('workspace_unavailable', 'The file is damaged')
  }
  const { reopen, archive } = operations({ openWorkspace, goOn: (id: string) => void told.push(id) })
  await expect(reopen(owner)).rejects.toMatchObject({ code: 'workspace_unavailable' })
  expect(told).toEqual([])
  expect(await reopen(owner)).toMatchObject({ id: 'lab', archivedAt: null })
  expect(told).toEqual(['lab'])
  await archive(owner)
  await expect(reopen(owner)).rejects.toMatchObject({ code: 'conflict' })
  expect(tries).toBe(2)
})

test('one that is made and cannot be opened is opened as soon as it can be', async () => {
  await store.change({ actor: 'u', tokenId: null, ip: null, requestId: null }, async (tx) => {
    const user = { id: 'u', email: 'a@b', passwordHash: '', instanceAdmin: 1, createdAt: 1 }
    await tx.insertInto('users').values(user).execute()
    return { result: undefined, audit: { workspaceId: null, action: 'test', object: 'u' } }
  })
  let tries = 0
  let isOpen = false
  const { create } = operations({
    async openWorkspace() {
      if (++tries < 4) throw new MillraceError('destination_unavailable', 'Another process has the file open')
      isOpen = true
    },
  })
  const made = create({ ...owner, user: { ...owner.user, isInstanceAdmin: true } }, { id: 'made', name: 'Made' })
  await expect(made).rejects.toMatchObject({ code: 'destination_unavailable' })
  await expect.poll(() => isOpen, { timeout: 10_000 }).toBe(true)
  expect(tries).toBe(4)
})

test('one that was archived meanwhile is not opened behind anybody’s back', async () => {
  let tries = 0
  const opening = openWorkspaceOpening({
    backOffMs: 1,
    isWanted: async () => tries < 2,
    opened: async () => expect.unreachable('it was never opened'),
    async open() {
      tries++
      throw new Error('not now')
    },
  })
  await expect(opening.open('lab')).rejects.toThrow('not now')
  await expect.poll(() => tries, { timeout: 10_000 }).toBe(2)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(tries).toBe(2)
})
