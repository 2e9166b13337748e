/** What users' code, lookups and secrets must be like, whoever brings them. */
import { type FieldError, MillraceError } from '../../errors.ts'
import type { Diagnostic, TransformLimits, TransformModule } from '../../transform.ts'

export const transformRules = {
  modulesMax: 100,
  moduleLinesMax: 10_000,
  moduleBytesMax: 1024 * 1024,
  lookupsMax: 100,
  lookupBytesMax: 1024 * 1024,
  /** Of all lookups together: all are loaded with the code. */
  lookupBytesTotalMax: 16 * 1024 * 1024,
  secretsMax: 100,
  secretBytesMax: 64 * 1024,
  nameCharsMax: 64,
  messageCharsMax: 1_000,
  /** Objects and arrays inside one another. */
  depthMax: 64,
} as const

const mebibyte = 1024 * 1024

/** What each limit may be set to. */
export const limitBounds: Readonly<Record<keyof TransformLimits, readonly [min: number, max: number]>> = {
  eventMs: [10, 60_000],
  chunkMs: [100, 300_000],
  memoryBytes: [32 * mebibyte, 1024 * mebibyte],
  outputBytesMax: [1024, 32 * mebibyte],
  outputEventsMax: [1, 10_000],
  printedBytesMax: [0, mebibyte],
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/
/** A path of the protocols that Millrace speaks means something else by it. */
const takenNames = ['run']

export function isPartName(name: string): boolean {
  return identifier.test(name) && name.length <= transformRules.nameCharsMax
}

/** @throws MillraceError `invalid_request`. */
export function refuseWrongName(name: string, field = 'name'): void {
  if (isPartName(name)) return
  throw refusal(field, 'A name is letters, digits and _, no digit first, at most 64 of them')
}

/** @throws MillraceError `invalid_request`: the first rule that a module breaks. */
export function refuseWrongModule({ name, code }: Pick<TransformModule, 'name' | 'code'>, field: string): void {
  refuseWrongName(name, `${field}.name`)
  if (takenNames.includes(name)) throw refusal(`${field}.name`, `A module cannot be called ${name}`)
  const { moduleBytesMax, moduleLinesMax } = transformRules
  if (Buffer.byteLength(code) > moduleBytesMax) throw refusal(`${field}.code`, 'A module has at most 1 MiB')
  if (linesOf(code) > moduleLinesMax) throw refusal(`${field}.code`, 'A module has at most 10,000 lines')
  if (!code.isWellFormed() || code.includes('\0')) throw refusal(`${field}.code`, 'It holds what is no text')
}

/** @throws MillraceError `invalid_request`. */
export function refuseWrongOrder(order: readonly string[], modules: readonly { readonly name: string }[]): void {
  const names = new Set(modules.map(({ name }) => name))
  for (const [place, name] of order.entries()) {
    if (!names.has(name)) throw refusal(`order.${place}`, `There is no module ${name}`)
    if (order.indexOf(name) < place) throw refusal(`order.${place}`, `${name} stands there twice`)
  }
}

export function refuseTooMany(parts: readonly unknown[], max: number, what: string): void {
  if (parts.length <= max) return
  throw new MillraceError('conflict', `A workspace has at most ${max} ${what}`, { hint: 'Delete one first.' })
}

/** Level by level, since a call for each level could have too many. @throws MillraceError `too_deep`. */
export function refuseDeep(value: unknown): void {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > transformRules.depthMax)
      throw new MillraceError('too_deep', `Objects and arrays lie more than ${transformRules.depthMax} deep`)
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
}

export function linesOf(code: string): number {
  return code.split('\n').length - (code.endsWith('\n') ? 1 : 0)
}

export function refusal(field: string, message: string): MillraceError {
  return new MillraceError('invalid_request', `${field}: ${message}`, { fields: [{ field, message }] })
}

const fieldsMax = 100

/** Its fields are the places: `module:line:column`. */
export function invalidCode(diagnostics: readonly Diagnostic[], hint: string): MillraceError {
  const fields = diagnostics.slice(0, fieldsMax).map(
    ({ message, ...place }): FieldError => ({
      field: placeOf(place),
      message,
    }),
  )
  const more = diagnostics.length > 1 ? `, and ${diagnostics.length - 1} more` : ''
  const { field, message } = fields[0]!
  return new MillraceError('invalid_code', `${field}: ${message}${more}`, { fields, hint })
}

function placeOf({ module, line, column }: Omit<Diagnostic, 'message'>): string {
  return [module, line, column].filter((part) => part !== undefined).join(':')
}
