/** `millrace metadata`: workspaces, sources and jobs as tables, for people, programs and spreadsheets. */
import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client } from '@millrace/client/client'
import { getMetadata, type MetadataKind, type MetadataRow } from '@millrace/client/metadata'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { type Cell, renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'

interface MetadataOptions extends ConnectionOptions {
  readonly csv?: string
  readonly parquet?: string
  readonly changedSince?: string
}

const shown = {
  workspaces: ['id', 'name', 'created_at', 'archived_at'],
  sources: ['workspace', 'label', 'type', 'last_job_state', 'last_job_ended_at', 'last_job_rows', 'id'],
  jobs: ['workspace', 'kind', 'source', 'query', 'state', 'range_start', 'range_end', 'row_count', 'ended_at', 'id'],
} as const satisfies Record<MetadataKind, readonly string[]>

export function metadataCommand(program: Program, parent: Command): void {
  const metadata = parent
    .command('metadata')
    .summary('workspaces, sources and jobs as tables')
    .description('Tells all workspaces, sources or jobs that one may see as one table.')
    .addHelpText(
      'after',
      examples(
        'millrace metadata sources',
        'millrace metadata jobs --workspace lab --csv jobs.csv',
        'millrace metadata sources --parquet sources.parquet',
        'millrace metadata refresh && millrace query "SELECT * FROM millrace_sources"',
      ),
    )
  for (const kind of ['workspaces', 'sources', 'jobs'] as const) {
    const command = metadata
      .command(kind)
      .description(`Tells all ${kind}, of all workspaces or of one.`)
      .option('--csv <file>', 'into a file of CSV; - is standard output')
      .option('--parquet <file>', 'into a file of Parquet')
      .option('--changed-since <time>', 'what changed since, and what is gone (2026-01-31T10:00:00Z)')
    act<MetadataOptions, []>(program, addConnectionOptions(command), (run, options) => tell(run, kind, options))
  }
  const refresh = metadata
    .command('refresh')
    .description(
      'Brings the tables millrace_workspaces, millrace_sources and millrace_jobs of the destination up to now.',
    )
  act<ConnectionOptions, []>(program, addConnectionOptions(refresh), async ({ world, output }, options) => {
    await (await connect(world, options)).POST('/api/v1/metadata/refresh')
    output.show([{ refreshed: true }], () => 'The tables of the destination are up to date.')
  })
}

async function tell({ world, output }: Run, kind: MetadataKind, options: MetadataOptions): Promise<void> {
  const { csv, parquet, changedSince, workspace } = options
  if (csv !== undefined && parquet !== undefined)
    throw usageError('A table is written in one form', 'Give --csv or --parquet.')
  const client = await connect(world, options)
  if (csv === '-') return output.write(Buffer.from(await read(client, kind, 'csv', changedSince)).toString())
  const file = csv ?? parquet
  if (file !== undefined) {
    await save(client, kind, csv === undefined ? 'parquet' : 'csv', resolve(world.cwd, file), changedSince)
    return output.remark(`${file} is written.`)
  }
  if (changedSince !== undefined) {
    const lines = Buffer.from(await read(client, kind, 'ndjson', changedSince))
      .toString()
      .split('\n')
    return show(
      output,
      kind,
      lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as MetadataRow])),
    )
  }
  show(output, kind, (await getMetadata(client, kind, workspace === undefined ? {} : { workspace })).rows)
}

function show(output: Run['output'], kind: MetadataKind, rows: readonly MetadataRow[]): void {
  const names = shown[kind]
  output.show(rows, () => {
    if (rows.length === 0) return `There are no ${kind}.`
    return renderTable(
      names,
      rows.map((row) => names.map((name) => row[name] as Cell)),
    )
  })
}

type Format = 'csv' | 'parquet' | 'ndjson'

async function ask(client: Client, kind: MetadataKind, format: Format, changedSince: string | undefined) {
  const query = { format, ...(changedSince !== undefined && { changedSince }) }
  const { response } = await client.GET('/api/v1/metadata/{kind}', {
    params: { path: { kind }, query },
    parseAs: 'stream',
  })
  return response
}

const read = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).arrayBuffer()

async function save(
  client: Client,
  kind: MetadataKind,
  format: Format,
  file: string,
  changedSince: string | undefined,
): Promise<void> {
  const { body } = await ask(client, kind, format, changedSince)
  await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body as never), createWriteStream(file))
}
