/** `millrace transform dry-run`: what would become of the restream queue with other code or another mapping; nothing is stored. */
import { type DryRun, dryRunEnded, startDryRun } from '@millrace/client/transforms'
import { modulesOf, readCodeFiles, refusalOf, sourcesOf } from '../code-files.ts'
import { type ConnectionOptions, connect } from '../connection.ts'
import { CommandError, type ExitCode, exitCodes } from '../failure.ts'
import { readMappingFile } from '../mapping-file.ts'
import type { Output } from '../output.ts'
import { progressBar } from '../progress-bar.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'
import { untilStopped } from '../stopping.ts'
import { renderTable } from '../table.ts'
import type { Run } from './command.ts'
import { filterOf } from './restream-filter.ts'

export interface DryRunOptions extends ConnectionOptions {
  readonly cluster?: string
  readonly reason?: string
  readonly eventType?: string
  readonly input?: string
  readonly code?: readonly string[]
  readonly mapping?: string
}

export async function dryRun({ world, output }: Run, options: DryRunOptions): Promise<ExitCode> {
  const files = await readCodeFiles(world, options.code ?? [])
  const { reason, code: _, ...choice } = options
  const mapping = options.mapping === undefined ? undefined : await readMappingFile(world, options.mapping)
  const draft = {
    ...(files.length > 0 && { modules: modulesOf(files) }),
    ...(mapping && { mapping }),
    filter: filterOf({ ...choice, ...(reason !== undefined && { code: reason }) }),
  }
  const client = await connect(world, options)
  const started = await startDryRun(client, draft).catch(async (error: unknown) => {
    throw await refusalOf(client, error, sourcesOf(files))
  })
  let ended = started
  const isStopped = await untilStopped(world, async (signal) => {
    ended = await dryRunEnded(client, started, { onProgress: progressOf(output), signal })
  })
  if (isStopped) {
    await client.DELETE('/api/v1/transforms/dry-runs/{id}', { params: { path: { id: started.id } } })
    throw new CommandError(exitCodes.failed, 'The dry run was stopped; nothing was stored')
  }
  output.show([{ event: ended.state.toLowerCase(), ...ended }], () => lastWord(ended))
  if (ended.state === 'FAILED') throw new CommandError(exitCodes.failed, `The dry run failed: ${ended.error}`)
  return ended.failed > 0 ? exitCodes.failed : exitCodes.ok
}

const lineEveryMs = 1_000

/** A bar on a terminal, elsewhere a line each second. */
function progressOf(output: Output): (run: DryRun) => void {
  const startedAt = performance.now()
  let shownAt = startedAt
  return ({ id, total, done }) => {
    const now = performance.now()
    const rate = done === 0 ? null : (done * 1000) / (now - startedAt)
    const etaMs = rate === null ? null : ((total - done) * 1000) / rate
    if (total === 0) return
    if (output.isHuman) output.redraw(progressBar({ done, total, rate, etaMs }))
    else if (now - shownAt >= lineEveryMs) {
      shownAt = now
      const figures = { eventsPerSecond: rate && Math.round(rate), etaMs: etaMs && Math.round(etaMs) }
      output.show([{ event: 'progress', id, total, done, ...figures }], () => '')
    }
  }
}

function lastWord({ total, passed, dropped, failed, startedAt, endedAt, reasons }: DryRun): string {
  if (total === 0) return 'Nothing of that waits in the restream queue: nothing was tried.'
  const lasted = endedAt === null ? 0 : Date.parse(endedAt) - Date.parse(startedAt)
  const outcome = `${formatCount(passed)} would pass, ${formatCount(dropped)} be dropped, ${formatCount(failed)} fail again`
  const first = `${formatNumberOf(total, 'event')} tried in ${formatDuration(lasted)}: ${outcome}. Nothing was stored.`
  if (reasons.length === 0) return first
  const rows = reasons.map(({ count, stage, code, message, examples }) => [
    formatCount(count),
    stage,
    code,
    message,
    examples[0]?.offset,
  ])
  return `${first}\n\n${renderTable(['events', 'stage', 'code', 'reason', 'example'], rows)}`
}
