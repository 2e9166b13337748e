/** Which sources a bulk command is about: by name, by what they are like, or by a CSV. */
import type { BulkFilter, BulkSources } from '@millrace/client/bulk'
import { bodyOf, type Client } from '@millrace/client/client'
import { type Command, Option } from 'commander'
import { type ConnectionOptions, listItems } from '../connection.ts'
import { usageError } from '../failure.ts'
import { readText } from '../json-file.ts'
import type { World } from '../world.ts'

export interface SelectionOptions extends ConnectionOptions {
  readonly csv?: string
  readonly all?: true
  readonly in?: string
  readonly type?: string
  readonly label?: string
  readonly enabled?: true
  readonly disabled?: true
  readonly lastJob?: BulkFilter['lastJob']
}

const jobStates = ['SUCCESS', 'FAILURE', 'CANCELLED', 'RUNNING', 'QUEUED', 'NONE'] as const

export function addSelectionOptions(command: Command): Command {
  return command
    .argument('[sources...]', 'labels or ids')
    .option('--csv <file>', 'a CSV with the column source, perhaps workspace, and parameters; - is standard input')
    .option('--all', 'all sources of the workspace')
    .option('--in <workspaces>', 'of these workspaces, with commas between; all: of each in which one may do it')
    .option('--type <type>', 'of a type')
    .option('--label <pattern>', 'with a label like this: * stands for any text, ? for one character')
    .option('--enabled', 'that are enabled')
    .option('--disabled', 'that are disabled')
    .addOption(new Option('--last-job <state>', 'whose last job is in this state').choices(jobStates))
}

/** @throws CommandError: nothing is chosen, or in two ways. */
export async function selectSources(
  world: World,
  client: Client,
  names: readonly string[],
  options: SelectionOptions,
): Promise<BulkSources> {
  const filter = filterOf(options)
  const ways = [names.length > 0, options.csv !== undefined, filter !== undefined].filter(Boolean).length
  if (ways !== 1) {
    const what = ways === 0 ? 'Nothing says which sources are meant' : 'Sources are chosen in one way'
    throw usageError(what, 'Name them, or give --csv, or say what they are like: --all, --type, --label …')
  }
  if (options.csv !== undefined) return { csv: await readText(world, options.csv) }
  return filter ? { filter } : { ids: await idsOf(client, names) }
}

function filterOf({ all, type, label, enabled, disabled, lastJob, ...options }: SelectionOptions) {
  if (enabled && disabled) throw usageError('A source is enabled or disabled, never both')
  const filter: BulkFilter = {
    ...(options.in !== undefined && { workspaces: options.in === 'all' ? 'all' : options.in.split(',') }),
    ...(type !== undefined && { types: [type] }),
    ...(label !== undefined && { label }),
    ...((enabled || disabled) && { isEnabled: enabled === true }),
    ...(lastJob !== undefined && { lastJob }),
  }
  return all || Object.keys(filter).length > 0 ? filter : undefined
}

/** What is no label is taken for an id: the server says whether it is one. */
async function idsOf(client: Client, names: readonly string[]): Promise<string[]> {
  const sources = await listItems((page) => bodyOf(client.GET('/api/v1/sources', { params: { query: page } })))
  const ids = new Map(sources.map(({ label, id }) => [label, id]))
  return names.map((name) => ids.get(name) ?? name)
}
