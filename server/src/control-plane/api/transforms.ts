/** `/transforms`: how users' code is set, whether it runs, and which types it knows. */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'
import { deployOptions, limitsOf, order, settings } from './transform-schemas.ts'

const count = z.number().int()
const state = z
  .object({
    state: z
      .enum(['none', 'running', 'paused'])
      .describe(
        'none: no module is called, events go on as they come; paused: it was stopped again and again; events wait in the log',
      ),
    version: count.nullable().describe('That runs, or was paused'),
    newestVersion: count
      .nullable()
      .describe('That was deployed last. Where code runs, but of another `version`, this one does not run yet'),
    reason: z.string().nullable().describe('Why it is paused'),
    isolation: z
      .object({
        level: z.enum(['full', 'partial', 'none']),
        probes: z.array(z.object({ name: z.string(), isHeld: z.boolean() })),
      })
      .describe('How well code is kept in, measured at the start by probes that try to get out'),
    printed: z.string().optional().describe('The end of what the code printed lately; for those who may see events'),
  })
  .meta({ id: 'TransformState' })

const querystring = z.strictObject(inWorkspace)
const tags = ['transforms']

export function transformRoutes(app: Api, transforms: Operations['transforms']): void {
  app.get(
    '/transforms/settings',
    {
      config: { permission: transforms.settings.permission },
      schema: {
        operationId: 'getTransformSettings',
        tags,
        summary: 'The order of modules, and the limits of the code',
        querystring,
        response: { 200: settings },
      },
    },
    ({ caller }) => transforms.settings(caller),
  )
  app.patch(
    '/transforms/settings',
    {
      config: { permission: transforms.changeSettings.permission },
      schema: {
        operationId: 'updateTransformSettings',
        tags,
        summary: 'Change the order of modules or limits of the code: a new version is deployed',
        querystring,
        body: z.strictObject({
          ...deployOptions,
          order: order.nullable().optional(),
          limits: z
            .strictObject(limitsOf(([min, max]) => count.min(min).max(max).nullable().optional()))
            .optional()
            .describe('Over those that are set; null takes one back to its default'),
        }),
        response: { 200: settings },
      },
    },
    ({ caller, body }) => transforms.changeSettings(caller, body),
  )
  app.get(
    '/transforms/state',
    {
      config: { permission: transforms.state.permission },
      schema: {
        operationId: 'getTransformState',
        tags,
        summary: 'Whether the code runs, and how well it is kept in',
        querystring,
        response: { 200: state },
      },
    },
    async ({ caller }) => {
      const { isolation, ...state } = await transforms.state(caller)
      return { ...state, isolation: { ...isolation, probes: [...isolation.probes] } }
    },
  )
  app.post(
    '/transforms/resume',
    {
      config: { permission: transforms.resume.permission },
      schema: {
        operationId: 'resumeTransforms',
        tags,
        summary: 'Go on after a pause; start the newest version where it does not run yet',
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller }, reply) => {
      await transforms.resume(caller)
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/transforms/types',
    {
      config: { permission: transforms.types.permission },
      schema: {
        operationId: 'getTransformTypes',
        tags,
        summary: 'Declarations of events, secrets and lookups, for editors of TypeScript: the text of a .d.ts file',
        querystring,
        response: { 200: z.object({ declarations: z.string() }) },
      },
    },
    async ({ caller }) => ({ declarations: await transforms.types(caller) }),
  )
}
