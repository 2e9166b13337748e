/** Workspaces (DATORAMA-01, 02). */
import type { DatoramaParts } from './datorama-parts.ts'
import type { NativeWorkspace } from './datorama-port.ts'
import type { Visitor } from './door.ts'
import { historyOf } from './history.ts'
import { workspaceIn } from './places.ts'
import type { On } from './route.ts'

export function workspaceRoutes(on: On, parts: DatoramaParts): void {
  const { port } = parts
  on('GET', '/workspaces', async ({ visitor }) => {
    const all = await visibleWorkspaces(parts, visitor)
    return Promise.all(all.map((workspace) => workspaceOf(parts, workspace)))
  })
  on('GET', '/workspaces/:id', async ({ visitor, params }) => {
    const caller = await workspaceIn(parts, visitor, params['id'], 'inputs:read')
    return workspaceOf(parts, await port.workspace(caller))
  })
}

export async function visibleWorkspaces(
  { port }: DatoramaParts,
  visitor: Visitor,
): Promise<readonly NativeWorkspace[]> {
  return (await port.workspaces(visitor.caller)).filter(({ id }) => visitor.reaches(id))
}

async function workspaceOf({ numbers }: DatoramaParts, { id, name, createdAt }: NativeWorkspace) {
  return {
    id: await numbers.one('workspace', '', id),
    name,
    ...(await historyOf(numbers, { at: createdAt, by: null })),
    // Names that clients of the original may read; nothing here is like them.
    accountId: null,
    currencyId: null,
    accountCurrencyId: null,
    cultureId: null,
    timezoneId: null,
    verticalId: null,
    visibleBuckets: [],
    subWorkspaces: [],
    executiveWorkspace: false,
    costCenterEnabled: false,
    workflowsEnabled: false,
    hourlyProcessingAllowed: true,
  }
}
