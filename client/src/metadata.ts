/** Workspaces, sources and jobs of all workspaces as tables of plain rows, which are brought up to date instead of fetched again. */
import { type Client, ClientError } from './client.ts'

export type MetadataKind = 'workspaces' | 'sources' | 'jobs'

/** Columns as in the tables `millrace_…` of the destination; times are ISO 8601. */
export type MetadataRow = Readonly<Record<string, unknown>>

export interface MetadataTable {
  readonly kind: MetadataKind
  /** Of this workspace alone; of all that one may see where missing. */
  readonly workspace?: string
  readonly rows: readonly MetadataRow[]
  /** Up to which change it is: for {@link refreshMetadata}. */
  readonly changedSince: string
}

/** All there is. @throws ClientError */
export function getMetadata(
  client: Client,
  kind: MetadataKind,
  { workspace }: { workspace?: string } = {},
): Promise<MetadataTable> {
  return read(client, { kind, ...(workspace !== undefined && { workspace }), rows: [], changedSince: '' })
}

/** The table as it is now, of which only what changed is fetched; `previous` is left as it is. @throws ClientError */
export function refreshMetadata(client: Client, previous: MetadataTable): Promise<MetadataTable> {
  return read(client, previous)
}

async function read(client: Client, previous: MetadataTable): Promise<MetadataTable> {
  const { kind, workspace, changedSince } = previous
  const query = { format: 'ndjson' as const, ...(changedSince && { changedSince }), ...(workspace && { workspace }) }
  const { response, data } = await client.GET('/api/v1/metadata/{kind}', {
    params: { path: { kind }, query },
    parseAs: 'text',
  })
  const next = response.headers.get('x-millrace-changed-since')
  if (next === null) throw new ClientError({ status: 0, code: 'unexpected_answer', detail: 'The answer is no table' })
  const isWhole = response.headers.get('x-millrace-whole') === 'true'
  const known = new Map((isWhole ? [] : previous.rows).map((row) => [keyOf(row), row]))
  for (const line of String(data ?? '').split('\n')) {
    if (line === '') continue
    const { is_gone: isGone, ...row } = JSON.parse(line) as MetadataRow
    if (isGone === true) known.delete(keyOf(row))
    else known.set(keyOf(row), row)
  }
  return { ...previous, rows: [...known.values()], changedSince: next }
}

function keyOf({ workspace, id }: MetadataRow): string {
  return `${String(workspace ?? '')}\n${String(id)}`
}
