/**
 * What the client of Datorama (pyDatorama 0.11) asks, under `/v1/` and of mappings under `/data-streams/`, in terms of our operations.
 * The numbers DATORAMA-nn are those of docs/guides/protocols/datorama.md.
 */
import type { Api } from '../../api/app.ts'
import type { ManagementProtocol } from '../management-protocol.ts'
import { bindPort } from './bind-port.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import { openDoor } from './door.ts'
import { jobRoutes } from './job-routes.ts'
import { openKept } from './kept.ts'
import { mappingRoutes } from './mapping-routes.ts'
import { openNumbers } from './numbers.ts'
import { openRoutes } from './route.ts'
import { semanticRoutes } from './semantic-routes.ts'
import { streamRoutes } from './stream-routes.ts'
import { workspaceRoutes } from './workspaces.ts'

export const datorama: ManagementProtocol = {
  title: 'Datorama',
  routes(app, { store, operations, rateLimits, logger }) {
    const door = openDoor(store, rateLimits)
    const parts: DatoramaParts = {
      port: bindPort(operations),
      kept: openKept(store),
      numbers: openNumbers(store.db),
      now: store.now,
    }
    app.register(
      async (scope) => {
        const on = openRoutes(scope as unknown as Api, door, logger)
        workspaceRoutes(on, parts)
        streamRoutes(on, parts)
        jobRoutes(on, parts)
        semanticRoutes(on, parts)
      },
      { prefix: '/v1' },
    )
    app.register(async (scope) => mappingRoutes(openRoutes(scope as unknown as Api, door, logger), parts), {
      prefix: '/data-streams',
    })
  },
}
