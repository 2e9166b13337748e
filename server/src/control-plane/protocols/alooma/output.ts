/**
 * The destination, under the name of a warehouse that Alooma's clients know (ALOOMA-53 to 55): one node, REDSHIFT until somebody puts
 * another type there, which alooma.py itself refuses to do. What it is configured with is kept and told again; where rows really go is not decided here.
 */
import { z } from 'zod'
import { type Caller, demand, notFound } from '../../operations/operation.ts'
import { type Node, nodeIds, nodeOf } from './nodes.ts'
import { restreamChange } from './restream.ts'
import { type AloomaParts, anyObject, type On, readBody, refused } from './route.ts'

const sinks = { REDSHIFT: 'Redshift', SNOWFLAKE: 'Snowflake', BIGQUERY: 'BigQuery' } as const
type Sink = keyof typeof sinks
const defaultSink: Sink = 'REDSHIFT'
const kind = 'output'
const id = nodeIds.output

const nodeChange = z.object({
  configuration: anyObject.default({}),
  name: z.string().min(1).max(200).optional(),
  type: z.string().optional(),
})

export function outputRoutes(on: On, parts: AloomaParts): void {
  const { kept } = parts
  on('GET', '/plumbing/outputs', 'inputs:read', async ({ caller }) => [await outputNode(parts, caller)])

  /** One path for two nodes that can be changed: this one, and the restream queue, whose change starts and stops it. */
  on('PUT', '/plumbing/nodes/:id', 'restream:write', async (request) => {
    const { caller, params, body } = request
    if (params['id'] === nodeIds.restream) return restreamChange(parts, request)
    if (params['id'] !== id) throw notFound('node that can be changed')
    demand(caller, 'settings:write')
    const { configuration, name, type } = readBody(nodeChange, body)
    const before = await outputNode(parts, caller)
    const asked = String(type ?? configuration['sinkType'] ?? before.type).toUpperCase()
    if (!(asked in sinks)) throw refused(`The output is one of ${Object.keys(sinks).join(', ')}, not ${asked}`)
    if (String(configuration['sinkType'] ?? asked).toUpperCase() !== asked) throw refused('sinkType is not the type')
    await validated(parts, caller, configuration)
    await kept.put(caller, kind, id, { name: name ?? before.name, type: asked, configuration })
    return outputNode(parts, caller)
  })

  on('GET', '/zk-configuration/featureUseBigQueryNewConnectConfiguration', 'session', () => ({
    featureUseBigQueryNewLoginConfiguration: true,
  }))
}

export async function outputNode({ kept, port, operations }: AloomaParts, caller: Caller): Promise<Node> {
  const said = await kept.get(caller, kind, id)
  const type = said === undefined ? defaultSink : (said['type'] as Sink)
  const configuration = (said?.['configuration'] ?? {}) as Record<string, unknown>
  const throughput = await port.throughput(caller)
  const [output] = await operations.outputs.list(caller)
  return nodeOf({
    id,
    name: said === undefined ? sinks[type] : String(said['name']),
    type,
    category: 'OUTPUT',
    configuration: { ...configuration, sinkType: type },
    state: output?.state === 'running' ? 'RUNNING' : 'NOT_RUNNING',
    ...(said !== undefined && { stateReason: whereRowsGo(output?.type) }),
    stats: { throughput: throughput.loaded },
  })
}

function whereRowsGo(destination = 'destination'): string {
  return `Rows go to this workspace’s ${destination}, which the operator of the server chose: what is configured here is kept, and moves nothing`
}

/** Tests the connection that there is: to the destination of this workspace, whatever the configuration names. */
async function validated({ operations }: AloomaParts, caller: Caller, configuration: Record<string, unknown>) {
  if (String(configuration['skipValidation'] ?? 'false') === 'true') return
  try {
    await operations.query.run(caller, { sql: 'SELECT 1', limit: 1 })
  } catch (cause) {
    throw refused(`The destination cannot be reached: ${(cause as Error).message}`)
  }
}
