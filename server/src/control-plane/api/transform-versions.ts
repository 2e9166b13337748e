/** `/transforms/versions`: what was deployed. */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { inWorkspace, listOf, page, time } from './schemas.ts'
import { deployed, deployOptions, moduleWithCode, settings, versionNumber } from './transform-schemas.ts'

const count = z.number().int()
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

const querystring = z.strictObject(inWorkspace)
const numbered = z.strictObject({ version: versionNumber })
const tags = ['transforms']

export function versionRoutes(app: Api, transforms: Operations['transforms'], cursors: Cursors): void {
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
