/** `millrace send`: a file's rows as events. */

import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import { type Command, Option } from 'commander'
import { type ConnectionOptions, findConnection } from '../connection.ts'
import { CommandError, type ExitCode, exitCodes, usageError } from '../failure.ts'
import { formatCount } from '../quantities.ts'
import type { Batch } from '../send/batches.ts'
import { openCourier } from '../send/deliver.ts'
import { type Format, formats, type Input, openInput } from '../send/input.ts'
import {
  findUnfinished,
  type Progress,
  progressPath,
  type RunSettings,
  resumeProgress,
  startProgress,
  stateFolderOf,
} from '../send/progress-file.ts'
import { openProgressView } from '../send/progress-view.ts'
import { isEnvelope } from '../send/rows.ts'
import { type Sending, sendInput } from '../send/send-input.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'

interface SendOptions extends ConnectionOptions {
  readonly type?: string
  readonly format?: Format
  readonly batchSize: number
  readonly concurrency: number
  readonly delimiter?: string
  readonly text?: true
  readonly resume?: true
}

const details = `
Formats: NDJSON, JSON (an array, or objects one behind the other), CSV and TSV with a header line; packed with gzip or
zstd or not. The file's name or, for standard input, its first bytes say which; --format has the last word.

With --type every row is the data of one event of that type. Without it every row is an envelope
{"type": …, "data": {…}, "id"?: …, "time"?: …}.

A CSV cell is what it is written as: 42 and 1.5e3 are numbers with every digit kept, true and false booleans, an empty
cell null, everything else text (007 too). --text keeps all cells text.

Rows that cannot be read are told with their line and left out; the exit code is then 5. A batch without an answer is
sent again and stored once. With --concurrency 1 rows arrive in the order of the file.`

export function sendCommand(program: Program, parent: Command): void {
  const command = parent
    .command('send')
    .summary('send a file: JSON, NDJSON, CSV')
    .description('Sends the rows of a file, or of standard input (-), as events.')
    .argument('<file>', 'the file, or - for standard input')
    .option('--type <name>', 'event type of every row')
    .addOption(new Option('--format <format>', 'what the file is').choices(formats))
    .option('--batch-size <rows>', 'rows in one request', wholeNumber(1, limits.requestEventsMax), 500)
    .option('--concurrency <requests>', 'requests at a time', wholeNumber(1, 64), 4)
    .option('--delimiter <character>', 'between the cells of CSV; a comma where nothing is said')
    .option('--text', 'keep every CSV cell as text')
    .option('--resume', 'go on where the last run of the same file ended')
    .option('--key <key>', 'key of an input; better in MILLRACE_KEY, which other users cannot see')
    .option('--url <url>', 'address of the server')
    .option('--data <folder>', 'data folder of a server on this machine')
    .addHelpText('after', details)
    .addHelpText(
      'after',
      examples(
        'millrace send flights.csv --type flight',
        'millrace send events.ndjson.gz --resume',
        'curl -s https://example.com/feed.json | millrace send - --type item',
        'millrace send prices.csv --type price --delimiter ";" --text',
      ),
    )
  act<SendOptions, [string]>(program, command, send)
}

async function send({ world, output }: Run, options: SendOptions, file: string): Promise<ExitCode> {
  const { type, batchSize, concurrency } = options
  if (type !== undefined && !isEventType(type)) throw usageError(`${JSON.stringify(type)} cannot be an event type`)
  const connection = await findConnection(world, options)
  const key = connection.key
  if (key === undefined)
    throw new CommandError(
      exitCodes.refused,
      'No input key is known',
      'Send where a server was started with millrace start, or give a key with --key or MILLRACE_KEY.',
    )
  const input = await openInput(file, { format: options.format, stdin: world.stdin, cwd: world.cwd })
  try {
    checkType(input, type)
    const settings = { batchSize, delimiter: delimiterOf(input, options), allText: options.text === true }
    const progress = await openProgress({ world, output }, { input, settings, key, options })
    if (progress.isFinished) {
      output.show([{ event: 'done', rows: 0, ...progress.totals }], () => `All of ${file} was sent before.`)
      return exitCodes.ok
    }
    const courier = openCourier({ url: connection.url, key, type, run: progress.run })
    return await deliver({ world, output }, { input, settings, concurrency, courier, progress, type })
  } finally {
    input.close()
  }
}

interface Delivering extends Pick<Sending, 'input' | 'settings' | 'concurrency' | 'courier' | 'progress'> {
  readonly type: string | undefined
}

/** Sends what is left, and says what became of it. The first signal stops reading, a second one ends the process. */
async function deliver({ world, output }: Run, { type, ...sending }: Delivering): Promise<ExitCode> {
  const { input, courier, progress } = sending
  const stop = new AbortController()
  const detach = world.onStop(() => (stop.signal.aborted ? process.exit(exitCodes.partly) : stop.abort()))
  const view = openProgressView(output, input, type)
  const inspect = (batch: Batch) => checkEnvelope(batch, type)
  let isComplete = false
  try {
    await sendInput({ ...sending, onBatch: view.note, inspect }, stop.signal)
    isComplete = !stop.signal.aborted
    if (isComplete) await progress.finish()
  } finally {
    detach()
    view.close(progress.totals, { isComplete, retries: courier.retryCount() })
    if (!isComplete && input.path !== undefined) output.remark('The same command with --resume goes on from here.')
  }
  const { restreamed, unreadable } = progress.totals
  return isComplete && restreamed === 0 && unreadable === 0 ? exitCodes.ok : exitCodes.partly
}

function checkType({ name, path, format }: Input, type: string | undefined): void {
  if (type !== undefined || format === 'json' || format === 'ndjson') return
  const guess = path === undefined ? 'NAME' : (/([^/\\]+?)(\.\w+)*$/.exec(path)?.[1] ?? 'NAME')
  throw usageError(`${name} does not say which event type its rows are`, `Add --type, for example --type ${guess}.`)
}

/** The first row speaks for the file; a later one that is no envelope is the server's to set aside. */
function checkEnvelope({ index, body, rowLines }: Batch, type: string | undefined): void {
  if (type !== undefined || index > 0 || body === '' || isEnvelope(body.slice(0, body.indexOf('\n')))) return
  throw usageError(
    `Line ${rowLines[0]} is no envelope {"type": …, "data": {…}}`,
    'Add --type NAME where every row is the data of one event.',
  )
}

function delimiterOf({ format }: Input, { delimiter }: SendOptions): string {
  if (delimiter === undefined) return format === 'tsv' ? '\t' : ','
  const character = delimiter === '\\t' ? '\t' : delimiter
  if ([...character].length === 1) return character
  throw usageError(`--delimiter ${JSON.stringify(delimiter)} is not one character`)
}

interface Kept {
  readonly input: Input
  readonly settings: Pick<RunSettings, 'batchSize' | 'delimiter' | 'allText'>
  readonly key: string
  readonly options: SendOptions
}

async function openProgress({ world, output }: Run, { input, settings, key, options }: Kept): Promise<Progress> {
  const { path, fingerprint, format, name } = input
  if (path === undefined || fingerprint === undefined) {
    if (options.resume) throw usageError(`--resume needs a file: ${name} cannot be read from its beginning again`)
    return startProgress(undefined, undefined)
  }
  const place = progressPath(stateFolderOf(world.env, world.home), path, key, options.type)
  const run = { path, fingerprint, format, ...settings }
  if (options.resume) return resumeProgress(place, run)
  const unfinished = await findUnfinished(place)
  if (unfinished) {
    output.remark(
      `An earlier run stored ${formatCount(unfinished.accepted)} rows of this file and did not finish. They are sent once more; --resume would have left them out.`,
    )
  }
  return startProgress(place, run)
}
