/** `millrace users`: who has which role in a workspace. */
import { bodyOf, type Client } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import { Argument, type Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run } from './command.ts'
import { confirm } from './confirm.ts'

type User = components['schemas']['User']
export type Role = User['role']

/** Strongest first; the types say that none is unknown. */
export const roles: readonly Role[] = ['owner', 'admin', 'editor', 'analyst', 'viewer']

export function usersCommand(program: Program, parent: Command): void {
  const users = parent
    .command('users')
    .summary('who has which role in the workspace')
    .description('Invites users and gives them roles. A user is named by e-mail address or id.')
    .addHelpText(
      'after',
      examples(
        'millrace users list',
        'millrace users invite ada@example.com editor',
        'millrace users role ada@example.com admin',
        'millrace users remove ada@example.com',
      ),
    )
  const add = (name: string, description: string) => addConnectionOptions(users.command(name).description(description))
  const role = () => new Argument('<role>').choices(roles)

  act<ConnectionOptions, []>(program, add('list', 'Lists who has a role.'), list)
  act<ConnectionOptions, [string, Role]>(
    program,
    add('invite', 'Gives somebody a role, and whoever is new here a password, shown this once.')
      .argument('<email>', 'e-mail address')
      .addArgument(role()),
    invite,
  )
  act<ConnectionOptions, [string, Role]>(
    program,
    add('role', 'Gives a user another role.').argument('<user>', 'e-mail address or id').addArgument(role()),
    changeRole,
  )
  act<ConnectionOptions & { yes?: true }, [string]>(
    program,
    add('remove', 'Takes a user’s role and tokens in the workspace away.')
      .argument('<user>', 'e-mail address or id')
      .option('--yes', 'do not ask'),
    remove,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const users = await listUsers(await connect(world, options))
  output.show(users, () =>
    renderTable(
      ['e-mail', 'role', 'since', 'id'],
      users.map(({ email, role, createdAt, id }) => [email, role, createdAt, id]),
    ),
  )
}

async function invite({ world, output }: Run, options: ConnectionOptions, email: string, role: Role): Promise<void> {
  const client = await connect(world, options)
  const made = await bodyOf(client.POST('/api/v1/users', { body: { email, role } }))
  output.show([made], () => {
    const joined = `${printable(made.user.email)} is ${role} now.`
    return made.password === undefined ? joined : `${joined} Password, shown this once:\n\n  ${made.password}`
  })
}

async function changeRole({ world, output }: Run, options: ConnectionOptions, name: string, role: Role): Promise<void> {
  const client = await connect(world, options)
  const { id } = await findUser(client, name)
  const user = await bodyOf(client.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body: { role } }))
  output.show([user], () => `${printable(user.email)} is ${user.role} now.`)
}

async function remove(
  { world, output }: Run,
  options: ConnectionOptions & { yes?: true },
  name: string,
): Promise<void> {
  const client = await connect(world, options)
  const { id, email } = await findUser(client, name)
  await confirm(world, `Remove ${email} from the workspace, with their tokens?`, email, options.yes)
  await client.DELETE('/api/v1/users/{id}', { params: { path: { id } } })
  output.show([{ removed: id }], () => `${printable(email)} has no role here any more.`)
}

async function findUser(client: Client, name: string): Promise<User> {
  const users = await listUsers(client)
  const found = users.find(({ id, email }) => id === name || email === name.toLowerCase())
  if (found) return found
  throw usageError(
    `There is no user ${JSON.stringify(name)} in the workspace`,
    `There are: ${users.map(({ email }) => email).join(', ')}.`,
  )
}

function listUsers(client: Client): Promise<User[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/users', { params: { query } })))
}
