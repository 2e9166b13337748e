/** `/inputs/discover` */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { id, inWorkspace } from './schemas.ts'

const resource = z
  .object({
    id: z.string().describe('What the settings name it by'),
    title: z.string(),
    fields: z.array(z.object({ name: z.string(), type: z.string().describe('In the words of the source') })),
    available: z.boolean().describe('Whether these settings may read it'),
    required: z.boolean().optional().describe('It comes whatever is chosen'),
  })
  .meta({ id: 'Resource' })

export function discoveryRoutes(app: Api, discovery: Operations['discovery']): void {
  app.post(
    '/inputs/discover',
    {
      config: { permission: discovery.discover.permission },
      schema: {
        operationId: 'discoverResources',
        tags: ['sources'],
        summary: 'Ask a source what there is to choose from: tables, reports',
        querystring: z.strictObject(inWorkspace),
        body: z.strictObject({
          type: z.string().min(1).max(64).optional().describe('Of an input that is none yet'),
          source: id.optional().describe('Id of a source, whose settings count where `settings` says nothing else'),
          settings: z.record(z.string().max(128), z.unknown()).optional(),
        }),
        response: { 200: z.object({ resources: z.array(resource) }) },
      },
    },
    async ({ caller, body }) => {
      const resources = await discovery.discover(caller, body)
      return { resources: resources.map((one) => ({ ...one, fields: [...one.fields] })) }
    },
  )
}
