/** The restream queue as a node (ALOOMA-46). */
import type { Caller } from '../../operations/operation.ts'
import { type Node, nodeIds, nodeOf } from './nodes.ts'
import type { AloomaParts } from './route.ts'

export async function restreamNode({ operations, port }: AloomaParts, caller: Caller): Promise<Node> {
  const { restream } = await operations.status.get(caller)
  const throughput = await port.throughput(caller)
  const isStreaming = await port.isRestreaming(caller)
  return nodeOf({
    id: nodeIds.restream,
    name: 'Restream',
    type: 'RESTREAM',
    category: 'INPUT',
    configuration: { streaming: String(isStreaming) },
    state: isStreaming ? 'RUNNING' : 'IDLE',
    stats: {
      throughput: throughput.restreamed,
      availbleForRestream: restream.count, // spelt so
      currentQueueSize: restream.bytes,
      maxQueueSize: restream.limits.bytesMax,
    },
  })
}
