/** What those ask who watch the process: is it alive, can it work, how does it fare. */
import { z } from 'zod'
import { type IsolationLevel, isolationLevels } from '../../isolation-level.ts'
import type { Caller } from '../operations/operation.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'

export interface Health {
  /** Each dependency by name: `ready`, or in a few words why it is not. */
  readonly readiness: () => Promise<Record<string, string>>
  /** How well users' code is kept in, as far as is known. */
  readonly isolation: () => IsolationLevel
  /** The metrics in Prometheus' text format, of one workspace alone where one is named. */
  readonly metrics: (workspace: string | undefined) => Promise<{ contentType: string; text: string }>
}

const readiness = z.object({ isReady: z.boolean(), dependencies: z.record(z.string(), z.string()) })

export function healthRoutes(app: Api, health: Health): void {
  app.get(
    '/healthz',
    {
      config: { permission: 'public' },
      schema: {
        operationId: 'getHealth',
        tags: ['health'],
        summary: 'Whether the process is alive',
        response: {
          200: z.object({
            status: z.literal('ok'),
            isolation: z
              .enum(isolationLevels)
              .describe(
                'How well users’ code is kept in. measuring: for a moment at the start; unavailable: none can run',
              ),
          }),
        },
      },
    },
    async () => ({ status: 'ok' as const, isolation: health.isolation() }),
  )
  app.get(
    '/readyz',
    {
      config: { permission: 'public' },
      schema: {
        operationId: 'getReadiness',
        tags: ['health'],
        summary: 'Whether everything the process needs is ready',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const dependencies = await health.readiness()
      const isReady = Object.values(dependencies).every((state) => state === 'ready')
      return reply.code(isReady ? 200 : 503).send({ isReady, dependencies })
    },
  )
  app.get(
    '/metrics',
    {
      config: { permission: 'metrics' },
      schema: {
        operationId: 'getMetrics',
        tags: ['health'],
        summary: 'Metrics in Prometheus’ text format',
        querystring: z.strictObject(inWorkspace),
      },
    },
    async ({ caller, query }, reply) => {
      const { contentType, text } = await health.metrics(query.workspace ?? scopeOf(caller))
      return reply.header('content-type', contentType).send(text)
    },
  )
}

/** The workspace whose metrics a caller sees; undefined: those of all, and of the process. */
function scopeOf(caller: Caller | undefined): string | undefined {
  return caller === undefined || caller.user.isInstanceAdmin ? undefined : caller.workspace
}
