/** The structure of a workspace as nodes (ALOOMA-06, 46, 52): inputs, the restream queue, the code engine, the mapper, the destination. */
import type { Caller } from '../../operations/operation.ts'
import { openInputNodes } from './input-nodes.ts'
import { type Node, nodeIds, nodeOf } from './nodes.ts'
import { outputNode } from './output.ts'
import { restreamNode } from './restream-node.ts'
import type { AloomaParts, On } from './route.ts'

export function structureRoutes(on: On, parts: AloomaParts): void {
  const inputs = openInputNodes(parts)
  on('GET', '/plumbing', 'inputs:read', async ({ caller }) => ({
    nodes: [
      ...(await inputs.list(caller)),
      await restreamNode(parts, caller),
      ...(await processors(parts, caller)),
      await outputNode(parts, caller),
    ],
  }))
  on('GET', '/repository', 'session', async ({ caller }) => ({
    config_clientName: caller.workspace,
    config_deploymentName: caller.workspace,
  }))
  on('GET', '/deployInfo', 'session', async ({ caller }) => {
    const { name } = await parts.operations.workspaces.get(caller)
    return { deploymentName: caller.workspace, displayName: name }
  })
}

async function processors({ port }: AloomaParts, caller: Caller): Promise<Node[]> {
  const received = (await port.throughput(caller)).received
  return [
    nodeOf({
      id: nodeIds.codeEngine,
      name: 'Code Engine',
      type: 'TRANSFORMER',
      category: 'PROCESSOR',
      configuration: {},
      stats: { throughput: received },
    }),
    nodeOf({
      id: nodeIds.mapper,
      name: 'Mapper',
      type: 'MAPPER',
      category: 'PROCESSOR',
      configuration: {},
      stats: { throughput: received },
    }),
  ]
}
