/** Secrets of code: what it may ask for by name, and nobody can read. Each change is a version of the code. */
import { bodyOf, type Client } from './client.ts'
import type { Deployed, DeployOptions } from './transforms.ts'

export interface Secret {
  readonly name: string
  /** The version that set it. */
  readonly since: number
}

type Options = Omit<DeployOptions, 'allowTypeErrors'>

/** By name, without their values. @throws ClientError */
export async function getSecrets(client: Client): Promise<Secret[]> {
  return (await bodyOf(client.GET('/api/v1/transforms/secrets'))).items
}

/** Over one of that name. @throws ClientError `invalid_request`; `precondition_failed`. */
export function setSecret(client: Client, name: string, value: string, options: Options = {}): Promise<Deployed> {
  const params = { path: { name } }
  return bodyOf(client.PUT('/api/v1/transforms/secrets/{name}', { params, body: { value, ...options } }))
}

/** @throws ClientError `not_found`; `precondition_failed`. */
export function deleteSecret(client: Client, name: string, options: Options = {}): Promise<Deployed> {
  return bodyOf(client.DELETE('/api/v1/transforms/secrets/{name}', { params: { path: { name }, query: options } }))
}
