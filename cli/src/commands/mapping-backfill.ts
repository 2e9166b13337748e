/** `millrace mapping backfill`, with `--list` and `--stop`: fills columns that were mapped late. */
import { type Backfill, backfillEnded, listBackfills, startBackfill, stopBackfill } from '@millrace/client/backfills'
import { type ConnectionOptions, connect } from '../connection.ts'
import { CommandError, type ExitCode, exitCodes } from '../failure.ts'
import { type Output, printable } from '../output.ts'
import { progressBar } from '../progress-bar.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'
import { renderTable } from '../table.ts'
import type { Run } from './command.ts'

export interface BackfillOptions extends ConnectionOptions {
  readonly list?: true
  readonly stop?: string
}

export async function backfill(
  { world, output }: Run,
  { list, stop, ...options }: BackfillOptions,
  eventType: string,
  columns: string[],
): Promise<ExitCode> {
  const client = await connect(world, options)
  if (list) {
    const found = await listBackfills(client, eventType)
    output.show(found, () => renderList(found))
    return exitCodes.ok
  }
  if (stop !== undefined) {
    const stopped = await stopBackfill(client, eventType, stop)
    output.show([stopped], () => lastWord(stopped))
    return exitCodes.ok
  }
  const started = await startBackfill(client, eventType, columns.length > 0 ? columns : undefined)
  output.remark(
    `It goes on in the server if this ends; millrace mapping backfill ${printable(eventType)} --stop ${started.id} ends it.`,
  )
  const ended = await backfillEnded(client, started, { onProgress: progressOf(output) })
  output.show([{ event: ended.state.toLowerCase(), ...ended }], () => lastWord(ended))
  if (ended.state === 'FAILED') throw new CommandError(exitCodes.failed, `The back-fill failed: ${ended.error}`)
  return ended.state === 'DONE' && ended.failed === 0 ? exitCodes.ok : exitCodes.partly
}

const lineEveryMs = 1_000

/** A bar on a terminal, elsewhere a line each second. */
function progressOf(output: Output): (backfill: Backfill) => void {
  let shownAt = performance.now()
  return ({ id, total, done, updated, rate, etaMs, error }) => {
    if (output.isHuman)
      return output.redraw(
        progressBar({ done, total, rate, etaMs, ...(error !== null && { note: `waits: ${error}` }) }),
      )
    if (performance.now() - shownAt < lineEveryMs) return
    shownAt = performance.now()
    output.show([{ event: 'progress', id, total, done, updated, etaMs, error }], () => '')
  }
}

function lastWord({ state, columns, done, total, updated, failed, startedAt, endedAt }: Backfill): string {
  const lasted = endedAt === null ? 0 : Date.parse(endedAt) - Date.parse(startedAt)
  const early = state === 'DONE' ? '' : ` It ended early, at ${formatCount(done)} of ${formatNumberOf(total, 'event')}.`
  const refused = failed === 0 ? '' : ` ${formatNumberOf(failed, 'event')} refused by the code or the mapping.`
  const filled = `${formatNumberOf(updated, 'row')} filled (${columns.map(printable).join(', ')})`
  return `${filled} in ${formatDuration(lasted)}.${early}${refused}`
}

function renderList(backfills: readonly Backfill[]): string {
  if (backfills.length === 0) return 'There was none since the server was started.'
  const rows = backfills.map(({ id, state, done, total, updated, columns, startedAt }) => [
    id,
    startedAt,
    state,
    `${formatCount(done)} of ${formatCount(total)}`,
    formatCount(updated),
    columns.join(', '),
  ])
  return renderTable(['id', 'started', 'state', 'events', 'rows filled', 'columns'], rows)
}
