/** Who has which role in the workspace. */
import { bodyOf, type Client } from './client.ts'
import { listItems } from './lists.ts'
import type { components } from './openapi.ts'

export type User = components['schemas']['User']
export type Role = User['role']

/** @throws ClientError */
export function getUsers(client: Client): Promise<User[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/users', { params: { query } })))
}

export interface AddedUser {
  readonly user: User
  /** Of whoever is new to the installation; shown this once. */
  readonly password?: string
}

/** @throws ClientError `conflict`: the user has a role here; `invalid_request`: no e-mail address. */
export function addUser(client: Client, email: string, role: Role = 'viewer'): Promise<AddedUser> {
  return bodyOf(client.POST('/api/v1/users', { body: { email, role } }))
}

/** Safe to repeat. @throws ClientError `not_found`; `conflict`: the last owner. */
export function setRole(client: Client, id: string, role: Role): Promise<User> {
  return bodyOf(client.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body: { role } }))
}

/** With their tokens in the workspace. @throws ClientError `not_found`; `conflict`: the last owner. */
export async function removeUser(client: Client, id: string): Promise<void> {
  await client.DELETE('/api/v1/users/{id}', { params: { path: { id } } })
}
