/** `/metadata`: workspaces, sources and jobs as tables */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { csvLine } from '../../csv-text.ts'
import { type MetadataKind, metadataColumns, metadataKinds } from '../../metadata-tables.ts'
import type { Column } from '../../rows.ts'
import type { MetadataAnswer, MetadataPart } from '../operations/metadata.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'

const tags = ['metadata']
const formats = ['ndjson', 'csv', 'parquet'] as const
type Format = (typeof formats)[number]

const mediaTypes = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
} as const satisfies Record<Format, string>

const querystring = z.strictObject({
  workspace: inWorkspace.workspace.describe('Id of the workspace; all that one may see where missing'),
  format: z.enum(formats).optional().describe('By `Accept` where missing, else NDJSON'),
  changedSince: z
    .string()
    .min(1)
    .max(40)
    .optional()
    .describe('`x-millrace-changed-since` of an answer, or a time: only what changed since, and what is gone'),
})

export function metadataRoutes(app: Api, metadata: Operations['metadata']): void {
  app.get(
    '/metadata/:kind',
    {
      config: { permission: metadata.read.permission },
      schema: {
        operationId: 'getMetadata',
        tags,
        summary: 'All workspaces, sources or jobs that one may see, as one table: NDJSON, CSV or Parquet',
        params: z.strictObject({ kind: z.enum(metadataKinds) }),
        querystring,
      },
    },
    async ({ caller, params: { kind }, query: { workspace, format, changedSince }, headers }, reply) => {
      const answer = await metadata.read(caller, { kind, isOfOne: workspace !== undefined, changedSince })
      return send(reply, kind, answer, format ?? formatOf(headers.accept))
    },
  )
  app.post(
    '/metadata/refresh',
    {
      config: { permission: metadata.refresh.permission },
      schema: {
        operationId: 'refreshMetadata',
        tags,
        summary:
          'Bring the tables millrace_workspaces, millrace_sources and millrace_jobs of the destination up to now',
        querystring: z.strictObject(inWorkspace),
        response: { 204: z.null() },
      },
    },
    async ({ caller }, reply) => {
      await metadata.refresh(caller)
      return reply.code(204).send(null)
    },
  )
}

function formatOf(accept: string | undefined): Format {
  const asked = (accept ?? '').split(',').map((part) => part.split(';')[0]!.trim())
  if (asked.includes('text/csv')) return 'csv'
  return asked.some((type) => /parquet/.test(type)) ? 'parquet' : 'ndjson'
}

async function send(reply: FastifyReply, kind: MetadataKind, { next, isWhole, parts }: MetadataAnswer, format: Format) {
  const columns = [...metadataColumns[kind], { name: 'is_gone', type: 'BOOLEAN' as const }]
  const rows = objectsOf(kind, parts)
  reply
    .type(mediaTypes[format])
    .header('x-millrace-changed-since', next)
    .header('x-millrace-whole', String(isWhole))
    .header('content-disposition', `attachment; filename="${kind}.${format}"`)
  if (format === 'parquet') {
    const { parquetStream } = await import('../../parquet-stream.ts')
    return reply.send(parquetStream(columns, rows))
  }
  return reply.send(Readable.from(format === 'csv' ? csvLines(columns, rows) : jsonLines(columns, rows)))
}

type MetadataObject = Readonly<Record<string, string | number | boolean | null>>

async function* objectsOf(kind: MetadataKind, parts: AsyncIterable<MetadataPart>): AsyncGenerator<MetadataObject> {
  const names = metadataColumns[kind].map(({ name }) => name)
  for await (const { rows, gone } of parts) {
    for (const row of rows) yield { ...Object.fromEntries(names.map((name, at) => [name, row[at]!])), is_gone: false }
    for (const { workspace, id } of gone) {
      yield { ...Object.fromEntries(names.map((name) => [name, null])), workspace, id, is_gone: true }
    }
  }
}

async function* csvLines(columns: readonly Column[], rows: AsyncIterable<MetadataObject>): AsyncGenerator<string> {
  yield csvLine(columns.map(({ name }) => name))
  for await (const row of rows) yield csvLine(columns.map(({ name, type }) => told(row[name] ?? null, type)))
}

async function* jsonLines(columns: readonly Column[], rows: AsyncIterable<MetadataObject>): AsyncGenerator<string> {
  for await (const row of rows) {
    const values = columns.map(({ name, type }) => {
      const value = told(row[name] ?? null, type)
      return [name, type === 'JSON' && typeof value === 'string' ? JSON.parse(value) : value]
    })
    yield `${JSON.stringify(Object.fromEntries(values))}\n`
  }
}

function told(value: string | number | boolean | null, type: Column['type']): string | number | boolean | null {
  return type === 'TIMESTAMP' && typeof value === 'number' ? new Date(value).toISOString() : value
}
