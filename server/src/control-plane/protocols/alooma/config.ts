/** The whole configuration of a workspace in one object, secrets masked (ALOOMA-66), and what nobody here counts: credits. */
import { MillraceError } from '../../../errors.ts'
import { openCodeModules } from './code-modules.ts'
import { eventTypeOf, type KnownEventType } from './event-type-shape.ts'
import { openInputNodes } from './input-nodes.ts'
import { openEventTypes } from './known-event-types.ts'
import { outputNode } from './output.ts'
import type { AloomaParts, On } from './route.ts'
import { nothingSeen } from './seen-fields.ts'
import { settingsOf } from './settings.ts'

export function configRoutes(on: On, parts: AloomaParts): void {
  const { port } = parts
  const inputs = openInputNodes(parts)
  const eventTypes = openEventTypes(parts)
  on('GET', '/config/export', 'settings:read', async ({ caller }) => ({
    name: caller.workspace,
    exportedAt: new Date().toISOString(),
    inputs: await inputs.list(caller),
    output: await outputNode(parts, caller),
    mappingMode: await port.mappingMode(caller),
    eventTypes: (await eventTypes.list(caller)).map((known) => eventTypeOf(withoutValues(known))),
    transforms: await openCodeModules(parts).list(caller),
    scheduledQueries: await orNull(port.queries(caller)),
    settings: await settingsOf(parts, caller),
    millrace: await port.configuration(caller), // with what Alooma had no word for: lookups, channels, keys of tables
  }))

  for (const path of ['/credits/used-credits', '/credits/company']) {
    on('GET', path, 'session', () => {
      throw new MillraceError('not_implemented', 'Millrace sells no credits, so that none are used')
    })
  }
}

/** What events hold is no configuration. */
function withoutValues(known: KnownEventType): KnownEventType {
  return { ...known, seen: nothingSeen }
}

async function orNull<T>(part: Promise<T>): Promise<T | null> {
  try {
    return await part
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'not_implemented') return null
    throw error
  }
}
