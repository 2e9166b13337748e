/**
 * Of what a plan is made, as one short text: it is another one as soon as somebody changes what the plan was compared with, a secret
 * included. Secrets are known by fingerprints that nobody can reckon without the server's own key.
 */
import { hash } from 'node:crypto'
import type { InputType } from '../../inputs.ts'
import { secretPaths } from '../../settings.ts'
import type { Store } from '../store/store.ts'
import type { ConfigurationObject, ObjectChange } from './configuration-difference.ts'
import { ordered } from './configuration-export.ts'

export interface SecretFingerprint {
  /** `secret salt`, `input hook.password`, `channel on call`, `archive`. */
  readonly place: string
  /** Another one for another value, and for the same value at another place or of another workspace. */
  readonly fingerprint: string
}

type Compared = { readonly inputs: readonly { readonly label: string; readonly type: string }[] }

/**
 * Of the secrets that stay as somebody gave them. Those that have parts are left out: sources add to them by themselves, tokens that
 * they were given.
 */
export function secretFingerprints(
  store: Pick<Store, 'fingerprint'>,
  workspace: string,
  values: ReadonlyMap<string, string>,
  { inputs }: Compared,
  types: Readonly<Record<string, InputType>>,
): SecretFingerprint[] {
  const parted = new Set(
    inputs.flatMap(({ label, type }) => {
      const paths = types[type] === undefined ? [] : secretPaths(types[type].settings)
      return paths.filter(({ length }) => length > 1).map(([name]) => `input ${label}.${name}`)
    }),
  )
  return [...values]
    .filter(([place]) => !parted.has(place))
    .map(([place, value]) => ({ place, fingerprint: store.fingerprint(JSON.stringify([workspace, place, value])) }))
    .toSorted((one, other) => (one.place < other.place ? -1 : 1))
}

/** Columns and event types that traffic makes while somebody looks at a plan are no reason to refuse it. */
export function versionOf(
  present: readonly ConfigurationObject[],
  codeVersion: number,
  secrets: readonly SecretFingerprint[],
  changes: readonly ObjectChange[],
): string {
  const said = present.map(({ kind, name, value }) => {
    if (kind !== 'event-type') return { kind, name, value }
    const fields = (value['fields'] as { origin?: string }[]).filter(({ origin }) => origin !== 'auto')
    return { kind, name, value: { ...value, fields } }
  })
  // Of secrets that have parts this is all that tells: that they are others than the file's, or are not.
  const otherSecrets = changes.flatMap(({ kind, name, fields }) =>
    fields.filter(({ isSecret }) => isSecret).map(({ field }) => `${kind} ${name} ${field}`),
  )
  return hash('sha256', JSON.stringify(ordered([codeVersion, said, secrets, otherSecrets]))).slice(0, 32)
}
