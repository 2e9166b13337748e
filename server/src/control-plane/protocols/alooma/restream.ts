/** The restream queue: started, stopped, emptied (ALOOMA-47 to 49). */
import { z } from 'zod'
import { restreamNode } from './restream-node.ts'
import { type AloomaParts, type AloomaRequest, type On, readBody, refused } from './route.ts'

export function restreamRoutes(on: On, { operations }: AloomaParts): void {
  on('DELETE', '/plumbing/purge/restream', 'restream:write', async ({ caller }) =>
    operations.restream.purge(caller, {}),
  )
}

const restreamBody = z.object({ configuration: z.object({ streaming: z.union([z.string(), z.boolean()]) }) })

/** `streaming`: "true" starts it, "false" stops it. */
export async function restreamChange(parts: AloomaParts, { caller, body }: AloomaRequest) {
  const streaming = String(readBody(restreamBody, body).configuration.streaming)
  if (streaming === 'true') await parts.port.startRestream(caller)
  else if (streaming === 'false') await parts.port.stopRestream(caller)
  else throw refused('configuration.streaming has to be "true" or "false"')
  return restreamNode(parts, caller)
}
