/** Sources as commands name them: by label or id. */
import type { Client } from '@millrace/client/client'
import { listSources, type Source } from '@millrace/client/sources'
import { usageError } from '../failure.ts'

/** By label or id. @throws CommandError */
export async function findSource(client: Client, name: string): Promise<Source> {
  const found = (await listSources(client)).find(({ id, label }) => id === name || label === name)
  if (found === undefined) throw usageError(`There is no source ${JSON.stringify(name)}`, 'millrace sources list')
  return found
}
