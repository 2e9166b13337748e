/** Shows how a run of the restream queue goes: a bar with rate and time left on a terminal, JSON lines otherwise. */
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, type Client } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { CommandError, type ExitCode, exitCodes } from '../failure.ts'
import type { Output } from '../output.ts'
import { progressBar } from '../progress-bar.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'

export type RestreamRun = components['schemas']['RestreamRun']

const askEveryMs = 200
const lineEveryMs = 1_000

/** Shows a run until it has ended. @throws CommandError where it failed. */
export async function followRun(client: Client, output: Output, started: RestreamRun): Promise<ExitCode> {
  let run = started
  let shownAt = performance.now()
  if (run.state === 'RUNNING')
    output.remark(`Run ${run.id} goes on in the server if this ends; millrace restream stop ${run.id} ends it.`)
  while (run.state === 'RUNNING') {
    if (output.isHuman) output.redraw(bar(run))
    else if (performance.now() - shownAt >= lineEveryMs) {
      shownAt = performance.now()
      output.show([{ event: 'progress', ...figuresOf(run) }], () => '')
    }
    await delay(askEveryMs)
    run = await bodyOf(client.GET('/api/v1/restream/runs/{run}', { params: { path: { run: Number(run.id) } } }))
  }
  output.show([{ event: run.state.toLowerCase(), ...figuresOf(run) }], () => lastWord(run))
  if (run.state === 'FAILED') throw new CommandError(exitCodes.failed, `Run ${run.id} failed: ${run.error}`)
  return run.state === 'DONE' ? exitCodes.ok : exitCodes.partly
}

function figuresOf({ id, total, sent, rate, etaMs, error }: RestreamRun) {
  return { run: id, total, sent, eventsPerSecond: rate === null ? null : Math.round(rate), etaMs, error }
}

function bar({ total, sent, rate, etaMs, error }: RestreamRun): string {
  return progressBar({ done: sent, total, rate, etaMs, ...(error !== null && { note: `waits: ${error}` }) })
}

function lastWord({ id, state, total, sent, startedAt, endedAt, rate, error }: RestreamRun): string {
  const lasted = endedAt === null ? 0 : Date.parse(endedAt) - Date.parse(startedAt)
  const speed = rate === null ? '' : ` (${formatCount(rate)} events/s)`
  const sentBy = `in ${formatDuration(lasted)}${speed}`
  if (state === 'DONE')
    return `${formatNumberOf(sent, 'event')} sent through again ${sentBy}. What fails again is back in millrace restream clusters.`
  const why = error === null ? '' : `: ${error}`
  return `Run ${id} ended early${why}. ${formatCount(sent)} of ${formatNumberOf(total, 'event')} sent through again ${sentBy}; the others go on waiting.`
}
