/** Workspaces: the tenants of an installation. Who is in one, and with which role, is in `users.ts`. */
import { bodyOf, type Client } from './client.ts'
import { listItems } from './lists.ts'
import type { components } from './openapi.ts'

export type Workspace = components['schemas']['Workspace']

/** Those in which one has a role, archived ones too. @throws ClientError */
export function getWorkspaces(client: Client): Promise<Workspace[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/workspaces', { params: { query } })))
}

/** @throws ClientError `conflict`: the id is taken; `forbidden`: only an administrator of the installation may. */
export function createWorkspace(client: Client, id: string, name: string = id): Promise<Workspace> {
  return bodyOf(client.POST('/api/v1/workspaces', { body: { id, name } }))
}

/** Safe to repeat. @throws ClientError `not_found`. */
export function renameWorkspace(client: Client, id: string, name: string): Promise<Workspace> {
  const params = { path: { workspace: id } }
  return bodyOf(client.PATCH('/api/v1/workspaces/{workspace}', { params, body: { name } }))
}

/** It takes and runs nothing at once, and is there for nobody; what it holds stays on disk. @throws ClientError `not_found`. */
export async function archiveWorkspace(client: Client, id: string): Promise<void> {
  await client.POST('/api/v1/workspaces/{workspace}/archive', { params: { path: { workspace: id } } })
}

/** It goes on as it was. Safe to repeat. @throws ClientError `not_found`. */
export function unarchiveWorkspace(client: Client, id: string): Promise<Workspace> {
  return bodyOf(client.POST('/api/v1/workspaces/{workspace}/unarchive', { params: { path: { workspace: id } } }))
}

/**
 * One that could not be opened is tried again, once what was in the way is put right. Safe to repeat.
 * @throws ClientError `workspace_unavailable`: why not, this time.
 */
export function reopenWorkspace(client: Client, id: string): Promise<Workspace> {
  return bodyOf(client.POST('/api/v1/workspaces/{workspace}/reopen', { params: { path: { workspace: id } } }))
}
