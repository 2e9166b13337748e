/** Scheduled queries as commands name them: by label or id. */
import type { Client } from '@millrace/client/client'
import { getScheduledQueries, type ScheduledQuery } from '@millrace/client/scheduled-queries'
import { usageError } from '../failure.ts'

/** By label or id. @throws CommandError */
export async function findQuery(client: Client, name: string): Promise<ScheduledQuery> {
  const found = (await getScheduledQueries(client)).find(({ id, label }) => id === name || label === name)
  if (found === undefined) throw usageError(`There is no scheduled query ${JSON.stringify(name)}`)
  return found
}
