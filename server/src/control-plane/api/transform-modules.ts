/** `/transforms/modules` and `/transforms/deploy`: users' code as it is, and as it is to be. */
import { z } from 'zod'
import { languages } from '../../transform.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'
import {
  codeBodyBytesMax,
  codeChange,
  deployed,
  deployOptions,
  deployQuery,
  module,
  moduleWithCode,
  partName,
} from './transform-schemas.ts'

const querystring = z.strictObject(inWorkspace)
const named = z.strictObject({ name: partName })
const tags = ['transforms']

export function moduleRoutes(app: Api, transforms: Operations['transforms']): void {
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
