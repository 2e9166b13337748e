/**
 * Settings of inputs that hold secrets, as a document gives them: a secret that is a text by one reference; one that has parts, such as
 * how to log in, by one reference to its JSON, or as an object whose secret parts are references.
 */
import { isDeepStrictEqual } from 'node:util'
import { type FieldError, MillraceError } from '../../errors.ts'
import type { InputType } from '../../inputs.ts'
import { secretPaths } from '../../settings.ts'
import type { ConfigurationDocument, SecretReference } from './configuration-parts.ts'

type Types = Readonly<Record<string, InputType>>

/** A setting's secret with its value as a text; of one that has parts that is JSON. Without a value it stays as it is. */
export interface SettingReference extends SecretReference {
  readonly isJson?: true
}

/**
 * The document with each secret setting as one reference. @param present values by place.
 * @throws MillraceError `invalid_request` with `fields`: a secret where it would be shown, one that stands there openly, or is missing.
 */
export function withSettledSecrets(
  document: ConfigurationDocument,
  present: ReadonlyMap<string, string>,
  types: Types,
): ConfigurationDocument {
  const faults: FieldError[] = []
  const inputs = document.inputs.map((input) => {
    const type = types[input.type]
    if (type === undefined) return input
    const paths = Map.groupBy(secretPaths(type.settings), ([name]) => name!)
    const settings = Object.entries(input.settings).map(([name, value]) => {
      const field = `input ${input.label}.settings.${name}`
      const complain = (message: string) => void faults.push({ field, message })
      const own = paths.get(name)
      if (own === undefined) {
        if (hasReference(value)) complain('It is no secret setting: its value would be shown')
        return [name, value]
      }
      if (value === null) return [name, value]
      const before = present.get(`input ${input.label}.${name}`)
      return [name, own[0]!.length === 1 ? plain(value, complain) : parted(value, own, before, complain)]
    })
    return { ...input, settings: Object.fromEntries(settings) as Record<string, unknown> }
  })
  if (faults.length === 0) return { ...document, inputs }
  throw new MillraceError('invalid_request', faults.map(({ field, message }) => `${field}: ${message}`).join('. '), {
    fields: faults,
  })
}

type Complain = (message: string) => void

function plain(value: unknown, complain: Complain): unknown {
  if (!isReference(value)) complain('It is a secret: give it by reference')
  return value
}

function parted(
  value: unknown,
  paths: readonly string[][],
  before: string | undefined,
  complain: Complain,
): SettingReference {
  const stored: unknown = before === undefined ? undefined : JSON.parse(before)
  const name = isReference(value) ? value.secret.name : ''
  let given: unknown
  if (isReference(value)) {
    const { value: text } = value.secret
    if (text === undefined) return { secret: { name }, isJson: true }
    given = parsed(text, name, complain)
  } else {
    for (const [, ...path] of paths) {
      const leaf = path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)
      if (typeof leaf === 'string') complain(`${path.join('.')} is a secret: give it by reference`)
    }
    given = substituted(value, stored, complain)
  }
  // A source adds to it by itself: tokens that it was given for those.
  const isSame = stored !== undefined && isWithin(given, stored)
  return { secret: { name, ...(!isSame && { value: JSON.stringify(given) }) }, isJson: true }
}

function parsed(text: string, name: string, complain: Complain): unknown {
  try {
    return JSON.parse(text)
  } catch {
    complain(`The secret ${name} has parts, and has to be JSON`)
    return undefined
  }
}

function substituted(value: unknown, stored: unknown, complain: Complain): unknown {
  if (isReference(value)) {
    const { name, value: text = stored } = value.secret
    if (text === undefined) complain(`The secret ${name} is not given, and there is none yet`)
    return text
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value)
  const storedOf = (key: string) => (isObject(stored) ? stored[key] : undefined)
  return Object.fromEntries(entries.map(([key, inner]) => [key, substituted(inner, storedOf(key), complain)]))
}

function isWithin(given: unknown, stored: unknown): boolean {
  if (!isObject(given) || !isObject(stored)) return isDeepStrictEqual(given, stored)
  return Object.entries(given).every(([key, inner]) => isWithin(inner, stored[key]))
}

function hasReference(value: unknown): boolean {
  if (isReference(value)) return true
  return isObject(value) && Object.values(value).some(hasReference)
}

export function isReference(value: unknown): value is SettingReference {
  return isObject(value) && isObject(value['secret']) && typeof value['secret']['name'] === 'string'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
