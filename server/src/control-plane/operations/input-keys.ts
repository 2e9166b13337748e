/** Which inputs let events in, kept in memory: the intake asks it for every request and never the store. */
import type { InputDirectory, InputSnapshot, InputType, SigningKey, SourceDirectory } from '../../inputs.ts'
import type { Quota } from '../../quotas.ts'
import { digest, isCredentialLength, isDigest, parseCredential } from '../credentials.ts'
import { allKeys, type InputKeyRow, type InputRow, openInputs } from '../store/inputs.ts'
import { allQuotas } from '../store/quotas.ts'
import type { SecretPlace } from '../store/secrets.ts'
import type { Store } from '../store/store.ts'
import { parseSettings, readSettings } from './input-settings.ts'

export interface InputKeys extends InputDirectory, SourceDirectory {
  /** Reads inputs and keys again; to be awaited after every change of them, so that it counts before the change is answered. */
  refresh(): Promise<void>
  /** Called after every refresh. */
  watch(listener: () => void): void
}

interface Entry {
  readonly hash: string
  readonly expiresAt: number
  readonly input: InputSnapshot
}

type SigningEntry = SigningKey & Pick<Entry, 'expiresAt'>

export async function openInputKeys(store: Store, types: Readonly<Record<string, InputType>>): Promise<InputKeys> {
  const listeners: (() => void)[] = []
  let inputs = new Map<string, InputSnapshot>()
  /** Of types that fetch, those that are switched off: somebody may ask for a range all the same. */
  let off: InputSnapshot[] = []
  let issued = new Map<string, Entry>()
  let fixed: Entry[] = []
  let signing: SigningEntry[] = []

  const lookUp = (key: string): Entry | undefined => {
    const parsed = parseCredential('key', key)
    const entry = parsed && issued.get(parsed.id)
    if (parsed && entry && isDigest(parsed.digest, entry.hash)) return entry
    if (fixed.length === 0) return undefined
    const whole = digest(key)
    return fixed.filter(({ hash }) => isDigest(whole, hash)).at(0)
  }
  const snapshotOf = async (row: InputRow, quotas: ReadonlyMap<string, Quota>): Promise<[string, InputSnapshot][]> => {
    const type = types[row.type]
    if (type === undefined) return [] // of a protocol that is switched off
    const settings = parseSettings(type, await readSettings(store, row))
    const { id, label, workspaceId: workspace } = row
    const quota = quotas.get(workspace)
    return [[id, { id, label, type: row.type, workspace, ...(quota && { quota }), settings }]]
  }
  const signingEntryOf = async (row: InputKeyRow): Promise<SigningEntry[]> => {
    const input = inputs.get(row.inputId)
    if (input === undefined || types[input.type]?.keys !== 'signing') return []
    const text = await store.readSecret(placeOfSigningKey(row))
    if (text === undefined) return []
    return [{ text: text.toString(), input, expiresAt: row.expiresAt ?? Number.POSITIVE_INFINITY }]
  }

  const keys: InputKeys = {
    find(key) {
      const entry = isCredentialLength(key) ? lookUp(key) : undefined
      return entry && entry.expiresAt > store.now() ? entry.input : undefined
    },
    signingKeys(type) {
      const now = store.now()
      return signing.filter(({ input, expiresAt }) => input.type === type && expiresAt > now)
    },
    ofType: (type) => [...inputs.values()].filter((input) => input.type === type),
    offOfType: (type) => off.filter((input) => input.type === type),
    async refresh() {
      const open = await openInputs(store.db)
      const quotas = await allQuotas(store.db)
      const snapshot = (row: InputRow) => snapshotOf(row, quotas)
      const rows = await Promise.all(open.filter(({ disabledAt }) => disabledAt === null).map(snapshot))
      const stopped = open.filter(({ disabledAt, type }) => disabledAt !== null && types[type]?.fetches)
      off = (await Promise.all(stopped.map(snapshot))).flat().map(([, input]) => input)
      const keyRows = await allKeys(store.db)
      inputs = new Map(rows.flat())
      const entriesOf = ({ id, hash, inputId, expiresAt }: InputKeyRow): [string, Entry][] => {
        const input = inputs.get(inputId)
        return input ? [[id, { hash, input, expiresAt: expiresAt ?? Number.POSITIVE_INFINITY }]] : []
      }
      issued = new Map(keyRows.filter(({ origin }) => origin === 'issued').flatMap(entriesOf))
      fixed = keyRows
        .filter(({ origin }) => origin === 'config')
        .flatMap((row) => entriesOf(row).map(([, entry]) => entry))
      signing = (await Promise.all(keyRows.map(signingEntryOf))).flat()
      for (const listener of listeners) listener()
    },
    watch: (listener) => void listeners.push(listener),
  }
  await keys.refresh()
  return keys
}

/** Where the text of a key is sealed that senders sign with. */
export function placeOfSigningKey({ workspaceId, id }: Pick<InputKeyRow, 'workspaceId' | 'id'>): SecretPlace {
  return { workspaceId, type: 'input-key', id }
}
