/** What was deployed, and the way back to it. */

import { textsOf } from '../deployments.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { findVersion, listVersions, type TransformVersionHead } from '../store/transforms.ts'
import { changedParts, contentOf, emptyContent } from '../transform-content.ts'
import type { Deploying, DeployOptions } from './deploying.ts'
import { notFound, operation, type Page } from './operation.ts'
import { modulesOf, settingsOf } from './shown-content.ts'
import { differenceOf } from './version-difference.ts'

export interface Version extends Omit<TransformVersionHead, 'changed'> {
  readonly changed: string[]
}

export function transformVersionOperations(store: Store, deploying: Deploying) {
  return {
    /** Newest first; a page's key is the last version of the page before. */
    versions: operation('transforms:read', async (caller, { limit, after }: Page): Promise<Version[]> => {
      const before = after === undefined ? undefined : Number(after)
      return (await listVersions(store.db, caller.workspace, { before, limit })).map(withChanged)
    }),

    /** With the code as it was then; of secrets and lookups their names. */
    version: operation('transforms:read', async (caller, version: number) => {
      const row = await findVersion(store.db, caller.workspace, version)
      if (!row) throw notFound('version')
      const content = contentOf(row)
      const { modules } = await textsOf(store.db, caller.workspace, { ...content, lookups: [] })
      const codes = new Map(modules.map(({ name, code }) => [name, code]))
      return {
        ...withChanged(row),
        modules: modulesOf(content).map((module) => ({ ...module, code: codes.get(module.name)! })),
        ...settingsOf(content),
        lookups: content.lookups.map(({ name }) => name),
        secrets: content.secrets.map(({ name }) => name),
      }
    }),

    /** What a version changed of another one, or of the one before it. */
    difference: operation('transforms:read', async (caller, to: number, from: number = to - 1) => {
      const [before, after] = await Promise.all(
        [from, to].map((version) => codeOf(store.db, caller.workspace, version)),
      )
      return {
        from,
        to,
        changed: changedParts(before!.content, after!.content),
        modules: differenceOf(before!.modules, after!.modules),
      }
    }),

    /** A new version like an old one, but for secrets: their values are those of today. Types are not checked. */
    rollBack: operation('transforms:write', (caller, to: number, options: DeployOptions) =>
      deploying.change(
        caller,
        'transform.rolled_back',
        { message: `Back to version ${to}`, ...options, allowTypeErrors: true },
        async ({ secrets, ...before }, version) => {
          const row = await findVersion(store.db, caller.workspace, to)
          if (!row) throw notFound('version')
          const { modules, lookups, ...old } = contentOf(row)
          const content = {
            ...old,
            modules: sinceThen(modules, before.modules, version),
            lookups: sinceThen(lookups, before.lookups, version),
            secrets,
          }
          return { content, rolledBackTo: to }
        },
      ),
    ),
  }
}

function withChanged({ version, createdAt, author, message, changed, rolledBackTo }: TransformVersionHead): Version {
  return { version, createdAt, author, message, rolledBackTo, changed: JSON.parse(changed) as string[] }
}

/** Version 0 is before all code. */
async function codeOf(db: Db, workspaceId: string, version: number) {
  const row = version === 0 ? undefined : await findVersion(db, workspaceId, version)
  if (!row && version !== 0) throw notFound('version')
  const content = row ? contentOf(row) : emptyContent
  return { content, modules: (await textsOf(db, workspaceId, { ...content, lookups: [] })).modules }
}

/** Parts that are as they were stay of the version that made them so. */
function sinceThen<P extends { name: string; hash: string; since: number }>(
  parts: readonly P[],
  before: readonly P[],
  version: number,
): P[] {
  return parts.map((part) => {
    const present = before.find(({ name, hash }) => name === part.name && hash === part.hash)
    return { ...part, since: present?.since ?? version }
  })
}
