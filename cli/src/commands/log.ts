/** `millrace log`: the files of a log whose server does not run. */
import type { PartitionReport } from '@millrace/server/log/files/inspect'
import type { Repair } from '@millrace/server/log/files/repair'
import type { LostLog } from '@millrace/server/lost-log'
import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../failure.ts'
import { eventLines } from '../log-events.ts'
import { type LogFolder, withLogs } from '../log-folder.ts'
import { type Style, styler } from '../output.ts'
import { formatBytes, formatCount, formatNumberOf } from '../quantities.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { confirm } from './confirm.ts'

interface LogOptions {
  readonly workspace?: string
}

interface DumpOptions extends LogOptions {
  readonly partition: number
  readonly from: bigint
  readonly limit: number
}

export function logCommand(program: Program, parent: Command): void {
  const log = parent
    .command('log')
    .summary('the log’s files: check, dump, repair, accept a loss')
    .description('Looks into the log of a data folder whose server does not run.')
    .addHelpText(
      'after',
      examples(
        'millrace log check',
        'millrace log check /var/lib/millrace',
        'millrace log dump --from 4711 --limit 10',
      ),
    )
  const add = (name: string, description: string) =>
    log
      .command(name)
      .description(description)
      .argument('[folder]', 'data folder; the configured one where nothing is said')
      .option('--workspace <id>', 'of this workspace alone')

  act<LogOptions, [string | undefined]>(
    program,
    add('check', 'Reads everything, proves every checksum, and says what is damaged. Changes nothing.'),
    check,
  )
  act<DumpOptions, [string | undefined]>(
    program,
    add('dump', 'Writes the events as JSON lines, their data as it was received.')
      .option('--partition <number>', 'of this partition', wholeNumber(0, 9999), 0)
      .option('--from <offset>', 'from this event on; from the first one that is kept where nothing is said', BigInt)
      .option('--limit <events>', 'events at most', wholeNumber(1, Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER),
    dump,
  )
  act<LogOptions & { yes?: true }, [string | undefined]>(
    program,
    add(
      'repair',
      'Makes a damaged log usable again: what cannot be read is given up, its files are kept aside. Asks twice.',
    ).option('--yes', 'do not ask'),
    repair,
  )
  act<LogOptions & { yes?: true }, [string | undefined]>(
    program,
    add(
      'accept-loss',
      'Lets a workspace go on whose log no longer holds what its tables lack, or holds less than they have.\nWhat is lost is noted beside the books. Asks twice.',
    ).option('--yes', 'do not ask'),
    accept,
  )
}

async function check({ world, output }: Run, { workspace }: LogOptions, data: string | undefined): Promise<ExitCode> {
  const { checkLog } = await import('@millrace/server/log/files/inspect')
  const style = styler(world.stdout, world.env)
  const reports = await withLogs(world, { data, workspace }, (logs) =>
    Promise.all(logs.map(async ({ workspace, path }) => ({ workspace, ...(await checkLog(path)) }))),
  )
  output.show(reports, () =>
    reports
      .flatMap(({ workspace, partitions }) =>
        partitions.map((partition) => renderPartition(workspace, partition, style)),
      )
      .join('\n'),
  )
  const isDamaged = reports.some(({ partitions }) => partitions.some(({ damage }) => damage !== undefined))
  return isDamaged ? exitCodes.failed : exitCodes.ok
}

function renderPartition(
  workspace: string,
  { partition, start, end, segments, isTorn, damage }: PartitionReport,
  style: Style,
): string {
  const bytes = segments.reduce((sum, { usedBytes }) => sum + usedBytes, 0)
  const records = segments.reduce((sum, segment) => sum + segment.records, 0)
  const size = `${formatCount(end - start)} events (${start} to ${end}), ${formatNumberOf(records, 'record')}, ${formatNumberOf(segments.length, 'segment')}, ${formatBytes(bytes)}`
  const torn = isTorn ? '\n    a write that was never acknowledged ends it: it is cut at the next start' : ''
  const head = `${workspace} ${partition}: ${size}${torn}`
  if (damage === undefined) return `${style('green', 'sound')}    ${head}`
  return `${style('red', 'DAMAGED')}  ${head}\n    ${damage.path} at byte ${damage.place}: ${damage.reason}\n    nothing from event ${damage.offset} on is read`
}

async function dump({ world, output }: Run, options: DumpOptions, data: string | undefined): Promise<void> {
  const { checkLog, dumpLog } = await import('@millrace/server/log/files/inspect')
  const { decodeBatch } = await import('@millrace/server/batch')
  const write = async ([log]: readonly LogFolder[]) => {
    const { partition, limit } = options
    const { path } = log!
    const from =
      options.from ?? (await checkLog(path)).partitions.find((found) => found.partition === partition)?.start ?? 0n
    let count = 0
    for await (const record of dumpLog(path, partition, from, new AbortController().signal)) {
      for (const line of eventLines(record, decodeBatch(record.body), from)) {
        output.write(line)
        if (++count === limit) return
      }
    }
  }
  await withLogs(world, { data, workspace: options.workspace ?? 'default' }, write)
}

async function repair(
  { world, output }: Run,
  { workspace, yes }: LogOptions & { yes?: true },
  data: string | undefined,
): Promise<void> {
  const { checkLog } = await import('@millrace/server/log/files/inspect')
  const { repairLog } = await import('@millrace/server/log/files/repair')
  await withLogs(world, { data, workspace }, async (logs) => {
    for (const { workspace, path } of logs) {
      const { partitions } = await checkLog(path)
      const damages = partitions.flatMap(({ damage }) => damage ?? [])
      if (damages.length === 0) {
        output.show([{ workspace, repairs: [] }], () => `${workspace}: nothing is damaged.`)
        continue
      }
      for (const { path, reason, offset } of damages) output.remark(`${path}: ${reason}, from event ${offset} on`)
      await confirm(world, `Give up the events of ${workspace} that cannot be read?`, workspace, yes)
      const repairs = await repairLog(path)
      output.show([{ workspace, repairs }], () => repairs.map(renderRepair).join('\n'))
    }
  })
}

async function accept(
  { world, output }: Run,
  { workspace, yes }: LogOptions & { yes?: true },
  data: string | undefined,
): Promise<void> {
  const { acceptLoss } = await import('@millrace/server/lost-log')
  await withLogs(world, { data, workspace }, async (logs) => {
    for (const { workspace, path, folder } of logs) {
      const lost = await acceptLoss({ log: path, folder }, async (loss) => {
        output.remark(renderLoss(loss))
        await confirm(world, `Give these events of ${workspace} up?`, workspace, yes)
      })
      output.show([{ workspace, lost: lost ?? null }], () =>
        lost === undefined
          ? `${workspace}: nothing is lost; log and tables fit each other.`
          : `${workspace}: given up and noted; loading goes on at event ${lost.position}.`,
      )
    }
  })
}

function renderLoss({ kind, from, to, position }: LostLog): string {
  return kind === 'trimmed'
    ? `the events ${from} to ${to} (not included) are in the log no more, and were never loaded`
    : `the tables hold events up to ${position} (not included), but the log ends at ${to}: its events ${from} to ${to} go for loaded`
}

function renderRepair({ partition, damage, resumesAt }: Repair): string {
  const lost = resumesAt - damage.offset
  const cost =
    lost === 0n ? 'nothing is lost' : `the events ${damage.offset} to ${resumesAt} (not included) are given up`
  return `partition ${partition}: ${cost}; the damaged file is kept in quarantine/`
}
