/**
 * What the clients of Alooma (alooma.py 0.3.20 to 0.4.16) ask, under `/rest/` and `/{workspace}/rest/`, in terms of our operations.
 * The numbers ALOOMA-nn are those of docs/guides/protocols/alooma.md.
 */
import { parseExactly } from '../../../exact-json.ts'
import type { Api } from '../../api/app.ts'
import type { ManagementParts, ManagementProtocol } from '../management-protocol.ts'
import { bindPort } from './bind-port.ts'
import { readBodies } from './bodies.ts'
import { trialRoutes } from './code-trials.ts'
import { configRoutes } from './config.ts'
import { sessionRoutes } from './door.ts'
import { eventTypeRoutes } from './event-types.ts'
import { inputRoutes } from './inputs.ts'
import { openKept } from './kept.ts'
import { metricRoutes } from './metrics.ts'
import { notificationRoutes } from './notifications.ts'
import { outputRoutes } from './output.ts'
import { restreamRoutes } from './restream.ts'
import { type AloomaParts, openRoutes } from './route.ts'
import { sampleRoutes } from './samples.ts'
import { queryRoutes } from './scheduled-queries.ts'
import { settingsRoutes } from './settings.ts'
import { structureRoutes } from './structure.ts'
import { tableRoutes } from './tables.ts'
import { transformRoutes } from './transforms.ts'
import { userRoutes } from './users.ts'

export const alooma: ManagementProtocol = {
  title: 'Alooma',
  routes(app, parts) {
    const whole = { ...parts, kept: openKept(parts.store), port: bindPort(parts.operations) }
    for (const prefix of ['/rest', '/:account/rest']) {
      app.register(async (scope) => declare(scope as unknown as Api, whole), { prefix })
    }
  },
}

function declare(app: Api, parts: AloomaParts & ManagementParts): void {
  readBodies(app)
  const on = openRoutes(app, parts.store)
  sessionRoutes(app, parts)
  structureRoutes(on, parts)
  inputRoutes(on, parts)
  restreamRoutes(on, parts)
  eventTypeRoutes(on, parts)
  tableRoutes(on, parts)
  transformRoutes(on, parts)
  app.register(async (inner) => {
    const scope = inner as unknown as Api
    readBodies(scope, parseExactly) // elsewhere a number of many digits would be told as an object
    trialRoutes(openRoutes(scope, parts.store), parts)
  })
  sampleRoutes(on, parts)
  notificationRoutes(on, parts)
  metricRoutes(on, parts)
  outputRoutes(on, parts)
  queryRoutes(on, parts)
  userRoutes(on, parts)
  settingsRoutes(on, parts)
  configRoutes(on, parts)
}
