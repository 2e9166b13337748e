/** `millrace audit`: who did what, and whether somebody changed what is written of it. */
import { bodyOf } from '@millrace/client/client'
import type { components } from '@millrace/client/openapi'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect, listItems } from '../connection.ts'
import { type ExitCode, exitCodes } from '../failure.ts'
import { printable, styler } from '../output.ts'
import { formatCount } from '../quantities.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'

type AuditEntry = components['schemas']['AuditEntry']

export function auditCommand(program: Program, parent: Command): void {
  const audit = parent
    .command('audit')
    .summary('who did what, and whether that was tampered with')
    .description('Every change and every query leaves a row, bound to the row before it.')
    .addHelpText(
      'after',
      examples('millrace audit list --limit 20', 'millrace audit verify', 'millrace audit verify --head 4711:9f86d0…'),
    )
  const add = (name: string, description: string) => addConnectionOptions(audit.command(name).description(description))

  act<ConnectionOptions & { limit: number }, []>(
    program,
    add('list', 'Lists who did what in the workspace, newest first.').option(
      '--limit <rows>',
      'rows at most',
      wholeNumber(1, 1_000_000),
      100,
    ),
    list,
  )
  act<ConnectionOptions & { head?: string }, []>(
    program,
    add('verify', 'Follows the rows of all workspaces. Fails where one was changed, added or left out.').option(
      '--head <head>',
      'what an earlier run printed: also notices rows that were cut off at the end',
    ),
    verify,
  )
}

async function list(
  { world, output }: Run,
  { limit, ...options }: ConnectionOptions & { limit: number },
): Promise<void> {
  const client = await connect(world, options)
  const rows: AuditEntry[] = await listItems(
    (query) => bodyOf(client.GET('/api/v1/audit', { params: { query } })),
    limit,
  )
  output.show(rows, () =>
    renderTable(
      ['at', 'who', 'what', 'of', 'from'],
      rows.map(({ at, actor, action, object, ip }) => [at, actor, action, object, ip ?? '']),
    ),
  )
}

async function verify(
  { world, output }: Run,
  { head, workspace: _, ...options }: ConnectionOptions & { head?: string },
): Promise<ExitCode> {
  const client = await connect(world, options)
  const query = head === undefined ? {} : { head }
  const check = await bodyOf(client.GET('/api/v1/audit/verification', { params: { query } }))
  const style = styler(world.stdout, world.env)
  output.show([check], () => {
    const { broken, hasKnownHead, rowCount } = check
    const lines = [
      broken
        ? `${style('red', 'WRONG')}  row ${printable(broken.id)} of ${broken.at}; ${formatCount(rowCount)} rows before it are right`
        : `${style('green', 'right')}  ${formatCount(rowCount)} rows`,
      ...(hasKnownHead === false ? [`${style('red', 'WRONG')}  the row of that head is gone or changed`] : []),
      ...(check.head === null ? [] : [`head   ${check.head}`]),
    ]
    return lines.join('\n')
  })
  return check.isIntact ? exitCodes.ok : exitCodes.failed
}
