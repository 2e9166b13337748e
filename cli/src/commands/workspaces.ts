/** `millrace workspaces`: the tenants of an installation. */
import { bodyOf, type Client } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { reopenWorkspace, unarchiveWorkspace } from '@millrace/client/workspaces'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import type { World } from '../world.ts'
import { act, examples, type Program, type Run } from './command.ts'
import { confirm } from './confirm.ts'
import { parseLimit, type QuotaOptions, quota } from './workspace-quota.ts'

type Workspace = components['schemas']['Workspace']

export function workspacesCommand(program: Program, parent: Command): void {
  const workspaces = parent
    .command('workspaces')
    .summary('the tenants: list, create, rename, archive, take up again; how much each may take in')
    .description('Makes, renames and archives workspaces. Whoever makes one is its first owner.')
    .addHelpText(
      'after',
      examples(
        'millrace workspaces list',
        'millrace workspaces create lab --name Laboratory',
        'millrace inputs create sensors --workspace lab',
        'millrace workspaces quota lab --events-per-month-max 1000000',
        'millrace workspaces archive lab',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(workspaces.command(name).description(description))
  const id = 'its id'

  act<ConnectionOptions, []>(program, add('list', 'Lists the workspaces in which one has a role.'), list)
  act<ConnectionOptions & { name?: string }, [string]>(
    program,
    add('create', 'Makes a workspace. Only an administrator of the installation may.')
      .argument('<id>', 'lower-case letters, digits and hyphens; cannot be changed')
      .option('--name <name>', 'what people call it (the id)'),
    create,
  )
  act<ConnectionOptions, [string, string]>(
    program,
    add('rename', 'Gives a workspace another name.').argument('<id>', id).argument('<name>', 'what people call it'),
    rename,
  )
  act<QuotaOptions, [string]>(
    program,
    add(
      'quota',
      'Shows how much a workspace may take in; sets it. Only an administrator of the installation may set it.',
    )
      .argument('<id>', id)
      .option('--events-per-month-max <n>', 'events in a month of UTC, or none; then 402', parseLimit)
      .option('--bytes-per-month-max <n>', 'bytes of them', parseLimit)
      .option('--events-per-second-max <n>', 'events a second of all inputs together, or none; then 429', parseLimit)
      .option('--bytes-per-second-max <n>', 'bytes of them', parseLimit),
    quota,
  )
  act<ConnectionOptions & { yes?: true }, [string]>(
    program,
    add('archive', 'Closes a workspace: nothing comes in or runs, nobody sees it. What it holds stays on disk.')
      .argument('<id>', id)
      .option('--yes', 'do not ask'),
    archive,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('unarchive', 'Opens an archived workspace again, as it was. Only an owner may.').argument('<id>', id),
    unarchive,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('reopen', 'Tries a workspace again that could not be opened, once what was in the way is put right.').argument(
      '<id>',
      id,
    ),
    reopen,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const client = await connectToAll(world, options)
  const workspaces: Workspace[] = await listItems((query) =>
    bodyOf(client.GET('/api/v1/workspaces', { params: { query } })),
  )
  output.show(workspaces, () =>
    renderTable(
      ['id', 'name', 'role', 'created', 'archived'],
      workspaces.map(({ id, name, role, createdAt, archivedAt }) => [id, name, role, createdAt, archivedAt ?? 'no']),
    ),
  )
}

async function create(
  { world, output }: Run,
  { name, ...options }: ConnectionOptions & { name?: string },
  id: string,
): Promise<void> {
  const client = await connectToAll(world, options)
  const made = await bodyOf(client.POST('/api/v1/workspaces', { body: { id, name: name ?? id } }))
  output.show([made], () => `${printable(made.name)} is made. Say --workspace ${made.id} where it is meant.`)
}

async function rename({ world, output }: Run, options: ConnectionOptions, id: string, name: string): Promise<void> {
  const client = await connectToAll(world, options)
  const path = { workspace: id }
  const renamed = await bodyOf(client.PATCH('/api/v1/workspaces/{workspace}', { params: { path }, body: { name } }))
  output.show([renamed], () => `${renamed.id} is called ${printable(renamed.name)} now.`)
}

async function archive({ world, output }: Run, options: ConnectionOptions & { yes?: true }, id: string): Promise<void> {
  const client = await connectToAll(world, options)
  await confirm(world, `Archive the workspace ${id}?`, id, options.yes)
  await client.POST('/api/v1/workspaces/{workspace}/archive', { params: { path: { workspace: id } } })
  output.show([{ archived: id }], () => `${printable(id)} is archived. What it holds stays on disk.`)
}

async function unarchive({ world, output }: Run, options: ConnectionOptions, id: string): Promise<void> {
  const opened = await unarchiveWorkspace(await connectToAll(world, options), id)
  output.show([opened], () => `${printable(opened.name)} is there again, and goes on.`)
}

async function reopen({ world, output }: Run, options: ConnectionOptions, id: string): Promise<void> {
  const opened = await reopenWorkspace(await connectToAll(world, options), id)
  output.show([opened], () => `${printable(opened.name)} is open, and goes on.`)
}

/** A workspace is named by the argument here, never by `--workspace`. */
function connectToAll(world: World, { workspace: _, ...options }: ConnectionOptions): Promise<Client> {
  return connect(world, options)
}
