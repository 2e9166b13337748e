/** The types that TypeScript code is written and checked against: what is known of a workspace's events, secrets and lookups. */
import { loadMappings } from '../mappings.ts'
import type { Store } from '../store/store.ts'
import { newestVersion } from '../store/transforms.ts'
import { contentOf } from '../transform-content.ts'
import { checkTypes } from '../type-check.ts'
import { declarationsOf } from '../type-declarations.ts'
import type { TypeChecker } from './deploying.ts'

export interface TypesOfCode {
  /** Of what is deployed today. */
  declarations(workspaceId: string): Promise<string>
  readonly check: TypeChecker
}

export function openTypesOfCode(store: Store): TypesOfCode {
  const declare = async (workspaceId: string, names: { secrets: string[]; lookups: string[] }) =>
    declarationsOf({ mappings: await loadMappings(store, workspaceId), ...names })

  return {
    async declarations(workspaceId) {
      const { secrets, lookups } = contentOf(await newestVersion(store.db, workspaceId))
      const [secretNames, lookupNames] = [secrets, lookups].map((parts) => parts.map(({ name }) => name))
      return declare(workspaceId, { secrets: secretNames!, lookups: lookupNames! })
    },
    async check(workspaceId, { modules, secrets, lookups }) {
      if (!modules.some(({ language }) => language === 'typescript')) return []
      const names = { secrets: Object.keys(secrets), lookups: Object.keys(lookups) }
      return checkTypes(modules, await declare(workspaceId, names))
    },
  }
}
