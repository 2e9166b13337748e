/** Shows how a run goes: a bar with rate and time left on a terminal, JSON lines otherwise. */
import type { Output } from '../output.ts'
import { formatCount, formatDuration, formatNumberOf } from '../quantities.ts'
import type { Batch } from './batches.ts'
import type { Receipt } from './deliver.ts'
import type { Input } from './input.ts'
import type { Totals } from './progress-file.ts'

export interface ProgressView {
  /** A batch was acknowledged. */
  note(batch: Batch, receipt: Receipt): void
  /** The last word, once nothing more is sent. */
  close(totals: Totals, end: { isComplete: boolean; retries: number }): void
}

const redrawEveryMs = 100
const lineEveryMs = 1_000
/** Complaints that a person gets; a script gets all of them. */
const complaintsShownMax = 20

export function openProgressView(output: Output, input: Input, type: string | undefined): ProgressView {
  const startedAt = performance.now()
  let shownAt = startedAt
  let rowCount = 0
  let complaintCount = 0
  /** Where the first batch of this run began: what lies before was sent by an earlier one. */
  let bytesBefore: number | undefined

  const complain = (event: 'unreadable' | 'restreamed', line: number | undefined, reason: string) => {
    complaintCount++
    if (!output.isHuman) output.show([{ event, line, reason }], () => '')
    else if (complaintCount <= complaintsShownMax) output.remark(`${input.name}:${line}: ${reason}`)
  }

  return {
    note({ rowLines, unreadable }, { faults }) {
      rowCount += rowLines.length
      bytesBefore ??= input.bytesRead()
      for (const { line, fault } of unreadable) complain('unreadable', line, fault)
      for (const { index, message } of faults) complain('restreamed', rowLines[index], message)
      const now = performance.now()
      if (now - shownAt < (output.isHuman ? redrawEveryMs : lineEveryMs)) return
      shownAt = now
      const rowsPerSecond = Math.round(rowCount / ((now - startedAt) / 1000))
      const secondsLeft = secondsLeftOf(input, bytesBefore, (now - startedAt) / 1000)
      if (output.isHuman) output.redraw(bar(input, rowCount, rowsPerSecond, secondsLeft))
      else
        output.show(
          [{ event: 'progress', rows: rowCount, rowsPerSecond, secondsLeft, line: rowLines.at(-1) }],
          () => '',
        )
    },
    close(totals, { isComplete, retries }) {
      const durationMs = Math.round(performance.now() - startedAt)
      const rowsPerSecond = durationMs === 0 ? 0 : Math.round((rowCount / durationMs) * 1000)
      const event = isComplete ? 'done' : 'stopped'
      output.show([{ event, rows: rowCount, ...totals, retries, durationMs, rowsPerSecond }], () => {
        const what = `${formatNumberOf(rowCount, 'row')} of ${input.name}${type === undefined ? '' : ` as ${type}`}`
        const speed = `in ${formatDuration(durationMs)} (${formatCount(rowsPerSecond)} rows/s)`
        return [`Sent ${what} ${speed}.`, ...remarks(totals)].join('\n')
      })
    },
  }
}

function remarks({ restreamed, unreadable }: Totals): string[] {
  return [
    ...(restreamed > 0
      ? [`${formatNumberOf(restreamed, 'row')} set aside by the server: millrace restream list shows why.`]
      : []),
    ...(unreadable > 0
      ? [`${formatNumberOf(unreadable, 'row')} could not be read and ${unreadable === 1 ? 'was' : 'were'} not sent.`]
      : []),
  ]
}

function secondsLeftOf({ size, bytesRead }: Input, bytesBefore: number, seconds: number): number | undefined {
  const read = bytesRead() - bytesBefore
  return size === undefined || read <= 0 ? undefined : Math.ceil(((size - bytesRead()) / read) * seconds)
}

const barWidth = 24

function bar(
  { name, size, bytesRead }: Input,
  rowCount: number,
  rowsPerSecond: number,
  secondsLeft: number | undefined,
) {
  const counts = `${formatCount(rowCount)} rows  ${formatCount(rowsPerSecond)} rows/s`
  if (size === undefined) return `${name}  ${counts}`
  const share = size === 0 ? 1 : bytesRead() / size
  const filled = Math.round(share * barWidth)
  const left = secondsLeft === undefined ? '' : `  ${formatDuration(secondsLeft * 1000)} left`
  return `${name}  ${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${Math.floor(share * 100)} %  ${counts}${left}`
}
