/** Types of inputs, in Alooma's names and ours, and which of them can be made through this protocol. */
import { MillraceError } from '../../../errors.ts'
import type { InputType } from '../../../inputs.ts'

/** Ours, by Alooma's name, where the names are not alike. */
const nativeOf: Readonly<Record<string, string>> = { RESTAPI: 'native', S3: 'files' }
const aloomaOf: Readonly<Record<string, string>> = { native: 'RESTAPI' }

/** Alooma's own README says of these that they cannot be made by its API: somebody has to log in elsewhere first. */
const byConsent = new Set([
  'SALESFORCE',
  'GOOGLE_SHEETS',
  'GOOGLE_SHEETS_STORAGE',
  'GOOGLE_ANALYTICS',
  'GOOGLE_ADWORDS',
  'GOOGLE_ADS',
  'FACEBOOK_ADS',
  'HUBSPOT',
  'BING_ADS',
  'LINKEDIN_ADS',
  'TWITTER_ADS',
  'QUICKBOOKS',
  'XERO',
])
const typeName = /^[A-Z][A-Z0-9_]{0,63}$/

export function aloomaType(native: string): string {
  return aloomaOf[native] ?? native.toUpperCase().replaceAll('-', '_')
}

/**
 * Our type for one of Alooma's: undefined for a type that nothing here can run, whose input is kept but stands still.
 * @throws MillraceError `invalid_request`: inputs of this type are made elsewhere.
 */
export function nativeTypeFor(
  given: string,
  types: readonly ({ readonly name: string } & InputType)[],
): string | undefined {
  const type = given.toUpperCase()
  if (!typeName.test(type)) throw refusal(`${JSON.stringify(given)} is no type of an input`)
  if (byConsent.has(type))
    throw refusal(`Inputs of type ${type} need somebody’s consent by OAuth and cannot be made here`)
  if (/(^|_)(SDK|WEBHOOK)(_|$)/.test(type)) throw madeElsewhere(type)
  const named = types.find(({ name }) => name === nativeOf[type] || (aloomaType(name) === type && !(type in nativeOf)))
  if (named === undefined) return undefined
  if (named.keys !== 'none' && !(type in nativeOf)) throw madeElsewhere(type)
  return named.name
}

function madeElsewhere(type: string): MillraceError {
  return refusal(`Webhooks and SDKs (${type}) cannot be made here`)
}

function refusal(message: string): MillraceError {
  return new MillraceError('invalid_request', message, { hint: 'Make it with POST /api/v1/inputs.' })
}
