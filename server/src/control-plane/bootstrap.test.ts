import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BootstrapSettings, bootstrap } from './bootstrap.ts'
import { inputTypes } from './input-types.fixture.ts'
import { identify } from './operations/callers.ts'
import { type InputKeys, openInputKeys } from './operations/input-keys.ts'
import { openPasswords } from './passwords.ts'
import { openStore, type Store } from './store/store.ts'
import { findFirstUser } from './store/users.ts'

const passwords = openPasswords()
let folder: string
let store: Store
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-bootstrap-'))
  store = openStore({ path: join(folder, 'metadata.db'), secretKey: new Uint8Array(32) })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

async function start(settings: Partial<BootstrapSettings> = {}) {
  const created = await bootstrap(store, passwords, { adminEmail: 'Admin@Localhost', ...settings })
  return { ...created, keys: await openInputKeys(store, inputTypes) }
}

const acceptsToken = (token: string) => {
  const call = { permission: 'audit:read', workspace: undefined, ip: null, requestId: null } as const
  return identify(store, { token }, call).then(
    ({ role, user }) => role === 'owner' && user.isInstanceAdmin,
    () => false,
  )
}
const acceptsKey = (keys: InputKeys, key: string) => keys.find(key)?.label === 'native'

test('the first start makes a password and a key, and both work', async () => {
  const { createdPassword, createdIngestKey, keys } = await start()
  const user = await findFirstUser(store.db)
  expect(user).toMatchObject({ email: 'admin@localhost', instanceAdmin: 1 })
  expect(await passwords.isRight(createdPassword!, user!.passwordHash)).toBe(true)
  expect(acceptsKey(keys, createdIngestKey!)).toBe(true)
})

test('later starts make nothing and change nothing', async () => {
  const first = await start()
  const user = await findFirstUser(store.db)
  const { createdPassword, createdIngestKey, keys } = await start({ adminPassword: 'another password' })
  expect({ createdPassword, createdIngestKey }).toEqual({})
  expect(await findFirstUser(store.db)).toEqual(user)
  expect(acceptsKey(keys, first.createdIngestKey!)).toBe(true)
})

test('what the config fixes counts as long as the config has it', async () => {
  const [one, other] = ['fixed-by-the-config-1', 'fixed-by-the-config-2']
  const first = await start({ adminToken: one, ingestKey: one })
  expect(first.createdIngestKey).toBeUndefined()
  expect([await acceptsToken(one), acceptsKey(first.keys, one)]).toEqual([true, true])

  const { keys } = await start({ adminToken: other, ingestKey: other })
  expect([await acceptsToken(one), acceptsKey(keys, one)]).toEqual([false, false])
  expect([await acceptsToken(other), acceptsKey(keys, other)]).toEqual([true, true])

  const last = await start()
  expect([await acceptsToken(other), acceptsKey(last.keys, other)]).toEqual([false, false])
})

test('what is too short to be safe is refused before anything is made', async () => {
  for (const settings of [
    { adminPassword: 'elevenchars' },
    { adminToken: 'fifteen-chars--' },
    { ingestKey: 'short' },
  ]) {
    await expect(start(settings)).rejects.toMatchObject({ code: 'invalid_request' })
  }
  expect(await findFirstUser(store.db)).toBeUndefined()
})
