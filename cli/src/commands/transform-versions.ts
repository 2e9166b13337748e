/** `millrace transform versions`, `diff` and `rollback`: what was deployed, and how to have it again. */
import { bodyOf } from '@millrace/client/client'
import { getTransformVersions } from '@millrace/client/transforms'
import { getUsers } from '@millrace/client/users'
import { type ConnectionOptions, connect } from '../connection.ts'
import { printable, styler } from '../output.ts'
import { renderTable } from '../table.ts'
import { type Run, wholeNumber } from './command.ts'
import { type DeleteOptions, deployOptionsOf, showDeployed } from './transform-code.ts'

const readVersion = wholeNumber(1, 2 ** 31 - 1)

export async function versions(
  { world, output }: Run,
  { limit, ...options }: ConnectionOptions & { limit: number },
): Promise<void> {
  const client = await connect(world, options)
  const found = await getTransformVersions(client, limit)
  const users = output.isHuman ? await getUsers(client).catch(() => []) : [] // not everybody may see them
  const names = new Map(users.map(({ id, email }) => [id, email]))
  output.show(found, () => {
    if (found.length === 0) return 'Nothing was deployed yet.'
    const rows = found.map(({ version, createdAt, author, message, changed, rolledBackTo }) => [
      version,
      createdAt,
      names.get(author) ?? author,
      rolledBackTo === null ? changed.join(', ') : `back to version ${rolledBackTo}`,
      message,
    ])
    return renderTable(['version', 'when', 'who', 'what', 'message'], rows)
  })
}

export async function diff(
  { world, output }: Run,
  { from, ...options }: ConnectionOptions & { from?: number; json?: boolean },
  version: string,
): Promise<void> {
  const client = await connect(world, options)
  const params = { path: { version: readVersion(version) }, query: from === undefined ? {} : { from } }
  const difference = await bodyOf(client.GET('/api/v1/transforms/versions/{version}/difference', { params }))
  if (options.json) return output.show([difference], () => '')
  const style = styler(world.stdout, world.env)
  const patches = difference.modules.map(({ patch }) => coloured(printable(patch), style))
  const others = difference.changed.filter((part) => !part.startsWith('module '))
  if (others.length > 0) output.remark(`Also changed: ${others.join(', ')}.`)
  if (patches.length === 0) output.remark('No module is different.')
  output.write(patches.map((patch) => (patch.endsWith('\n') ? patch : `${patch}\n`)).join(''))
}

function coloured(patch: string, style: ReturnType<typeof styler>): string {
  const lines = patch.split('\n').map((line) => {
    if (line.startsWith('+') && !line.startsWith('+++')) return style('green', line)
    if (line.startsWith('-') && !line.startsWith('---')) return style('red', line)
    return line.startsWith('@@') ? style('dim', line) : line
  })
  return lines.join('\n')
}

export async function rollback({ world, output }: Run, options: DeleteOptions, version: string): Promise<void> {
  const client = await connect(world, options)
  const params = { path: { version: readVersion(version) } }
  const body = deployOptionsOf(options)
  const deployed = await bodyOf(client.POST('/api/v1/transforms/versions/{version}/rollback', { params, body }))
  showDeployed(output, deployed)
}
