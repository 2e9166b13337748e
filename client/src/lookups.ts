/** Lookups of code: small tables from keys to values that are loaded with it. Each change is a version of the code. */
import { bodyOf, type Client } from './client.ts'
import type { components } from './openapi.ts'
import type { Deployed, DeployOptions } from './transforms.ts'

export type Lookup = components['schemas']['Lookup']
export type LookupEntries = Readonly<Record<string, unknown>>
type Options = Omit<DeployOptions, 'allowTypeErrors'>

/** By name, without their entries. @throws ClientError */
export async function getLookups(client: Client): Promise<Lookup[]> {
  return (await bodyOf(client.GET('/api/v1/transforms/lookups'))).items
}

/** @throws ClientError `not_found`. */
export function getLookup(client: Client, name: string): Promise<Lookup & { entries: LookupEntries }> {
  return bodyOf(client.GET('/api/v1/transforms/lookups/{name}', { params: { path: { name } } }))
}

/** All of its entries, over those of before. @throws ClientError `invalid_request`; `precondition_failed`. */
export function setLookup(
  client: Client,
  name: string,
  entries: LookupEntries,
  options: Options = {},
): Promise<Deployed> {
  const params = { path: { name } }
  return bodyOf(client.PUT('/api/v1/transforms/lookups/{name}', { params, body: { entries, ...options } }))
}

/** @throws ClientError `not_found`; `precondition_failed`. */
export function deleteLookup(client: Client, name: string, options: Options = {}): Promise<Deployed> {
  return bodyOf(client.DELETE('/api/v1/transforms/lookups/{name}', { params: { path: { name }, query: options } }))
}
