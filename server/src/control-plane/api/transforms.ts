/** `/transforms`: users' code, deployed in versions. */
import { z } from 'zod'
import { languages } from '../../transform.ts'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import { limitBounds } from '../operations/transform-rules.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { inWorkspace, listOf, page, time } from './schemas.ts'
import {
  codeBodyBytesMax,
  codeChange,
  deployed,
  deployOptions,
  deployQuery,
  module,
  moduleWithCode,
  order,
  partName,
  versionNumber,
} from './transform-schemas.ts'

const count = z.number().int()
const settings = z
  .object({
    order: order.nullable().describe('As set; null: the module `main`, where there is one'),
    calledModules: z.array(z.string()).describe('The modules whose `transform` is called, one after the other'),
    limits: z.object(mapLimits(() => count)),
  })
  .meta({ id: 'TransformSettings' })
const version = z
  .object({
    version: count,
    createdAt: time,
    author: z.string().describe('Id of the user'),
    message: z.string(),
    changed: z.array(z.string()).describe('`module main`, `order`, `lookup cities`, `secret salt`, `limits`'),
    rolledBackTo: count.nullable().describe('The version whose content it took over'),
  })
  .meta({ id: 'TransformVersion' })
const versionWithCode = version.extend({
  ...settings.shape,
  modules: z.array(moduleWithCode),
  lookups: z.array(z.string()).describe('Names'),
  secrets: z.array(z.string()).describe('Names'),
})
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
const named = z.strictObject({ name: partName })
const numbered = z.strictObject({ version: versionNumber })
const tags = ['transforms']

function mapLimits<T>(of: (bounds: readonly [number, number]) => T): Record<keyof typeof limitBounds, T> {
  const entries = Object.entries(limitBounds).map(([name, bounds]) => [name, of(bounds)])
  return Object.fromEntries(entries) as Record<keyof typeof limitBounds, T>
}

export function transformRoutes(app: Api, transforms: Operations['transforms'], cursors: Cursors): void {
  moduleRoutes(app, transforms)
  versionRoutes(app, transforms, cursors)
  engineRoutes(app, transforms)
}

function moduleRoutes(app: Api, transforms: Operations['transforms']): void {
  app.get(
    '/transforms/modules',
    {
      config: { permission: transforms.modules.permission },
      schema: {
        operationId: 'listModules',
        tags,
        summary: 'The modules of the deployed code, by name',
        querystring,
        response: { 200: z.object({ items: z.array(module) }) },
      },
    },
    async ({ caller }) => ({ items: await transforms.modules(caller) }),
  )
  app.get(
    '/transforms/modules/:name',
    {
      config: { permission: transforms.module.permission },
      schema: {
        operationId: 'getModule',
        tags,
        summary: 'One module with its code',
        params: named,
        querystring,
        response: { 200: moduleWithCode },
      },
    },
    ({ caller, params }) => transforms.module(caller, params.name),
  )
  app.put(
    '/transforms/modules/:name',
    {
      bodyLimit: codeBodyBytesMax,
      config: { permission: transforms.putModule.permission },
      schema: {
        operationId: 'putModule',
        tags,
        summary: 'Make a module, or give it other code: a new version is deployed',
        params: named,
        querystring,
        body: z.strictObject({
          ...deployOptions,
          code: z.string().describe('Empty: deletes the module'),
          language: z.enum(languages).optional().describe('As the module has it where missing'),
        }),
        response: { 200: deployed },
      },
    },
    ({ caller, params, body }) => transforms.putModule(caller, params.name, body),
  )
  app.delete(
    '/transforms/modules/:name',
    {
      config: { permission: transforms.deleteModule.permission },
      schema: {
        operationId: 'deleteModule',
        tags,
        summary: 'Delete a module: a new version without it is deployed',
        params: named,
        querystring: deployQuery,
        response: { 200: deployed },
      },
    },
    ({ caller, params, query }) => transforms.deleteModule(caller, params.name, query),
  )
  app.post(
    '/transforms/deploy',
    {
      bodyLimit: codeBodyBytesMax,
      config: { permission: transforms.deploy.permission },
      schema: {
        operationId: 'deployTransforms',
        tags,
        summary: 'Deploy several modules and their order at once, all or nothing',
        querystring,
        body: z.strictObject({ ...codeChange, ...deployOptions }),
        response: { 200: deployed },
      },
    },
    ({ caller, body }) => transforms.deploy(caller, body),
  )
}

function versionRoutes(app: Api, transforms: Operations['transforms'], cursors: Cursors): void {
  app.get(
    '/transforms/versions',
    {
      config: { permission: transforms.versions.permission },
      schema: {
        operationId: 'listTransformVersions',
        tags,
        summary: 'What was deployed when and by whom, newest first',
        querystring: querystring.extend(page),
        response: { 200: listOf(version) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => transforms.versions(request.caller, page),
        ({ version }) => String(version),
      ),
  )
  app.get(
    '/transforms/versions/:version',
    {
      config: { permission: transforms.version.permission },
      schema: {
        operationId: 'getTransformVersion',
        tags,
        summary: 'One version, with its code',
        params: numbered,
        querystring,
        response: { 200: versionWithCode },
      },
    },
    ({ caller, params }) => transforms.version(caller, params.version),
  )
  app.get(
    '/transforms/versions/:version/difference',
    {
      config: { permission: transforms.difference.permission },
      schema: {
        operationId: 'compareTransformVersions',
        tags,
        summary: 'What a version changed of another one, as unified diffs',
        params: numbered,
        querystring: querystring.extend({
          from: versionNumber.optional().describe('The other version; the one before it where missing'),
        }),
        response: {
          200: z.object({
            from: count,
            to: count,
            changed: version.shape.changed,
            modules: z.array(
              z.object({ name: z.string(), change: z.enum(['added', 'removed', 'changed']), patch: z.string() }),
            ),
          }),
        },
      },
    },
    ({ caller, params, query }) => transforms.difference(caller, params.version, query.from),
  )
  app.post(
    '/transforms/versions/:version/rollback',
    {
      config: { permission: transforms.rollBack.permission },
      schema: {
        operationId: 'rollBackTransforms',
        tags,
        summary: 'Deploy an old version again, as a new one; secrets stay as they are today',
        params: numbered,
        querystring,
        body: z.strictObject({ message: deployOptions.message, baseVersion: deployOptions.baseVersion }),
        response: { 200: deployed },
      },
    },
    ({ caller, params, body }) => transforms.rollBack(caller, params.version, body),
  )
}

function engineRoutes(app: Api, transforms: Operations['transforms']): void {
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
            .strictObject(mapLimits(([min, max]) => count.min(min).max(max).nullable().optional()))
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
