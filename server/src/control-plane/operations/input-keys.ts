/** Which key lets which input's events in, kept in memory: the intake asks it for every request and never the store. */
import type { FindInput, InputSnapshot } from '../../inputs.ts'
import { digest, isCredentialLength, isDigest, parseCredential } from '../credentials.ts'
import { keysOfEnabledInputs } from '../store/inputs.ts'
import type { Store } from '../store/store.ts'

export interface InputKeys {
  readonly find: FindInput
  /** Reads the keys again; to be awaited after every change of them, so that it counts before the change is answered. */
  refresh(): Promise<void>
}

interface Entry {
  readonly hash: string
  readonly expiresAt: number
  readonly input: InputSnapshot
}

export async function openInputKeys(store: Store): Promise<InputKeys> {
  let issued = new Map<string, Entry>()
  let fixed: Entry[] = []

  const lookUp = (key: string): Entry | undefined => {
    const parsed = parseCredential('key', key)
    const entry = parsed && issued.get(parsed.id)
    if (parsed && entry && isDigest(parsed.digest, entry.hash)) return entry
    if (fixed.length === 0) return undefined
    const whole = digest(key)
    return fixed.filter(({ hash }) => isDigest(whole, hash)).at(0)
  }
  const keys: InputKeys = {
    find(key) {
      const entry = isCredentialLength(key) ? lookUp(key) : undefined
      return entry && entry.expiresAt > store.now() ? entry.input : undefined
    },
    async refresh() {
      const rows = await keysOfEnabledInputs(store.db)
      const inputs = new Map<string, InputSnapshot>()
      const entryOf = (row: (typeof rows)[number]): Entry => {
        const known = inputs.get(row.inputId)
        const input = known ?? { id: row.inputId, label: row.label, type: row.type, workspace: row.workspaceId }
        inputs.set(row.inputId, input)
        return { hash: row.hash, expiresAt: row.expiresAt ?? Number.POSITIVE_INFINITY, input }
      }
      issued = new Map(rows.filter(({ origin }) => origin === 'issued').map((row) => [row.id, entryOf(row)]))
      fixed = rows.filter(({ origin }) => origin === 'config').map(entryOf)
    },
  }
  await keys.refresh()
  return keys
}
