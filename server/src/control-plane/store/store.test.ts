import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MillraceError } from '../../errors.ts'
import { listAudit } from './audit.ts'
import { openSecretKey } from './secret-key.ts'
import { openStore, type Store } from './store.ts'
import { findWorkspace, insertWorkspace, updateWorkspace } from './workspaces.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-store-'))
  path = join(folder, 'metadata.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const secretKey = new Uint8Array(32).fill(1)
const author = { actor: 'somebody', tokenId: null, ip: '127.0.0.1', requestId: 'r1' }
const made = { workspaceId: 'w', action: 'workspace.created', object: 'w' }

async function withStore<T>(work: (store: Store) => Promise<T>, key = secretKey): Promise<T> {
  const store = openStore({ path, secretKey: key, now: () => 1000 })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

function createWorkspace(store: Store, id = 'w'): Promise<void> {
  return store.change(author, async (tx) => {
    await insertWorkspace(tx, { id, name: id, createdAt: 1, archivedAt: null })
    return { result: undefined, audit: { ...made, workspaceId: id, object: id } }
  })
}

test('what was changed is there after a restart, with its audit row', async () => {
  await withStore(createWorkspace)
  await withStore(async (store) => {
    expect(await findWorkspace(store.db, 'w')).toEqual({ id: 'w', name: 'w', createdAt: 1, archivedAt: null })
    expect(await listAudit(store.db, 'w', { limit: 10 })).toEqual([
      { ...author, ...made, id: expect.any(String), at: 1000, detail: '{}' },
    ])
  })
})

test('a full disk is told as storage_full, leaves nothing half done, and passes', async () => {
  await withStore(async (store) => {
    const limitPages = (count: number) => sql`pragma max_page_count = ${sql.lit(count)}`.execute(store.db)
    await limitPages(1) // no more than there are
    let id = 0
    const failing = (async () => {
      for (; id < 1_000; id++) await createWorkspace(store, `w${id}`)
    })()
    await expect(failing).rejects.toMatchObject({ code: 'storage_full' })
    expect(await findWorkspace(store.db, `w${id}`)).toBeUndefined()
    await limitPages(1_000_000)
    await createWorkspace(store, `w${id}`)
    expect(await listAudit(store.db, `w${id}`, { limit: 10 })).toHaveLength(1)
  })
})

test('a change that fails leaves neither itself nor an audit row', async () => {
  await withStore(async (store) => {
    await createWorkspace(store)
    const failing = store.change(author, async (tx) => {
      await updateWorkspace(tx, 'w', { name: 'other' })
      throw new MillraceError('conflict', 'no')
    })
    await expect(failing).rejects.toMatchObject({ code: 'conflict' })
    expect((await findWorkspace(store.db, 'w'))?.name).toBe('w')
    expect(await listAudit(store.db, 'w', { limit: 10 })).toHaveLength(1)
  })
})

test('changes made at once are all made, one after the other', async () => {
  await withStore(async (store) => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => createWorkspace(store, `w${index}`)))
    for (let index = 0; index < 20; index++) expect(await findWorkspace(store.db, `w${index}`)).toBeDefined()
  })
})

test('only its owner can read the file', async () => {
  await withStore(async (store) => {
    await createWorkspace(store)
    for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777, file).toBe(0o600)
  })
})

test('a database of a later program is refused with an instruction, and untouched', async () => {
  await withStore(createWorkspace)
  const database = new DatabaseSync(path)
  database.exec('insert into migrations (version, applied_at) values (9999, 1)')
  database.close()
  expect(() => openStore({ path, secretKey })).toThrow(
    expect.objectContaining({ code: 'store_newer', hint: expect.stringContaining('Start the version of Millrace') }),
  )
})

test('a secret comes back in its own place, and its bytes are nowhere in the file', async () => {
  const secret = Buffer.from('a canary that nobody may see')
  await withStore(async (store) => {
    await createWorkspace(store)
    for (const id of ['a', 'b']) {
      await store.change(author, async (tx) => {
        await store.writeSecret(tx, { workspaceId: 'w', type: 'setting', id }, secret)
        return { result: undefined, audit: { ...made, action: 'secret.created' } }
      })
    }
    expect(await store.readSecret({ workspaceId: 'w', type: 'setting', id: 'a' })).toEqual(secret)
    expect(await store.readSecret({ workspaceId: 'w', type: 'setting', id: 'none' })).toBeUndefined()
  })
  expect(readFileSync(path).includes(secret)).toBe(false)
  const database = new DatabaseSync(path)
  const envelopes = database.prepare('select envelope from secrets order by id').all()
  expect(envelopes[0]).not.toEqual(envelopes[1])
  database.exec("update secrets set envelope = (select envelope from secrets where id = 'b') where id = 'a'")
  database.close()
  await withStore(async (store) => {
    const moved = store.readSecret({ workspaceId: 'w', type: 'setting', id: 'a' })
    await expect(moved).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('is damaged') })
  })
  const withOtherKey = withStore(
    (store) => store.readSecret({ workspaceId: 'w', type: 'setting', id: 'b' }),
    new Uint8Array(32).fill(2),
  )
  await expect(withOtherKey).rejects.toMatchObject({ code: 'secret_key_wrong' })
})

test('a secret key is made once, for its owner alone', () => {
  const file = join(folder, 'secret.key')
  const key = openSecretKey(file)
  expect(key).toHaveLength(32)
  expect(openSecretKey(file)).toEqual(key)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})
