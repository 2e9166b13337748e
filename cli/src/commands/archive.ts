/** `millrace archive`: where raw events are kept besides the tables. */
import { text } from 'node:stream/consumers'
import {
  type Archive,
  type ArchiveTarget,
  deleteArchive,
  getArchive,
  setArchive,
  testArchive,
} from '@millrace/client/archive'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { formatBytes, formatCount, formatDuration } from '../quantities.ts'
import type { World } from '../world.ts'
import { act, examples, type Program, type Run } from './command.ts'

interface TargetOptions extends ConnectionOptions {
  readonly folder?: string
  readonly bucket?: string
  readonly endpoint?: string
  readonly region?: string
  readonly prefix?: string
  readonly accessKey?: string
  readonly secretStdin?: true
  readonly encrypt?: true
}

interface SetOptions extends TargetOptions {
  readonly input?: string[]
  readonly rollBytes?: string
  readonly rollSeconds?: string
}

const secretVariable = 'MILLRACE_ARCHIVE_SECRET'

export function archiveCommand(program: Program, parent: Command): void {
  const archive = parent
    .command('archive')
    .summary('raw events in a folder or a bucket')
    .description(
      'Keeps raw events as they came, in a folder of the server’s machine or in a bucket of S3 or what speaks like it.',
    )
    .addHelpText(
      'after',
      examples(
        'millrace archive set --folder raw',
        `${secretVariable}=… millrace archive set --bucket events --region eu-central-1 --access-key AKIA…`,
        'millrace archive set --bucket events --endpoint https://minio.example.com --access-key me --secret-stdin < secret',
        'millrace archive show',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(archive.command(name).description(description))
  const addTarget = (name: string, description: string) =>
    add(name, description)
      .option('--folder <folder>', 'below MILLRACE_ARCHIVE_ROOT of the server')
      .option('--bucket <name>', 'of S3, or of what speaks like it')
      .option('--endpoint <url>', 'of the store, without the bucket (Amazon’s)')
      .option('--region <name>', 'of the bucket (us-east-1)')
      .option('--prefix <text>', 'before the name of every object')
      .option('--access-key <id>', 'who asks')
      .option('--secret-stdin', `its secret stands on standard input, and not in ${secretVariable}`)
      .option('--encrypt', 'the store encrypts what it keeps')

  act<ConnectionOptions, []>(program, add('show', 'Tells where to, and how far it is.'), show)
  act<SetOptions, []>(
    program,
    addTarget('set', 'Archives there from now on. A secret that is not given stays what it was.')
      .option('--input <label...>', 'only events of these inputs (all)')
      .option('--roll-bytes <count>', 'put objects once so many bytes wait (16777216)')
      .option('--roll-seconds <count>', 'put objects so long after those before (60)'),
    set,
  )
  act<TargetOptions, []>(
    program,
    addTarget(
      'test',
      'Writes a small object and deletes it: there, or where the archive is. Fails where that is not possible.',
    ),
    test,
  )
  act<ConnectionOptions, []>(program, add('off', 'Archives no more. What is archived stays where it is.'), off)
}

async function show({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const archive = await getArchive(await connect(world, options))
  if (archive === undefined) output.remark('Nothing is archived.')
  else output.show([archive], () => textOf(archive))
}

function textOf(archive: Archive): string {
  const { inputs, status } = archive
  const lines = [
    `Raw events go to ${placeOf(archive)}${inputs === null ? '' : `, those of ${inputs.join(', ')} alone`}.`,
  ]
  if (status !== undefined) {
    const { events, objects, bytes, lagEvents, lagMs, lost, failure, archivedAt } = status
    const last = archivedAt === undefined ? '' : `, the last ones at ${archivedAt}`
    lines.push(`${formatCount(events)} events in ${formatCount(objects)} objects, ${formatBytes(bytes)}${last}.`)
    lines.push(
      lagEvents === 0
        ? 'Nothing waits.'
        : `${formatCount(lagEvents)} events wait, the oldest for ${formatDuration(lagMs)}.`,
    )
    if (lost > 0) lines.push(`${formatCount(lost)} events are missing: the log had no room for them any longer.`)
    if (failure) lines.push(`It does not go on since ${failure.since}: ${failure.message}`)
  }
  return lines.map(printable).join('\n')
}

function placeOf({ target }: Archive): string {
  if (target.kind === 'folder') return `the folder ${target.folder}`
  return `the bucket ${target.bucket}/${target.prefix} at ${target.endpoint ?? `Amazon, ${target.region}`}`
}

async function set({ world, output }: Run, options: SetOptions): Promise<void> {
  const target = await targetOf(world, options)
  if (target === undefined) throw usageError('It has to be said where to', 'Give --folder or --bucket.')
  const { input, rollBytes, rollSeconds } = options
  const archive = await setArchive(await connect(world, options), {
    target,
    inputs: input ?? null,
    ...(rollBytes !== undefined && { rollBytes: Number(rollBytes) }),
    ...(rollSeconds !== undefined && { rollSeconds: Number(rollSeconds) }),
  })
  output.show([archive], () => printable(`Raw events go to ${placeOf(archive)}. How far it is: millrace archive show`))
}

async function test({ world, output }: Run, options: TargetOptions): Promise<ExitCode> {
  const reason = await testArchive(await connect(world, options), await targetOf(world, options))
  output.show([{ isWritable: reason === null, reason }], () =>
    printable(reason ?? 'An object was written and deleted again.'),
  )
  return reason === null ? exitCodes.ok : exitCodes.failed
}

async function off({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  await deleteArchive(await connect(world, options))
  output.remark('Nothing is archived any more.')
}

/** Secrets have no flags, because every user of a machine sees the flags of its processes. */
async function targetOf(world: World, options: TargetOptions): Promise<ArchiveTarget | undefined> {
  const { folder, bucket, endpoint, region, prefix, accessKey, secretStdin, encrypt } = options
  if (folder !== undefined && bucket !== undefined)
    throw usageError('It goes to one place', 'Give one of --folder and --bucket.')
  if (folder !== undefined) return { kind: 'folder', folder }
  if (bucket === undefined) return undefined
  if (accessKey === undefined) throw usageError('A bucket is not open to everybody', 'Give --access-key.')
  const secret = secretStdin ? (await text(world.stdin)).replace(/\r?\n$/, '') : world.env[secretVariable]
  return {
    kind: 's3',
    bucket,
    accessKeyId: accessKey,
    ...(secret && { secretAccessKey: secret }),
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(prefix !== undefined && { prefix }),
    ...(encrypt && { serverSideEncryption: true }),
  }
}
