/** A workspace as it was when it was new. */
import type { Client } from './client.ts'
import { deleteAllEventTypes } from './event-types.ts'
import { getInputs, removeInput } from './inputs.ts'
import { purgeRestream, stopRestream } from './restream.ts'
import { setEmailNotifications } from './settings.ts'
import { getTransforms, resetTransforms } from './transforms.ts'

export interface Cleaned {
  /** Events thrown away that waited in the restream queue. */
  readonly purged: number
  /** Labels of inputs that are gone. */
  readonly inputs: readonly string[]
  readonly eventTypes: readonly string[]
}

/**
 * Takes back what was set: no code, an empty restream queue, the first native input alone, no event types, no e-mails. **What
 * waited in the restream queue is lost.** Rows, tables, secrets, lookups, scheduled
 * queries and users stay. Safe to repeat, also after a failure half-way.
 * @throws ClientError
 */
export async function cleanSystem(client: Client): Promise<Cleaned> {
  if ((await getTransforms(client)).length > 0) await resetTransforms(client, 'Clean system')
  await stopRestream(client)
  const purged = await purgeRestream(client)
  const inputs = await removeAllInputs(client)
  const eventTypes = await deleteAllEventTypes(client)
  await setEmailNotifications(client, null)
  return { purged, inputs, eventTypes }
}

async function removeAllInputs(client: Client): Promise<string[]> {
  const inputs = (await getInputs(client)).toSorted((left, right) => left.createdAt.localeCompare(right.createdAt))
  const kept = inputs.find(({ type }) => type === 'native')
  const gone = inputs.filter((input) => input !== kept)
  for (const { id } of gone) await removeInput(client, id)
  return gone.map(({ label }) => label)
}
