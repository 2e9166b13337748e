/**
 * The API under `/api/v1`: each route is an operation made reachable. It parses, names the workspace and finds the caller; what
 * may be done and what is done is decided in `operations/`.
 */
import fastify from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from '../../telemetry.ts'
import type { Cursors } from '../cursors.ts'
import type { BulkRuns } from '../operations/bulk-runs.ts'
import type { Operations } from '../operations/operations.ts'
import type { ManagementProtocol } from '../protocols/management-protocol.ts'
import type { RateLimits } from '../rate-limits.ts'
import type { Store } from '../store/store.ts'
import type { Api, ApiHost } from './app.ts'
import { archiveRoutes } from './archive.ts'
import { auditRoutes } from './audit.ts'
import { authenticate } from './authentication.ts'
import { backfillRoutes } from './backfills.ts'
import { bucketRoutes } from './buckets.ts'
import { bulkRoutes } from './bulk.ts'
import { calculatedMeasurementRoutes } from './calculated-measurements.ts'
import { configurationRoutes } from './configuration.ts'
import { dimensionRoutes } from './dimensions.ts'
import { discoveryRoutes } from './discovery.ts'
import { eventTypeRoutes } from './event-types.ts'
import { harmonisedDimensionRoutes } from './harmonised-dimensions.ts'
import { type Health, healthRoutes } from './health.ts'
import { inputRoutes } from './inputs.ts'
import { jobRoutes } from './jobs.ts'
import { liveRoutes } from './live.ts'
import { lookupRoutes } from './lookups.ts'
import { mappingRoutes } from './mappings.ts'
import { metadataRoutes } from './metadata.ts'
import { metricRoutes } from './metrics.ts'
import { notificationChannelRoutes } from './notification-channels.ts'
import { notificationRoutes } from './notifications.ts'
import { describeApi } from './openapi.ts'
import { outputRoutes } from './outputs.ts'
import { patternRoutes } from './patterns.ts'
import { requirePermissions } from './permissions-of-routes.ts'
import { answerProblems, refuseBrokenRequest } from './problems.ts'
import { queryRoutes } from './query.ts'
import { quotaRoutes } from './quotas.ts'
import { restreamRoutes } from './restream.ts'
import { sampleRoutes } from './samples.ts'
import { scheduledQueryRoutes } from './scheduled-queries.ts'
import { secretOfCodeRoutes } from './secrets-of-code.ts'
import { securityHeaders } from './security-headers.ts'
import { semanticLayerRoutes } from './semantic-layer.ts'
import { sessionRoutes } from './session.ts'
import { sourceRoutes } from './sources.ts'
import { statusRoutes } from './status.ts'
import { tableRoutes } from './tables.ts'
import { tokenRoutes } from './tokens.ts'
import { moduleRoutes } from './transform-modules.ts'
import { transformTrialRoutes } from './transform-trials.ts'
import { versionRoutes } from './transform-versions.ts'
import { transformRoutes } from './transforms.ts'
import { userRoutes } from './users.ts'
import { workspaceSettingsRoutes } from './workspace-settings.ts'
import { workspaceRoutes } from './workspaces.ts'

export interface ApiSettings extends Health {
  readonly store: Store
  readonly operations: Operations
  readonly cursors: Cursors
  /** Whether browsers reach it by TLS only. */
  readonly isSecure: boolean
  /** Addresses and networks of those who tell in X-Forwarded-For for whom they ask. */
  readonly trustedProxies: readonly string[]
  /** Opens the metrics of all workspaces, and nothing else. */
  readonly metricsToken: string | undefined
  readonly rateLimits: RateLimits
  /** Ended with the API. */
  readonly bulkRuns: Pick<BulkRuns, 'close'>
  /** By which workspaces can be managed beside this API, by their names in the catalog. */
  readonly managementProtocols: Readonly<Record<string, ManagementProtocol>>
  readonly logger: Logger
}

const bodyBytesMax = 1024 * 1024
/** An event type's name of 128 characters, percent-encoded. */
const pathSegmentCharsMax = 128 * 12

/** Ready to be asked, not yet listening. Refuses to start with a route that names no permission. */
export async function openApi(settings: ApiSettings, host: ApiHost = {}): Promise<Api> {
  const app = fastify({
    ...host,
    bodyLimit: bodyBytesMax,
    exposeHeadRoutes: false,
    frameworkErrors: refuseBrokenRequest,
    genReqId: () => crypto.randomUUID(),
    trustProxy: settings.trustedProxies.length > 0 && [...settings.trustedProxies],
    routerOptions: { maxParamLength: pathSegmentCharsMax },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.removeContentTypeParser('text/plain')
  securityHeaders(app, settings)
  answerProblems(app, settings.logger)
  requirePermissions(app)
  authenticate(app, settings)
  logRequests(app, settings.logger)
  await describeApi(app)
  await app.register(async (root) => healthRoutes(root.withTypeProvider<ZodTypeProvider>(), settings))
  await app.register(async (root) => routes(root.withTypeProvider<ZodTypeProvider>(), settings), { prefix: '/api/v1' })
  for (const protocol of Object.values(settings.managementProtocols)) {
    await app.register(async (root) => protocol.routes(root.withTypeProvider<ZodTypeProvider>(), settings))
  }
  app.addHook('onClose', () => settings.rateLimits.close())
  app.addHook('onClose', () => settings.bulkRuns.close())
  await app.ready()
  return app
}

function routes(app: Api, { operations, cursors, isSecure }: ApiSettings): void {
  sessionRoutes(app, operations.session, { isSecure })
  workspaceRoutes(app, operations.workspaces, cursors)
  quotaRoutes(app, operations.quotas)
  userRoutes(app, operations.users, cursors)
  tokenRoutes(app, operations.tokens, cursors)
  inputRoutes(app, operations.inputs, cursors)
  sourceRoutes(app, operations.sources, cursors)
  jobRoutes(app, operations.allJobs, cursors)
  bulkRoutes(app, operations.bulk, cursors)
  bucketRoutes(app, operations.buckets, cursors)
  eventTypeRoutes(app, operations.eventTypes, cursors)
  moduleRoutes(app, operations.transforms)
  versionRoutes(app, operations.transforms, cursors)
  transformRoutes(app, operations.transforms)
  transformTrialRoutes(app, operations.transformTrials)
  secretOfCodeRoutes(app, operations.secretsOfCode)
  lookupRoutes(app, operations.lookups)
  mappingRoutes(app, operations.mappings)
  backfillRoutes(app, operations.backfills)
  tableRoutes(app, operations.tables, cursors)
  queryRoutes(app, operations.query)
  scheduledQueryRoutes(app, operations.scheduledQueries, cursors)
  dimensionRoutes(app, operations.dimensions, cursors)
  patternRoutes(app, operations.patterns, cursors)
  harmonisedDimensionRoutes(app, operations.harmonisedDimensions, cursors)
  calculatedMeasurementRoutes(app, operations.calculatedMeasurements, cursors)
  semanticLayerRoutes(app, operations.semanticLayer)
  restreamRoutes(app, operations.restream, cursors)
  outputRoutes(app, operations.outputs)
  workspaceSettingsRoutes(app, operations.settings)
  statusRoutes(app, operations.status)
  metadataRoutes(app, operations.metadata)
  metricRoutes(app, operations.metrics)
  sampleRoutes(app, operations.samples)
  liveRoutes(app, operations.live)
  notificationRoutes(app, operations.notifications, cursors)
  notificationChannelRoutes(app, operations.notificationChannels, cursors)
  discoveryRoutes(app, operations.discovery)
  archiveRoutes(app, operations.archive)
  auditRoutes(app, operations.audit, cursors)
  configurationRoutes(app, operations.configuration)
  app.get(
    '/openapi.json',
    {
      config: { permission: 'public' },
      schema: { operationId: 'getOpenapi', tags: ['api'], summary: 'This description' },
    },
    () => app.swagger(),
  )
}

/** Without the query: it may hold what is nobody's business. */
function logRequests(app: Api, logger: Logger): void {
  app.addHook('onResponse', async ({ id, method, routeOptions }, reply) => {
    const durationMs = Math.round(reply.elapsedTime)
    logger.debug('request answered', {
      requestId: id,
      method,
      route: routeOptions.url,
      status: reply.statusCode,
      durationMs,
    })
  })
}
