/** Versions of users' code put together: what the engine is given of one, its texts, lookups and secrets included. */
import { MillraceError } from '../errors.ts'
import { type Deployment, defaultTransformLimits, type TransformModule } from '../transform.ts'
import type { TransformDraft } from './data-plane-transforms.ts'
import type { Db } from './store/schema.ts'
import type { SecretPlace } from './store/secrets.ts'
import type { Store } from './store/store.ts'
import { newestVersion, readTexts, type Texts } from './store/transforms.ts'
import { contentOf, orderOf, type TransformContent } from './transform-content.ts'

/** The newest version, whole; undefined where nothing was ever deployed. @throws MillraceError `secret_key_wrong`. */
export async function loadDeployment(store: Store, workspaceId: string): Promise<Deployment | undefined> {
  const row = await newestVersion(store.db, workspaceId)
  return row && { version: row.version, ...(await assemble(store, workspaceId, contentOf(row))) }
}

/** A lookup that changes often would fill the disk with what it once was. */
export const lookupVersionsMax = 100

interface Unsaved {
  /** Texts that the content names and the store does not have yet. */
  readonly texts?: Texts
  /** Values in place of the stored ones. */
  readonly secrets?: Readonly<Record<string, string>>
}

/** @throws MillraceError `secret_key_wrong`. */
export async function assemble(
  store: Pick<Store, 'db' | 'readSecret'>,
  workspaceId: string,
  content: TransformContent,
  unsaved: Unsaved = {},
): Promise<TransformDraft> {
  const { modules, lookups } = await textsOf(store.db, workspaceId, content, unsaved.texts)
  const secrets: [string, string][] = []
  for (const { name } of content.secrets) {
    const value = unsaved.secrets?.[name] ?? (await store.readSecret(placeOfSecret(workspaceId, name)))?.toString()
    if (value !== undefined) secrets.push([name, value])
  }
  return {
    modules,
    order: orderOf(content),
    secrets: Object.fromEntries(secrets),
    lookups: Object.fromEntries(lookups.map(({ name, text }) => [name, JSON.parse(text) as Record<string, unknown>])),
    limits: { ...defaultTransformLimits, ...content.limits },
  }
}

export function placeOfSecret(workspaceId: string, name: string): SecretPlace {
  return { workspaceId, type: 'transform', id: name }
}

/** The texts of a version. @throws MillraceError `conflict`: it is so old that its lookups are forgotten. */
export async function textsOf(
  db: Db,
  workspaceId: string,
  { modules, lookups }: Pick<TransformContent, 'modules' | 'lookups'>,
  unsaved: Texts = new Map(),
): Promise<{ modules: TransformModule[]; lookups: { name: string; text: string }[] }> {
  const texts = new Map(unsaved)
  const missing = [...modules, ...lookups].map(({ hash }) => hash).filter((hash) => !texts.has(hash))
  for (const [hash, text] of await readTexts(db, workspaceId, missing)) texts.set(hash, text)
  const textOf = ({ name, hash }: { name: string; hash: string }) => {
    const text = texts.get(hash)
    if (text !== undefined) return text
    throw new MillraceError('conflict', `What ${name} was in that version is no longer kept`, {
      hint: `Lookups are kept for ${lookupVersionsMax} versions. Deploy the code of that version instead of rolling back.`,
    })
  }
  return {
    modules: modules.map((module) => ({ name: module.name, language: module.language, code: textOf(module) })),
    lookups: lookups.map((lookup) => ({ name: lookup.name, text: textOf(lookup) })),
  }
}
