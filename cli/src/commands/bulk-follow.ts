/** Shows how a bulk operation goes, and saves what became of each item. */
import { appendFile, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type BulkOperation, type BulkResult, bulkEnded, bulkProgress, getBulkResults } from '@millrace/client/bulk'
import type { Client } from '@millrace/client/client'
import { toCsv } from '@millrace/client/csv'
import { type ExitCode, exitCodes } from '../failure.ts'
import type { Output } from '../output.ts'
import { progressBar } from '../progress-bar.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'
import { renderTable } from '../table.ts'
import type { World } from '../world.ts'

export interface SaveOptions {
  readonly save?: string
  readonly append?: true
}

/** Until it has ended. All items failed: 1; some: 5. */
export async function followBulk(
  { world, output }: { world: World; output: Output },
  client: Client,
  started: BulkOperation,
  options: SaveOptions,
): Promise<ExitCode> {
  output.remark(
    `Operation ${started.id} goes on in the server if this ends; millrace bulk cancel ${started.id} ends it.`,
  )
  const bulk = await bulkEnded(client, started, {
    onProgress: ({ done, total, etaMs, failed }) =>
      output.redraw(
        progressBar({
          done,
          total,
          rate: null,
          etaMs,
          noun: 'source',
          ...(failed > 0 && { note: `${failed} failed` }),
        }),
      ),
  })
  if (options.save !== undefined || bulk.isDryRun) {
    const results = await getBulkResults(client, bulk.id)
    if (options.save !== undefined) await saveResults(world, bulk.id, results, options)
    if (bulk.isDryRun) output.show(results, () => resultsTable(results))
    else output.show([bulk], () => bulkText(bulk))
  } else {
    output.show([bulk], () => bulkText(bulk))
  }
  if (bulk.failed > 0) await remarkFailures(client, output, bulk)
  if (bulk.failed + bulk.cancelled === 0) return exitCodes.ok
  return bulk.succeeded === 0 ? exitCodes.failed : exitCodes.partly
}

const failuresShown = 5

async function remarkFailures(client: Client, output: Output, { id, failed }: BulkOperation): Promise<void> {
  const failures = await getBulkResults(client, id, 'FAILURE')
  for (const { label, source, error, line } of failures.slice(0, failuresShown)) {
    output.remark(`${line === null ? '' : `line ${line}: `}${label ?? source}: ${error}`)
  }
  if (failed > failuresShown)
    output.remark(`${formatCount(failed - failuresShown)} more: millrace bulk results ${id} --state FAILURE`)
}

/** Rows are added behind those that are in the file with `append`; else the file must be new, or is written anew. */
export async function saveResults(
  { cwd }: World,
  bulk: string,
  results: readonly BulkResult[],
  { save, append }: SaveOptions,
): Promise<void> {
  const file = resolve(cwd, save!)
  const rows = results.map((result) => ({ bulk, ...result }))
  const hasRows = append && (await stat(file).catch(() => undefined))?.size
  if (hasRows) await appendFile(file, toCsv(rows, { hasHeader: false }))
  else await writeFile(file, toCsv(rows))
}

export function bulkText(bulk: BulkOperation): string {
  const { id, kind, isDryRun, state, total, succeeded, failed, cancelled, elapsedMs } = bulk
  const what = `${isDryRun ? 'dry run of ' : ''}${kind} ${formatNumberOf(total, 'source')}`
  const others = [failed > 0 && `${formatCount(failed)} failed`, cancelled > 0 && `${formatCount(cancelled)} left out`]
  const counts = [`${formatCount(succeeded)} done`, ...others.filter(Boolean)].join(', ')
  const { percent, etaMs } = bulkProgress(bulk)
  if (bulk.endedAt !== null) return `${state}: ${what}: ${counts} in ${formatDuration(elapsedMs)}. (${id})`
  const left = etaMs === null ? '' : `, ${formatDuration(etaMs)} left`
  return `${state}: ${what}: ${Math.floor(percent)} %, ${counts}${left}. (${id})`
}

export function resultsTable(results: readonly BulkResult[]): string {
  return renderTable(
    ['#', 'workspace', 'source', 'state', 'error', 'detail'],
    results.map(({ position, workspace, source, label, state, error, detail }) => [
      position,
      workspace,
      label ?? source,
      state,
      error,
      detail,
    ]),
  )
}
