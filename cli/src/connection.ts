/**
 * Which server a command talks to, and as whom: flags, then environment, then what the server left in its data folder,
 * so that commands typed beside the folder need neither.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from '@millrace/client/allowance-file'
import { type Client, openClient } from '@millrace/client/client'
import { openPacedClient } from '@millrace/client/paced-client'
import type { Command } from 'commander'
import { CommandError, exitCodes, usageError } from './failure.ts'
import type { World } from './world.ts'

export { listItems } from '@millrace/client/lists'

export interface ConnectionOptions {
  readonly url?: string
  readonly token?: string
  readonly key?: string
  readonly data?: string
  readonly workspace?: string
}

export interface Connection {
  readonly url: string
  readonly token: string | undefined
  /** An input's key. */
  readonly key: string | undefined
}

export const connectionHelp = `
Which server: --url, else MILLRACE_URL, else the server whose data folder is here (--data, MILLRACE_DATA, ./.millrace).
Who asks: --token, else MILLRACE_TOKEN, else the token that server left in its data folder for its owner. Several, separated by commas: the first that has calls left.`

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--url <url>', 'address of the server')
    .option('--token <token>', 'token of the API; better in MILLRACE_TOKEN, which other users cannot see')
    .option('--workspace <id>', 'workspace, where it is not the token’s own')
    .option('--data <folder>', 'data folder of a server on this machine')
    .addHelpText('after', connectionHelp)
}

/** @throws CommandError where nothing says which server, or what says so is broken. */
export async function findConnection({ env, cwd }: World, options: ConnectionOptions): Promise<Connection> {
  const given = options.url ?? (env['MILLRACE_URL'] || undefined)
  const token = options.token ?? (env['MILLRACE_TOKEN'] || undefined)
  const key = options.key ?? (env['MILLRACE_KEY'] || undefined)
  if (given !== undefined) return { url: checkUrl(given), token, key }
  const { data, host, port } = await readServerConfig(env, cwd, options.data)
  const local = await readLocalAccess(join(data, 'local.json'))
  // The folder's secrets go to the folder's server and to no other.
  if (local) return { url: local.url, token: token ?? local.token, key: key ?? local.ingestKey }
  if (port === 0) throw new CommandError(exitCodes.unreachable, `No server has been started on ${data}`, startHint)
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, token, key }
}

export async function connect(world: World, options: ConnectionOptions): Promise<Client> {
  const { url, token } = await findConnection(world, options)
  const { workspace } = options
  if (token === undefined) return openClient({ url, token, workspace })
  return openPacedClient({
    url,
    workspace,
    tokens: token.split(','),
    folder: cacheFolder(world.env, { home: world.home }),
    onWait: (seconds) => world.stderr.write(`The token has no calls left: going on in ${seconds} s\n`),
  })
}

const startHint = 'Start one with millrace start, or name one with --url or MILLRACE_URL.'

async function readServerConfig(env: World['env'], cwd: string, data: string | undefined) {
  const { readConfig } = await import('@millrace/server/config')
  return readConfig({ flags: { data }, env, cwd })
}

interface LocalAccess {
  readonly url: string
  readonly token: string
  readonly ingestKey?: string
}

async function readLocalAccess(path: string): Promise<LocalAccess | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    const { url, token, ingestKey } = JSON.parse(text) as LocalAccess
    return { url: checkUrl(url), token, ...(ingestKey !== undefined && { ingestKey }) }
  } catch {
    throw usageError(`${path} cannot be read`, 'Start the server again: it writes the file anew.')
  }
}

function checkUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '')
  throw usageError(
    `${JSON.stringify(text)} is not the address of a server`,
    'An address looks like http://127.0.0.1:4700.',
  )
}
