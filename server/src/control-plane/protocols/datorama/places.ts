/** From the numbers in a path to a thing in a workspace, and a caller who may do something there. */
import { type Caller, notFound } from '../../operations/operation.ts'
import type { Permission } from '../../permissions.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import type { Visitor } from './door.ts'
import type { Kind } from './numbers.ts'

export interface Place {
  readonly caller: Caller
  readonly id: string
}

/** @throws MillraceError `not_found`: the number names nothing, or nothing of the visitor's. */
export async function placeOf(
  { numbers }: DatoramaParts,
  visitor: Visitor,
  kind: Exclude<Kind, 'workspace' | 'user' | 'data-source'>,
  number: unknown,
  permission: Permission,
): Promise<Place> {
  const found = await numbers.find(kind, number)
  if (found === undefined) throw notFound(`${kind}: ${shown(number)}`)
  return { caller: await visitor.in(found.workspace, permission), id: found.id }
}

/** @throws MillraceError `not_found`. */
export async function workspaceIn(
  { numbers }: DatoramaParts,
  visitor: Visitor,
  number: unknown,
  permission: Permission,
): Promise<Caller> {
  const found = await numbers.find('workspace', number)
  if (found === undefined) throw notFound(`workspace: ${shown(number)}`)
  return visitor.in(found.id, permission)
}

function shown(number: unknown): string {
  return String(number).slice(0, 40)
}
