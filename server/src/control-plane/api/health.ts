/** What those ask who watch the process: is it alive, can it work, how does it fare. */
import { z } from 'zod'
import type { Api } from './app.ts'

export interface Health {
  /** Each dependency by name: `ready`, or in a few words why it is not. */
  readonly readiness: () => Promise<Record<string, string>>
  /** The metrics in Prometheus' text format. */
  readonly metrics: () => Promise<{ contentType: string; text: string }>
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
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
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
      config: { permission: 'public' },
      schema: { operationId: 'getMetrics', tags: ['health'], summary: 'Metrics in Prometheus’ text format' },
    },
    async (_request, reply) => {
      const { contentType, text } = await health.metrics()
      return reply.header('content-type', contentType).send(text)
    },
  )
}
