/** `/transforms/lookups`: small tables that users' code reads. */
import { z } from 'zod'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace } from './schemas.ts'
import { codeBodyBytesMax, deployed, deployOptions, deployQuery, partName } from './transform-schemas.ts'

const count = z.number().int()
const lookup = z
  .object({ name: z.string(), keys: count, bytes: count, since: count.describe('The version that set it') })
  .meta({ id: 'Lookup' })
const entries = z.record(z.string(), z.unknown()).describe('A value for each key; at most 1 MiB as JSON')
const params = z.strictObject({ name: partName })
const querystring = z.strictObject(inWorkspace)
const tags = ['transforms']

export function lookupRoutes(app: Api, lookups: Operations['lookups']): void {
  app.get(
    '/transforms/lookups',
    {
      config: { permission: lookups.list.permission },
      schema: {
        operationId: 'listLookups',
        tags,
        summary: 'The lookups that code may read',
        querystring,
        response: { 200: z.object({ items: z.array(lookup) }) },
      },
    },
    async ({ caller }) => ({ items: await lookups.list(caller) }),
  )
  app.get(
    '/transforms/lookups/:name',
    {
      config: { permission: lookups.get.permission },
      schema: {
        operationId: 'getLookup',
        tags,
        summary: 'One lookup with its entries',
        params,
        querystring,
        response: { 200: lookup.extend({ entries }) },
      },
    },
    ({ caller, params }) => lookups.get(caller, params.name),
  )
  app.put(
    '/transforms/lookups/:name',
    {
      bodyLimit: codeBodyBytesMax,
      config: { permission: lookups.put.permission },
      schema: {
        operationId: 'putLookup',
        tags,
        summary: 'Set all entries of a lookup: a new version that has them is deployed',
        params,
        querystring,
        body: z.strictObject({
          entries,
          message: deployOptions.message,
          baseVersion: deployOptions.baseVersion,
        }),
        response: { 200: deployed },
      },
    },
    ({ caller, params, body }) => lookups.put(caller, params.name, body),
  )
  app.delete(
    '/transforms/lookups/:name',
    {
      config: { permission: lookups.delete.permission },
      schema: {
        operationId: 'deleteLookup',
        tags,
        summary: 'Delete a lookup: a new version without it is deployed',
        params,
        querystring: deployQuery,
        response: { 200: deployed },
      },
    },
    ({ caller, params, query }) => lookups.delete(caller, params.name, query),
  )
}
