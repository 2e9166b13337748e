/** Where rows go, and how that is doing. */
import { bodyOf, type Client } from './client.ts'
import type { components } from './openapi.ts'

export type Output = components['schemas']['Output']

/** There is one: the workspace's destination. Its secrets are not told. @throws ClientError */
export async function getOutputs(client: Client): Promise<Output[]> {
  return (await bodyOf(client.GET('/api/v1/outputs'))).items
}
