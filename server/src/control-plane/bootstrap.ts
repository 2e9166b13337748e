/** What must exist before anybody can do anything: the workspace `default`, the first user, the first input, and what the config fixes. */
import { randomBytes } from 'node:crypto'
import { newId } from '@millrace/event/id'
import { MillraceError } from '../errors.ts'
import { type Credential, fixedCredential, isDigest, newCredential } from './credentials.ts'
import { defaultWorkspace } from './operations/callers.ts'
import { type Passwords, passwordChars } from './passwords.ts'
import { configKeys, deleteKey, findInputByLabel, insertInput, insertKey } from './store/inputs.ts'
import type { Origin, Tx } from './store/schema.ts'
import type { Store } from './store/store.ts'
import { configTokens, deleteToken, insertToken } from './store/tokens.ts'
import { findFirstUser, insertMembership, insertUser } from './store/users.ts'
import { insertWorkspace } from './store/workspaces.ts'

export interface BootstrapSettings {
  /** Of the first user; without effect once there is one, like the password. */
  readonly adminEmail: string
  readonly adminPassword?: string | undefined
  /** A token that may whatever the first user may, as long as the config has it. */
  readonly adminToken?: string | undefined
  /** A key of the first input, as long as the config has it. */
  readonly ingestKey?: string | undefined
}

export interface Bootstrapped {
  /** Of the first user, where it was made up just now. Kept nowhere. */
  readonly createdPassword?: string
  /** Of the first input, likewise. */
  readonly createdIngestKey?: string
}

const firstInputLabel = 'native'
const fixedCharsMin = 16
const author = { actor: 'bootstrap', tokenId: null, ip: null, requestId: null }

/** Safe to repeat at each start. @throws MillraceError `invalid_request`: a setting cannot be. */
export async function bootstrap(
  store: Store,
  passwords: Passwords,
  settings: BootstrapSettings,
): Promise<Bootstrapped> {
  refuseShort('admin password', settings.adminPassword, passwordChars.min)
  refuseShort('admin token', settings.adminToken, fixedCharsMin)
  refuseShort('ingest key', settings.ingestKey, fixedCharsMin)
  const created = (await findFirstUser(store.db)) ? {} : await createFirst(store, passwords, settings)
  await fixToken(store, settings.adminToken)
  await fixKey(store, settings.ingestKey)
  return created
}

async function createFirst(store: Store, passwords: Passwords, settings: BootstrapSettings): Promise<Bootstrapped> {
  const { adminEmail, adminPassword, ingestKey } = settings
  const password = adminPassword ?? randomBytes(18).toString('base64url')
  const passwordHash = await passwords.hash(password)
  const key = ingestKey === undefined ? newCredential('key') : undefined
  await store.change(author, async (tx) => {
    const now = store.now()
    const user = { id: newId(now), email: adminEmail.toLowerCase(), passwordHash, instanceAdmin: 1, createdAt: now }
    await insertWorkspace(tx, { id: defaultWorkspace, name: 'Default', createdAt: now, archivedAt: null })
    await insertUser(tx, user)
    await insertMembership(tx, { workspaceId: defaultWorkspace, userId: user.id, role: 'owner', createdAt: now })
    const inputId = await firstInput(tx, now)
    if (key) await insertKey(tx, keyRow(inputId, key, 'issued', now))
    const audit = { workspaceId: defaultWorkspace, action: 'installation.created', object: user.id }
    return { result: undefined, audit }
  })
  return {
    ...(adminPassword === undefined && { createdPassword: password }),
    ...(key && { createdIngestKey: key.text }),
  }
}

/** Makes the config's token the only one of its kind. */
async function fixToken(store: Store, text: string | undefined): Promise<void> {
  const wanted = text === undefined ? undefined : fixedCredential(text)
  const present = await configTokens(store.db)
  if (isSettled(present, wanted)) return
  const user = (await findFirstUser(store.db))!
  await store.change(author, async (tx) => {
    for (const { id } of present) await deleteToken(tx, id)
    if (wanted) {
      const { id, hash } = wanted
      const owner = { userId: user.id, workspaceId: null, role: null, label: 'config', origin: 'config' as const }
      const never = { expiresAt: null, lastUsedAt: null, callsPerMinuteMax: null, callsPerDayMax: null }
      await insertToken(tx, { id, hash, ...owner, createdAt: store.now(), ...never })
    }
    const audit = { workspaceId: null, action: 'token.fixed', object: wanted?.id ?? 'none' }
    return { result: undefined, audit }
  })
}

/** Makes the config's key the only one of its kind. */
async function fixKey(store: Store, text: string | undefined): Promise<void> {
  const wanted = text === undefined ? undefined : fixedCredential(text)
  const present = await configKeys(store.db)
  if (isSettled(present, wanted)) return
  await store.change(author, async (tx) => {
    for (const { id } of present) await deleteKey(tx, id)
    const now = store.now()
    if (wanted) await insertKey(tx, keyRow(await firstInput(tx, now), wanted, 'config', now))
    const audit = { workspaceId: defaultWorkspace, action: 'input.key_fixed', object: wanted?.id ?? 'none' }
    return { result: undefined, audit }
  })
}

function isSettled(present: readonly { hash: string }[], wanted: Credential | undefined): boolean {
  if (!wanted) return present.length === 0
  return present.length === 1 && isDigest(Buffer.from(wanted.hash, 'hex'), present[0]!.hash)
}

/** Id of the first input, which is made where it is missing. */
async function firstInput(tx: Tx, now: number): Promise<string> {
  const present = await findInputByLabel(tx, defaultWorkspace, firstInputLabel)
  if (present) return present.id
  const id = newId(now)
  const named = { workspaceId: defaultWorkspace, id, label: firstInputLabel, type: 'native' }
  await insertInput(tx, { ...named, createdAt: now, disabledAt: null, settings: '{}' })
  return id
}

function keyRow(inputId: string, { id, hash }: Credential, origin: Origin, now: number) {
  return { id, workspaceId: defaultWorkspace, inputId, hash, origin, createdAt: now, expiresAt: null }
}

function refuseShort(what: string, text: string | undefined, charsMin: number): void {
  if (text === undefined || text.length >= charsMin) return
  throw new MillraceError('invalid_request', `The ${what} must have at least ${charsMin} characters`)
}
