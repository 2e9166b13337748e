/** The logs in the data folder of a server that does not run. */
import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { usageError } from './failure.ts'
import type { World } from './world.ts'

export interface LogFolder {
  readonly workspace: string
  readonly path: string
  /** Where its destination lies. */
  readonly folder: string
}

/**
 * Takes the data folder for itself while `use` runs, so that no server opens it meanwhile.
 * @throws MillraceError `folder_locked`: a server runs; CommandError where there is no log.
 */
export async function withLogs<T>(
  { env, cwd }: World,
  { data, workspace }: { data: string | undefined; workspace: string | undefined },
  use: (logs: readonly LogFolder[]) => Promise<T>,
): Promise<T> {
  const { readConfig } = await import('@millrace/server/config')
  const path = data === undefined ? (await readConfig({ flags: {}, env, cwd })).data : resolve(cwd, data)
  const workspaces = await readdir(resolve(path, 'log')).catch(() => {
    throw usageError(`${path} is not the data folder of a server: there is no log in it`)
  })
  if (workspace !== undefined && !workspaces.includes(workspace)) {
    throw usageError(
      `There is no log of a workspace ${JSON.stringify(workspace)}`,
      `There are: ${workspaces.join(', ')}.`,
    )
  }
  const chosen = workspace === undefined ? workspaces.sort() : [workspace]
  const { takeDataFolder } = await import('@millrace/server/data-folder')
  const folder = takeDataFolder(path)
  try {
    return await use(
      chosen.map((name) => ({ workspace: name, path: folder.log(name), folder: folder.workspace(name) })),
    )
  } finally {
    folder.release()
  }
}
