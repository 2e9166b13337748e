/** The whole configuration of a workspace in one object, secrets masked (ALOOMA-66), and what nobody here counts: credits. */
import { MillraceError } from '../../../errors.ts'
import { openInputNodes } from './input-nodes.ts'
import { outputNode } from './output.ts'
import type { AloomaParts, On } from './route.ts'
import { settingsOf } from './settings.ts'

export function configRoutes(on: On, parts: AloomaParts): void {
  const { port, kept } = parts
  const inputs = openInputNodes(parts)
  on('GET', '/config/export', 'settings:read', async ({ caller }) => ({
    name: caller.workspace,
    exportedAt: new Date().toISOString(),
    inputs: await inputs.list(caller),
    output: await outputNode(parts, caller),
    mappingMode: await orNull(port.mappingMode(caller)),
    eventTypes: await orNull(port.mappings(caller)),
    transforms: await orNull(port.modules(caller)),
    scheduledQueries: await orNull(port.queries(caller)),
    settings: await settingsOf(kept, caller),
  }))

  for (const path of ['/credits/used-credits', '/credits/company']) {
    on('GET', path, 'session', () => {
      throw new MillraceError('not_implemented', 'Millrace sells no credits, so that none are used')
    })
  }
}

async function orNull<T>(part: Promise<T>): Promise<T | null> {
  try {
    return await part
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'not_implemented') return null
    throw error
  }
}
