/** `/workspaces` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import { roles } from '../permissions.ts'
import type { Api } from './app.ts'
import { listPage } from './paging.ts'
import { id, ifMatch, label, listOf, page, time } from './schemas.ts'
import { tagged } from './version-tag.ts'

const workspace = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.enum(roles).describe('Of the caller'),
    createdAt: time,
    archivedAt: time.nullable(),
  })
  .meta({ id: 'Workspace' })
/** It becomes the name of folders. */
const newId = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
  .describe('Lower-case letters, digits and hyphens; cannot be changed')
const params = z.strictObject({ workspace: id })
const tags = ['workspaces']

export function workspaceRoutes(app: Api, workspaces: Operations['workspaces'], cursors: Cursors): void {
  app.get(
    '/workspaces',
    {
      config: { permission: workspaces.list.permission },
      schema: {
        operationId: 'listWorkspaces',
        tags,
        summary: 'The workspaces in which one has a role, by id',
        querystring: z.strictObject(page),
        response: { 200: listOf(workspace) },
      },
    },
    (request) =>
      listPage(
        cursors,
        request,
        (page) => workspaces.list(request.caller, page),
        ({ id }) => id,
      ),
  )
  app.post(
    '/workspaces',
    {
      config: { permission: workspaces.create.permission },
      schema: {
        operationId: 'createWorkspace',
        tags,
        summary: 'Make a workspace and be its first owner',
        body: z.strictObject({ id: newId, name: label }),
        response: { 201: workspace },
      },
    },
    async ({ caller, body }, reply) => reply.code(201).send(await workspaces.create(caller, body)),
  )
  app.get(
    '/workspaces/:workspace',
    {
      config: { permission: workspaces.get.permission },
      schema: { operationId: 'getWorkspace', tags, summary: 'One workspace', params, response: { 200: workspace } },
    },
    async ({ caller }, reply) => tagged(reply, await workspaces.get(caller)),
  )
  app.patch(
    '/workspaces/:workspace',
    {
      config: { permission: workspaces.rename.permission },
      schema: {
        operationId: 'renameWorkspace',
        tags,
        summary: 'Give a workspace another name',
        params,
        headers: ifMatch,
        body: z.strictObject({ name: label }),
        response: { 200: workspace },
      },
    },
    async ({ caller, headers, body }, reply) =>
      tagged(reply, await workspaces.rename(caller, body, headers['if-match'])),
  )
  app.post(
    '/workspaces/:workspace/archive',
    {
      config: { permission: workspaces.archive.permission },
      schema: {
        operationId: 'archiveWorkspace',
        tags,
        summary: 'Close a workspace: it takes and runs nothing, nobody sees it, and what it holds stays on disk',
        params,
        response: { 204: z.null() },
      },
    },
    async ({ caller }, reply) => {
      await workspaces.archive(caller)
      return reply.code(204).send(null)
    },
  )
  app.post(
    '/workspaces/:workspace/unarchive',
    {
      config: { permission: workspaces.unarchive.permission },
      schema: {
        operationId: 'unarchiveWorkspace',
        tags,
        summary: 'Open an archived workspace again, as it was',
        params,
        response: { 200: workspace },
      },
    },
    async ({ caller }, reply) => tagged(reply, await workspaces.unarchive(caller)),
  )
  app.post(
    '/workspaces/:workspace/reopen',
    {
      config: { permission: workspaces.reopen.permission },
      schema: {
        operationId: 'reopenWorkspace',
        tags,
        summary: 'Try to open a workspace again that could not be opened, once what was in the way is put right',
        params,
        response: { 200: workspace },
      },
    },
    async ({ caller }, reply) => tagged(reply, await workspaces.reopen(caller)),
  )
}
