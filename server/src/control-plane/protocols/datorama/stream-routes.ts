/** Data streams (DATORAMA-03 to 09, 27). */
import { refused } from './bodies.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import type { Visitor } from './door.ts'
import { placeOf, workspaceIn } from './places.ts'
import { readStream } from './read-stream.ts'
import type { On } from './route.ts'
import { streamOf } from './stream-shape.ts'
import { openStreams } from './streams.ts'
import { visibleWorkspaces } from './workspaces.ts'

export function streamRoutes(on: On, parts: DatoramaParts): void {
  const streams = openStreams(parts)

  on('GET', '/workspaces/:id/data-streams', async ({ visitor, params }) => {
    const caller = await workspaceIn(parts, visitor, params['id'], 'sources:read')
    const all = await streams.list(caller)
    await parts.numbers.of(
      'stream',
      caller.workspace,
      all.map(({ id }) => id),
    )
    return Promise.all(all.map((stream) => streamOf(parts, stream)))
  })

  on('POST', '/data-streams', async ({ visitor, body }) => {
    const said = readStream(body)
    const number = said.workspaceId ?? (await onlyWorkspace(parts, visitor))
    const caller = await workspaceIn(parts, visitor, number, 'inputs:write')
    return streamOf(parts, await streams.create(caller, said))
  })

  on('GET', '/data-streams/:id', async ({ visitor, params }) => {
    const { caller, id } = await placeOf(parts, visitor, 'stream', params['id'], 'sources:read')
    return streamOf(parts, await streams.get(caller, id))
  })

  for (const [method, change] of [
    ['PUT', streams.replace],
    ['PATCH', streams.patch],
  ] as const) {
    on(method, '/data-streams/:id', async ({ visitor, params, body }) => {
      const { caller, id } = await placeOf(parts, visitor, 'stream', params['id'], 'inputs:write')
      const said = readStream(body)
      if (said.workspaceId !== undefined) await refuseMove(parts, caller.workspace, said.workspaceId)
      return streamOf(parts, await change(caller, id, said))
    })
  }

  on('DELETE', '/data-streams/:id', async ({ visitor, params }) => {
    const { caller, id } = await placeOf(parts, visitor, 'stream', params['id'], 'inputs:write')
    return streamOf(parts, await streams.remove(caller, id))
  })
}

async function refuseMove({ numbers }: DatoramaParts, workspace: string, number: number): Promise<void> {
  if (number === (await numbers.one('workspace', '', workspace))) return
  throw refused('workspaceId: a data stream stays in its workspace')
}

/** @throws MillraceError `invalid_request`. */
async function onlyWorkspace(parts: DatoramaParts, visitor: Visitor): Promise<number> {
  const all = await visibleWorkspaces(parts, visitor)
  if (all.length === 1) return parts.numbers.one('workspace', '', all[0]!.id)
  throw refused('workspaceId: say in which workspace the data stream is to be')
}
