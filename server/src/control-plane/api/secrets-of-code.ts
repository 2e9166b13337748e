/** `/transforms/secrets`: secrets that users' code may ask for. */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import { transformRules } from '../operations/transform-rules.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'
import { deployed, deployOptions, deployQuery, partName } from './transform-schemas.ts'

const secret = z.object({ name: z.string(), since: z.number().int().describe('The version that set it') })
const params = z.strictObject({ name: partName })
const querystring = z.strictObject(inWorkspace)
const tags = ['transforms']

export function secretOfCodeRoutes(app: Api, secrets: Operations['secretsOfCode']): void {
  app.get(
    '/transforms/secrets',
    {
      config: { permission: secrets.list.permission },
      schema: {
        operationId: 'listTransformSecrets',
        tags,
        summary: 'The names of secrets that code may ask for; nobody can read their values',
        querystring,
        response: { 200: z.object({ items: z.array(secret) }) },
      },
    },
    async ({ caller }) => ({ items: [...(await secrets.list(caller))] }),
  )
  app.put(
    '/transforms/secrets/:name',
    {
      config: { permission: secrets.put.permission },
      schema: {
        operationId: 'putTransformSecret',
        tags,
        summary: 'Set a secret: a new version that has it is deployed',
        params,
        querystring,
        body: z.strictObject({
          value: z.string().min(1).max(transformRules.secretBytesMax),
          message: deployOptions.message,
          baseVersion: deployOptions.baseVersion,
        }),
        response: { 200: deployed },
      },
    },
    ({ caller, params, body }) => secrets.put(caller, params.name, body),
  )
  app.delete(
    '/transforms/secrets/:name',
    {
      config: { permission: secrets.delete.permission },
      schema: {
        operationId: 'deleteTransformSecret',
        tags,
        summary: 'Delete a secret for good: a new version without it is deployed',
        params,
        querystring: deployQuery,
        response: { 200: deployed },
      },
    },
    ({ caller, params, query }) => secrets.delete(caller, params.name, query),
  )
}
