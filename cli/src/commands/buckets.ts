/** `millrace buckets`: the groups of series that senders have named. */
import { bodyOf, type Client } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'
import { confirm } from './confirm.ts'

type Bucket = components['schemas']['Bucket']

export function bucketsCommand(program: Program, parent: Command): void {
  const buckets = parent
    .command('buckets')
    .summary('groups of series, as their senders name them')
    .description('Lists, renames and forgets buckets. A bucket is named by its key or its id.')
    .addHelpText('after', examples('millrace buckets list', 'millrace buckets rename cellar "The cellar"'))
  const add = (name: string, description: string) =>
    addConnectionOptions(buckets.command(name).description(description))

  act<ConnectionOptions, []>(program, add('list', 'Lists the buckets, and the event types of their values.'), list)
  act<ConnectionOptions, [string, string]>(
    program,
    add('rename', 'Gives a bucket another name.').argument('<bucket>', 'key or id').argument('<name>', 'its new name'),
    rename,
  )
  act<ConnectionOptions & { yes?: true }, [string]>(
    program,
    add('delete', 'Forgets a bucket. Its events stay, and the next one makes it anew.')
      .argument('<bucket>', 'key or id')
      .option('--yes', 'do not ask'),
    remove,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const buckets = await listBuckets(await connect(world, options))
  output.show(buckets, () => {
    if (buckets.length === 0) return 'There are no buckets yet: the first value of a series makes the first one.'
    return renderTable(
      ['key', 'name', 'event type', 'created', 'id'],
      buckets.map(({ key, name, eventType, createdAt, id }) => [key, name, eventType, createdAt, id]),
    )
  })
}

async function rename({ world, output }: Run, options: ConnectionOptions, wanted: string, name: string): Promise<void> {
  const client = await connect(world, options)
  const { id, key } = await findBucket(client, wanted)
  const bucket = await bodyOf(client.PATCH('/api/v1/buckets/{id}', { params: { path: { id } }, body: { name } }))
  output.show([bucket], () => `${printable(key)} is named ${printable(name)}.`)
}

async function remove(
  { world, output }: Run,
  options: ConnectionOptions & { yes?: true },
  wanted: string,
): Promise<void> {
  const client = await connect(world, options)
  const { id, key } = await findBucket(client, wanted)
  await confirm(world, `Forget the bucket ${key}?`, key, options.yes)
  await client.DELETE('/api/v1/buckets/{id}', { params: { path: { id } } })
  output.show([{ deleted: id }], () => `${printable(key)} is forgotten. Its events stay.`)
}

/** Two inputs may have buckets of one key: then only the id tells which is meant. */
async function findBucket(client: Client, wanted: string): Promise<Bucket> {
  const buckets = await listBuckets(client)
  const found = buckets.filter(({ id, key }) => id === wanted || key === wanted)
  if (found.length === 1) return found[0]!
  const hint =
    found.length > 1 ? `Name one by its id: ${found.map(({ id }) => id).join(', ')}.` : 'See millrace buckets list.'
  throw usageError(
    `${found.length > 1 ? 'Several buckets have' : 'No bucket has'} the key ${JSON.stringify(wanted)}`,
    hint,
  )
}

function listBuckets(client: Client): Promise<Bucket[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/buckets', { params: { query } })))
}
