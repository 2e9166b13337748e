/** The archive of raw events: where they are kept besides the tables, and how far that is. */
import { bodyOf, type Client, ClientError } from './client.ts'
import type { components, paths } from './openapi.ts'

export type Archive = components['schemas']['Archive']
type Body<Path extends keyof paths, Method extends 'put' | 'post'> = paths[Path] extends {
  [M in Method]: { requestBody: { content: { 'application/json': infer B } } }
}
  ? B
  : never
/** What is left out has its default. A secret key that is left out stays what it was, for the same access key at the same endpoint. */
export type ArchiveDraft = Body<'/api/v1/archive', 'put'>
export type ArchiveTarget = ArchiveDraft['target']

/** Undefined: nothing is archived. @throws ClientError */
export async function getArchive(client: Client): Promise<Archive | undefined> {
  try {
    return await bodyOf(client.GET('/api/v1/archive'))
  } catch (error) {
    if (error instanceof ClientError && error.code === 'not_found') return undefined
    throw error
  }
}

/** Archives there from now on; an archive that there is goes on where it was. Safe to repeat. @throws ClientError */
export function setArchive(client: Client, draft: ArchiveDraft): Promise<Archive> {
  return bodyOf(client.PUT('/api/v1/archive', { body: draft }))
}

/** Archives no more; what is archived stays where it is. Safe to repeat. @throws ClientError */
export async function deleteArchive(client: Client): Promise<void> {
  if ((await getArchive(client)) !== undefined) await client.DELETE('/api/v1/archive')
}

/** Writes a small object and deletes it: at a target, or where the archive is. Why that is not possible; null where it is. @throws ClientError */
export async function testArchive(client: Client, target?: ArchiveTarget): Promise<string | null> {
  return (await bodyOf(client.POST('/api/v1/archive/test', { body: { ...(target && { target }) } }))).reason
}
