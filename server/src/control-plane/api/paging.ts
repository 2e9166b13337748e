/** Pages of a list: a query's limit and cursor made a page to ask for, and its items made an answer with the next cursor. */
import type { FastifyRequest } from 'fastify'
import type { Cursors } from '../cursors.ts'
import type { Page } from '../operations/operation.ts'

interface PageQuery {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** A cursor is good for the same route, workspace and filter only. */
export async function listPage<T>(
  cursors: Cursors,
  { query, caller, routeOptions }: Pick<FastifyRequest, 'caller' | 'routeOptions'> & { query: PageQuery },
  list: (page: Page) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<{ items: T[]; nextCursor: string | null }> {
  const { limit, cursor, ...filter } = query
  const listed = JSON.stringify([routeOptions.url, { ...filter, workspace: caller.workspace }])
  const items = await list({ limit, after: cursor === undefined ? undefined : cursors.open(listed, cursor) })
  const last = items.length === limit ? items.at(-1) : undefined
  return { items: [...items], nextCursor: last === undefined ? null : cursors.sign(listed, keyOf(last)) }
}
