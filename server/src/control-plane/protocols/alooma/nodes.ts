/** A node of Alooma's structure (ALOOMA-06), and those that every workspace has one of. */

export interface Node {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly category: 'INPUT' | 'PROCESSOR' | 'OUTPUT'
  readonly configuration: Readonly<Record<string, unknown>>
  readonly deleted: false
  readonly state: string | null
  /** Why it is in this state, where there is something to say. */
  readonly stateReason?: string
  readonly paused: boolean
  readonly validated: boolean
  /** ISO 8601. */
  readonly created_at: string | null
  readonly stats: Readonly<Record<string, number | null>>
}

export const nodeIds = { restream: 'restream', codeEngine: 'code-engine', mapper: 'mapper', output: 'output' } as const

export function nodeOf({
  state = null,
  paused = false,
  validated = true,
  created_at = null,
  stats = {},
  ...named
}: Pick<Node, 'id' | 'name' | 'type' | 'category' | 'configuration'> & Partial<Node>): Node {
  return { ...named, deleted: false, state, paused, validated, created_at, stats: { throughput: null, ...stats } }
}
